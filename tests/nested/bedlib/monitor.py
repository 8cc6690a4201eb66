# SPDX-License-Identifier: GPL-2.0-only
"""Commands for QEMU's monitor, also while dom0 stands still."""

import os
import re
import socket
import threading
import time

from .errors import BedError

PROMPT = b"(qemu) "


def command(directory, text, timeout=20):
    """Gives QEMU a command; returns what it printed."""
    fd = os.open(directory, os.O_PATH)
    try:
        with socket.socket(socket.AF_UNIX) as sock:
            sock.settimeout(timeout)
            # A socket's path has at most 107 bytes: go through the directory.
            sock.connect(f"/proc/self/fd/{fd}/monitor.sock")
            _answer(sock)
            sock.sendall(text.encode() + b"\n")
            answer = _answer(sock).decode(errors="replace")
    except OSError as e:
        raise BedError(f"QEMU's monitor does not answer ({e})") from e
    finally:
        os.close(fd)
    # The monitor echoes what it reads, with escape sequences of a terminal.
    return answer.rpartition(text)[2].replace("\x1b[K", "").strip()


def _answer(sock):
    text = b""
    while not text.endswith(PROMPT):
        data = sock.recv(65536)
        if not data:
            raise BedError("QEMU is gone")
        text += data
    return text[:-len(PROMPT)]


class Meanwhile(threading.Thread):
    """Gives QEMU a command as soon as a pattern comes on the machine's console."""

    def __init__(self, directory, pattern, text, timeout):
        super().__init__(daemon=True)
        self.directory, self.pattern, self.text = directory, pattern, text
        self.end = time.monotonic() + timeout
        self.console = directory / "console.log"
        self.begin = self.console.stat().st_size
        self.error = "the console did not show the moment for it"
        self.start()

    def run(self):
        """The thread."""
        while time.monotonic() < self.end:
            with open(self.console, "rb") as file:
                file.seek(self.begin)
                new = file.read().decode(errors="replace")
            if re.search(self.pattern, new):
                try:
                    self.error = command(self.directory, self.text)
                except BedError as e:
                    self.error = str(e)
                return
            time.sleep(0.02)

    def finish(self):
        """Waits for it; returns what went wrong, or an empty text."""
        self.join(max(0, self.end - time.monotonic()) + 1)
        return self.error
