#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""tests/fuzz/run: what it says of targets, played by scripts, and how it keeps their inputs."""

import os
import shutil
import stat
import subprocess
import sys
import tempfile
import unittest

TOP = os.path.realpath(os.path.join(os.path.dirname(__file__), "..", ".."))

GOOD = """#!/bin/sh
for folder; do [ ! -d "$folder" ] || echo new >"$folder/new"; done
echo 'stat::number_of_executed_units: 42'
"""
BAD = """#!/bin/sh
echo 'x.c:1:2: runtime error: index 9 out of bounds'
echo 'SUMMARY: UndefinedBehaviorSanitizer: undefined-behavior x.c:1:2 in'
exit 77
"""


class Run(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.top = folder.name
        os.makedirs(os.path.join(self.top, "tests/fuzz"))
        os.makedirs(os.path.join(self.top, "build/fuzz"))
        shutil.copy(os.path.join(TOP, "tests/fuzz/run"), os.path.join(self.top, "tests/fuzz/run"))

    def target(self, name, script):
        path = os.path.join(self.top, "build/fuzz", name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(script)
        os.chmod(path, os.stat(path).st_mode | stat.S_IXUSR)

    def run_it(self, *args):
        return subprocess.run([sys.executable, "tests/fuzz/run", *args], cwd=self.top, check=False,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def test_nothing_found(self):
        self.target("good", GOOD)
        run = self.run_it("--short", "good")
        self.assertEqual((run.returncode, run.stdout), (0, "1..1\nok 1 - good: 42 inputs\n"))

    def test_a_finding_fails_and_is_said_with_its_log(self):
        self.target("good", GOOD)
        self.target("bad", BAD)
        run = self.run_it("--short", "bad", "good")
        self.assertEqual(run.returncode, 1)
        self.assertIn("not ok 1 - bad: 0 inputs\n# SUMMARY: UndefinedBehaviorSanitizer", run.stdout)
        self.assertIn("log: build/fuzz/bad.log", run.stdout)
        self.assertIn("ok 2 - good", run.stdout)
        run = self.run_it("--minutes", "0.02", "bad", "good")
        self.assertEqual(run.returncode, 1)
        self.assertIn("42 inputs, 1 of 2 targets with a finding", run.stdout)
        self.assertIn("build/fuzz/found/bad-*", run.stdout)

    def test_a_corpus_is_packed_and_unpacked_and_the_same_each_time(self):
        self.target("good", GOOD)
        for _ in range(2):
            self.assertEqual(self.run_it("--fold", "good").returncode, 0)
            with open(os.path.join(self.top, "tests/fuzz/corpus/good.tar.xz"), "rb") as file:
                packed = file.read()
        self.assertEqual(self.run_it("--fold", "good").stdout, "good: 1 inputs\n")
        with open(os.path.join(self.top, "tests/fuzz/corpus/good.tar.xz"), "rb") as file:
            self.assertEqual(file.read(), packed)

    def test_what_is_not_there_is_named(self):
        run = self.run_it("--short", "none")
        self.assertEqual(run.returncode, 2)
        self.assertIn("none: no such target, or not built (make fuzz builds all)", run.stderr)
        self.target("good", GOOD)
        run = self.run_it("--minutes", "0", "good")
        self.assertEqual(run.returncode, 2)
        self.assertIn("--minutes 0: must be above 0", run.stderr)


if __name__ == "__main__":
    unittest.main()
