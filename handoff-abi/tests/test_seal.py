#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""interrex-abi seal: on a program with an open seal (the test of the notes).

Run from the top of the project after `make abi abi-check`.
"""

import os
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

BUILD = Path(__file__).resolve().parents[2] / os.environ.get("BUILD", "build") / "abi"
TOOL = BUILD / "interrex-abi"


def tool(*args):
    return subprocess.run([TOOL, *args], capture_output=True, text=True, check=False, timeout=600)


class Seal(unittest.TestCase):
    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.file = Path(directory.name) / "program"
        shutil.copy(BUILD / "tests/test_note", self.file)

    def test_changes_the_seal_and_nothing_else(self):
        before = self.file.read_bytes()
        self.assertEqual(tool("check", self.file).returncode, 0)
        self.assertEqual(tool("seal", self.file).returncode, 0)
        after = self.file.read_bytes()
        changed = [i for i, (a, b) in enumerate(zip(before, after)) if a != b]
        self.assertEqual(len(before), len(after))
        self.assertTrue(changed and changed[-1] - changed[0] < 8, changed)
        self.assertEqual(tool("check", self.file).returncode, 0)
        self.assertEqual(tool("seal", self.file).returncode, 0)
        self.assertEqual(self.file.read_bytes(), after)

    def test_check_sees_damage(self):
        tool("seal", self.file)
        data = bytearray(self.file.read_bytes())
        data[len(data) // 2] ^= 1
        self.file.write_bytes(data)
        run = tool("check", self.file)
        self.assertEqual(run.returncode, 1)
        self.assertIn("damaged", run.stdout)

    def test_other_files(self):
        self.assertEqual(tool("seal", "/nonexistent").returncode, 3)
        self.file.write_text("no program")
        self.assertEqual(tool("seal", self.file).returncode, 4)
        self.assertEqual(self.file.read_text(), "no program")


if __name__ == "__main__":
    unittest.main()
