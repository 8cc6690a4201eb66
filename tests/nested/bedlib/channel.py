# SPDX-License-Identifier: GPL-2.0-only
"""Commands for dom0, through the mailbox (mailbox.py, dom0/agent.c)."""

import base64
import fcntl
import time
from pathlib import Path

from .errors import BedError
from .mailbox import Mailbox
from .slowness import slowness

LOOK_S = 0.002  # seconds between two looks at the mailbox
PIECE = 90000  # bytes of a file that one command writes
FOR_EVER = 0xffffffff


class NoAnswer(BedError):
    """dom0 did not answer in time."""


class Channel:
    """Commands for dom0. One user at a time: a lock file sees to that.

    A command's own time-out is of dom0's clock. What the host's clock has a say in is only when to
    give up an emulator or a dom0 that does not answer any more (patience).
    """

    def __init__(self, directory, alive, patience=900):
        """alive() raises when there is no hope; patience: seconds of the host's clock for one
        answer, on the machine of reference."""
        directory = Path(directory)
        if not (directory / "mailbox").exists():
            raise BedError("the machine is not running")
        self.directory = directory
        self._lock = open(directory / "control.lock", "w", encoding="ascii")
        self._log = open(directory / "control.log", "a", encoding="utf-8")
        self._box = Mailbox(directory)
        self._alive = alive
        self._patience = patience * slowness()

    @property
    def ticks(self):
        """dom0's TSC at the begin and at the end of the last command."""
        return self._box.ticks

    @property
    def busy(self):
        """Whether dom0 has a command."""
        return self._box.busy

    def wait(self, done, what, rest=LOOK_S):
        """Until done(), which is asked again and again, with a rest in between."""
        end = time.monotonic() + self._patience
        next_look = 0
        while not done():
            now = time.monotonic()
            if now > next_look:
                self._alive()
                next_look = now + 0.5
            if now > end:
                raise NoAnswer(f"no answer from dom0 within {self._patience:.0f} s of the host's time "
                               f"to: {what}")
            time.sleep(rest)

    def leave(self, command, timeout=FOR_EVER):
        """Gives dom0 a command and does not wait for its end."""
        self.wait(lambda: not self._box.busy, "the command before")
        self._log.write(f"{command}\n")
        self._log.flush()
        self._box.post(command, int(timeout))

    def finish(self, on_output=None, what="the last command"):
        """Waits for the end of what was left; (exit status, output)."""
        output = b""

        def take():
            nonlocal output
            busy = self._box.busy  # first: what comes before the end is all there at the end
            piece = self._box.output(len(output))
            output += piece
            if piece and on_output:
                on_output(piece.decode(errors="replace"))
            return not busy

        self.wait(take, what)
        if self._box.lost:
            raise BedError(f"{self._box.lost} bytes of output had no room: {what}")
        return self._box.status, output.decode(errors="replace")

    def run(self, command, timeout=60, on_output=None, meanwhile=None):
        """Runs a shell command in dom0; returns (exit status, output).

        The command has timeout seconds by dom0's clock; 124 is the status of one that was killed
        for it. on_output is called with each piece of output as it comes; meanwhile once, when dom0
        has the command.
        """
        fcntl.flock(self._lock, fcntl.LOCK_EX)
        try:
            self.leave(command, timeout)
            if meanwhile:
                meanwhile()
            return self.finish(on_output, command)
        finally:
            fcntl.flock(self._lock, fcntl.LOCK_UN)

    def wait_ready(self):
        """Waits until the agent is there."""
        self.wait(lambda: self._box.started, "the boot")

    def put(self, data, path, mode="644"):
        """Writes a file in dom0."""
        code, out = self.run(f": > '{path}' && chmod {mode} '{path}'")
        if code:
            raise BedError(f"cannot write {path} in dom0: {out}")
        for i in range(0, len(data), PIECE):
            piece = base64.b64encode(data[i:i + PIECE]).decode()
            code, out = self.run(f"base64 -d >> '{path}' <<'E'\n{piece}\nE")
            if code:
                raise BedError(f"cannot write {path} in dom0: {out}")
