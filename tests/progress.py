# SPDX-License-Identifier: GPL-2.0-only
"""What long runs show people: how long something takes, how far it is, the end of a log."""

import os
import sys
import threading
import time

TAIL = 25  # lines of the log of something that failed
EVERY_S = 30  # between two lines on the same thing, where no line can be rewritten


def span(seconds):
    """A time for people."""
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds // 60:.0f} min {seconds % 60:.0f} s"


def read_log(path):
    """All of a log, whatever is in it; empty where there is none."""
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read()
    except OSError:
        return ""


def tail(path, lines=TAIL):
    """The last lines of a log."""
    return read_log(path).splitlines()[-lines:]


def last_line(path, width=70):
    """The last line of a log that has something in it, cut to a width; empty without any."""
    try:
        with open(path, "rb") as file:
            file.seek(max(0, os.fstat(file.fileno()).st_size - 4096))
            lines = file.read().decode(errors="replace").splitlines()
    except OSError:
        return ""
    text = next((line.strip() for line in reversed(lines) if line.strip()), "")
    return text if len(text) <= width else text[:width - 3] + "..."


class Line:
    """Says what goes on until it is over: on a terminal in a line that is written anew each second,
    elsewhere by another line every EVERY_S seconds. Used with `with`; nothing is left of it on a
    terminal."""

    def __init__(self, what, far=lambda: "", out=None):
        """far(): how far it is, in words, or an empty string. It may be called at any time."""
        self._what, self._far = what, far
        self._out = out or sys.stdout
        self._rewrites = self._out.isatty()
        self._begin = time.monotonic()
        self._over = threading.Event()
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._tell, daemon=True)

    def __enter__(self):
        if self._rewrites:
            self._write_anew()
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._over.set()
        self._thread.join()
        self._clear()

    def seconds(self):
        """How long it has been going on."""
        return time.monotonic() - self._begin

    def say(self, text):
        """A line of its own, which stays."""
        with self._lock:
            self._clear()
            print(text, file=self._out, flush=True)

    def _clear(self):
        if self._rewrites:
            self._out.write("\r\x1b[K")
            self._out.flush()

    def _text(self):
        return ", ".join(filter(None, (f"{self._what} ... {span(self.seconds())}", self._far())))

    def _write_anew(self):
        width = os.get_terminal_size(self._out.fileno()).columns
        with self._lock:
            self._out.write("\r\x1b[K" + self._text()[:width - 1])
            self._out.flush()

    def _tell(self):
        while not self._over.wait(1 if self._rewrites else EVERY_S):
            if self._rewrites:
                self._write_anew()
            else:
                self.say("    " + self._text())
