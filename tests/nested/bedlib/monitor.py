# SPDX-License-Identifier: GPL-2.0-only
"""Commands for QEMU's monitor, also while dom0 stands still."""

import os
import socket

from .errors import BedError
from .slowness import slowness

PROMPT = b"(qemu) "


def command(directory, text, timeout=60):
    """Gives QEMU a command; returns what it printed."""
    fd = os.open(directory, os.O_PATH)
    try:
        with socket.socket(socket.AF_UNIX) as sock:
            sock.settimeout(timeout * slowness())
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
