#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""tests/progress.py: times, the ends of logs, and the line that says what goes on."""

import io
import os
import sys
import tempfile
import time
import unittest
from unittest import mock

TESTS = os.path.realpath(os.path.join(os.path.dirname(__file__), ".."))
sys.dont_write_bytecode = True
sys.path.insert(0, TESTS)

import progress  # noqa: E402  pylint: disable=wrong-import-position


class Terminal(io.StringIO):
    """A terminal with 40 columns."""

    def isatty(self):
        return True

    def fileno(self):
        return 99


class Logs(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = os.path.join(folder.name, "log")

    def write(self, data):
        with open(self.path, "wb") as file:
            file.write(data)

    def test_none(self):
        self.assertEqual((progress.read_log(self.path), progress.tail(self.path), progress.last_line(self.path)),
                         ("", [], ""))

    def test_last_line(self):
        self.write(b"one\n  two \n\n   \n.....")
        self.assertEqual(progress.last_line(self.path), "two")
        self.write(b"x" * 10000 + b"\n" + b"y" * 100)
        self.assertEqual(progress.last_line(self.path, 10), "yyyyyyy...")

    def test_tail(self):
        self.write(b"".join(b"%d\xff\n" % i for i in range(99)))
        self.assertEqual(len(progress.tail(self.path)), progress.TAIL)
        self.assertEqual(progress.tail(self.path, 1), ["98\ufffd"])

    def test_span(self):
        self.assertEqual([progress.span(s) for s in (0.4, 119, 125)], ["0 s", "119 s", "2 min 5 s"])


class Line(unittest.TestCase):
    def test_file(self):
        """A line now and then, with how far it is; nothing where it is quick."""
        out = io.StringIO()
        with progress.Line("work", out=out):
            pass
        self.assertEqual(out.getvalue(), "")
        with mock.patch.object(progress, "EVERY_S", 0.05):
            with progress.Line("work", lambda: "half of it", out) as line:
                while out.getvalue().count("\n") < 2:
                    time.sleep(0.01)
                line.say("between")
        lines = out.getvalue().splitlines()
        self.assertRegex(lines[0], r"^    work \.\.\. \d+ s, half of it$")
        self.assertIn("between", lines)

    def test_terminal(self):
        """One line, cut to the width, of which nothing is left; what is said stays."""
        out = Terminal()
        with mock.patch.object(os, "get_terminal_size", lambda _: os.terminal_size((40, 25))):
            with progress.Line("w" * 50, out=out) as line:
                line.say("stays")
        first, rest = out.getvalue().split("stays\n")
        self.assertTrue(first.startswith("\r\x1b[K" + "w" * 39 + "\r\x1b[K"), repr(first))
        self.assertEqual(rest, "\r\x1b[K")


if __name__ == "__main__":
    unittest.main()
