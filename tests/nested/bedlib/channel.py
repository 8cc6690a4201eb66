# SPDX-License-Identifier: GPL-2.0-only
"""The driver's end of the command channel; the other end is dom0/agent.c.

The channel is a Unix socket that QEMU connects to the machine's second serial
port. Every request has a number of its own, so that what is left of an earlier,
abandoned request is told apart.
"""

import base64
import fcntl
import os
import random
import socket
import time

from .errors import BedError


class NoAnswer(BedError):
    """dom0 did not answer in time."""


class Channel:
    """Commands for dom0. One user at a time: a lock file sees to that."""

    def __init__(self, directory):
        self._path = os.path.join(directory, "control.sock")
        self._lock = open(os.path.join(directory, "control.lock"), "w", encoding="ascii")
        self._sock = None
        self._buffer = b""

    def _connect(self):
        if self._sock is None:
            # A socket's path has at most 107 bytes: go through the directory.
            fd = os.open(os.path.dirname(self._path), os.O_PATH)
            try:
                self._sock = socket.socket(socket.AF_UNIX)
                self._sock.connect(f"/proc/self/fd/{fd}/control.sock")
            except OSError as e:
                self._sock = None
                raise BedError(f"the machine is not running ({e})") from e
            finally:
                os.close(fd)
            self._buffer = b""

    def close(self):
        """Lets another user connect."""
        if self._sock:
            self._sock.close()
            self._sock = None

    def _send(self, text, timeout):
        """Whether dom0 (or the serial port) took all of it in time."""
        self._sock.settimeout(timeout)
        try:
            self._sock.sendall(text.encode())
        except socket.timeout:
            return False
        except OSError as e:
            raise BedError(f"the machine is gone ({e})") from e
        return True

    def _lines(self, end):
        """Lines as they come, until the time end."""
        while True:
            while b"\n" in self._buffer:
                line, self._buffer = self._buffer.split(b"\n", 1)
                yield line.strip()
            left = end - time.monotonic()
            if left <= 0:
                return
            self._sock.settimeout(left)
            try:
                data = self._sock.recv(65536)
            except socket.timeout:
                return
            except OSError as e:
                raise BedError(f"the machine is gone ({e})") from e
            if not data:
                raise BedError("the machine is gone")
            self._buffer += data

    def run(self, command, timeout=60, on_output=None):
        """Runs a shell command in dom0; returns (exit status, output).

        The command has timeout seconds by dom0's clock; 124 is the status of one
        that was killed for it. By the host's clock it may take three times as
        long and 20 s more before NoAnswer is raised (emulation is slow and
        dom0's clock stands still at times). on_output is called with each piece
        of output as it comes.
        """
        fcntl.flock(self._lock, fcntl.LOCK_EX)
        try:
            self._connect()
            seq = f"{random.randrange(1 << 40):x}"
            text = base64.b64encode(command.encode()).decode()
            if not self._send(f"\n@{seq} {int(timeout)} {text}\n", timeout + 20):
                raise NoAnswer(f"dom0 does not take the command {command}")
            output = b""
            for line in self._lines(time.monotonic() + 3 * timeout + 20):
                fields = line.split(b" ")
                if fields[0] != b"@" + seq.encode() or len(fields) != 3:
                    continue
                if fields[1] == b"x":
                    return int(fields[2]), output.decode(errors="replace")
                piece = base64.b64decode(fields[2])
                output += piece
                if on_output:
                    on_output(piece.decode(errors="replace"))
            raise NoAnswer(f"no answer from dom0 within {3 * timeout + 20} s to: {command}")
        finally:
            fcntl.flock(self._lock, fcntl.LOCK_UN)

    def wait_ready(self, timeout, alive):
        """Waits until the agent answers; alive() raises when there is no hope."""
        end = time.monotonic() + timeout
        while time.monotonic() < end:
            alive()
            self._connect()
            seq = f"{random.randrange(1 << 40):x}"
            if not self._send(f"\n@{seq} 5 {base64.b64encode(b':').decode()}\n", 5):
                continue
            for line in self._lines(time.monotonic() + 1):
                if line.startswith(f"@{seq} x".encode()):
                    return
        raise NoAnswer(f"dom0's agent did not answer within {timeout} s")

    def put(self, data, path, mode="644"):
        """Writes a file in dom0."""
        self.run(f": > '{path}' && chmod {mode} '{path}'")
        for i in range(0, len(data), 60000):
            piece = base64.b64encode(data[i:i + 60000]).decode()
            code, out = self.run(f"base64 -d >> '{path}' <<'E'\n{piece}\nE")
            if code:
                raise BedError(f"cannot write {path} in dom0: {out}")
