#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""tests/speed.py: limits become longer on slow machines only, and never endless."""

import os
import subprocess
import sys
import unittest

TESTS = os.path.realpath(os.path.join(os.path.dirname(__file__), ".."))
sys.dont_write_bytecode = True
sys.path.insert(0, TESTS)

import speed  # noqa: E402  pylint: disable=wrong-import-position


class Speed(unittest.TestCase):
    def test_factor(self):
        self.assertEqual(speed.factor(speed.REFERENCE / 10), 1)
        self.assertEqual(speed.factor(speed.REFERENCE), 1)
        self.assertEqual(speed.factor(speed.REFERENCE * 2.5), 2.5)
        self.assertEqual(speed.factor(speed.REFERENCE * 1000), speed.MOST)

    def test_work_is_always_the_same(self):
        self.assertEqual(speed.work(), speed.work())

    def test_program(self):
        output = subprocess.run([os.path.join(TESTS, "speed.py"), "1"], stdout=subprocess.PIPE, text=True,
                                timeout=600, check=True).stdout
        self.assertRegex(output, r"^[1-6]\.\d\d\n$")


if __name__ == "__main__":
    unittest.main()
