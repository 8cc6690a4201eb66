#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""tests/run: what it counts, and that nothing that goes wrong is counted as good."""

import os
import re
import subprocess
import tempfile
import time
import unittest

RUN = os.path.join(os.path.dirname(os.path.realpath(__file__)), "..", "run")


class Collector(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)

    def collect(self, *lines, options=()):
        """Runs a list of tests; answers (exit status, output, passed, failed)."""
        path = os.path.join(self.folder.name, "list")
        with open(path, "w", encoding="utf-8") as file:
            file.write("".join(line + "\n" for line in lines))
        run = subprocess.run([RUN, path, "--logs", self.folder.name, *options],
                             stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                             timeout=90, check=False)
        totals = re.findall(r"^(\d+) passed, (\d+) failed$", run.stdout, re.M)
        if not totals:
            return run.returncode, run.stdout, None, None
        self.assertEqual(len(totals), 1, run.stdout)
        self.assertEqual(run.stdout.splitlines()[-1], "%s passed, %s failed" % totals[0])
        return run.returncode, run.stdout, int(totals[0][0]), int(totals[0][1])

    def assert_counts(self, line, passed, failed):
        status, output, got_passed, got_failed = self.collect(line)
        self.assertEqual((got_passed, got_failed), (passed, failed), output)
        self.assertEqual(status, 1 if failed or not passed else 0, output)
        return output

    def test_good_program_is_one(self):
        output = self.assert_counts("good 5 true", 1, 0)
        self.assertRegex(output, r"(?m)^\[ 1/1 \] good \.\.\. ok \d+\.\d s$")

    def test_bad_program_is_one_and_shows_its_output(self):
        output = self.assert_counts("bad 5 echo the reason; exit 3", 0, 1)
        self.assertIn("exit status 3", output)
        self.assertIn("| the reason", output)

    def test_each_is_counted(self):
        status, output, passed, failed = self.collect("a 5 true", "b 5 false", "c 5 true")
        self.assertEqual((status, passed, failed), (1, 2, 1), output)
        self.assertIn("failed: b", output)

    def test_side_by_side(self):
        """Those that begin with & do, two at a time; what follows waits for them."""
        def meets(own, other):
            return f"cd {self.folder.name}; touch {own}; until [ -e {other} ]; do sleep 0.1; done"

        status, output, passed, failed = self.collect(
            "&a 20 " + meets("a", "b"), " &b 20 " + meets("b", "a") + "; false", "&c 20 true",
            "d 20 true")
        self.assertEqual((status, passed, failed), (1, 3, 1), output)
        self.assertNotIn("out of time", output)
        self.assertEqual(output.splitlines()[-4].split(" ...")[0], "[ 4/4 ] d")
        self.assertIn("failed: b", output)

    def test_empty_list_is_not_success(self):
        status, output, passed, failed = self.collect("# nothing")
        self.assertEqual((status, passed, failed), (1, 0, 0), output)

    def test_tap_cases(self):
        self.assert_counts("tap 5 printf '1..3\\nok 1 - a\\nok 2 - b\\nok 3 - c\\n'", 3, 0)

    def test_tap_failed_case_is_not_counted_twice(self):
        self.assert_counts("tap 5 printf '1..2\\nok 1 - a\\nnot ok 2 - b\\n'; exit 1", 1, 1)

    def test_tap_failed_case_counts_though_the_program_exits_with_0(self):
        self.assert_counts("tap 5 printf '1..2\\nok 1 - a\\nnot ok 2 - b\\n'", 1, 1)

    def test_tap_short_of_its_plan(self):
        output = self.assert_counts("tap 5 printf '1..3\\nok 1 - a\\n'", 1, 1)
        self.assertIn("stopped short of its plan", output)

    def test_tap_skip_is_neither(self):
        status, output, passed, failed = self.collect(
            "tap 5 printf '1..2\\nok 1 - a\\nok 2 - b # SKIP no such CPU\\n'")
        self.assertEqual((status, passed, failed), (0, 1, 0), output)
        self.assertIn("skipped cases: 1", output)

    def test_crash_after_good_cases(self):
        output = self.assert_counts("tap 5 printf '1..1\\nok 1 - a\\n'; kill -SEGV $$", 1, 1)
        self.assertIn("signal 11", output)

    def test_unittest_cases(self):
        self.assert_counts("u 5 printf 'Ran 7 tests in 0.1s\\n\\nOK\\n'", 7, 0)
        self.assert_counts(
            "u 5 printf 'Ran 7 tests in 0.1s\\n\\nFAILED (failures=2, errors=1, skipped=1)\\n';"
            " exit 1", 3, 3)

    def test_time_limit_ends_the_test_and_its_children(self):
        pids = os.path.join(self.folder.name, "pid")
        start = time.monotonic()
        output = self.assert_counts(f"slow 1 sleep 60 & echo $! > {pids}; wait", 0, 1)
        self.assertLess(time.monotonic() - start, 30)
        self.assertIn("out of time", output)
        with open(pids, encoding="ascii") as file:
            child = int(file.read())
        with self.assertRaises(ProcessLookupError):
            for _ in range(50):
                os.kill(child, 0)
                time.sleep(0.1)

    def test_budget(self):
        status, output, passed, failed = self.collect("a 9 sleep 2", "b 9 true", options=(
            "--budget", "1"))
        self.assertEqual((status, passed, failed), (1, 0, 2), output)
        self.assertIn("not run", output)

    def test_malformed_lists_are_refused(self):
        for lines in (["name"], ["name ten true"], ["a/b 5 true"], ["a 5 true", "a 5 true"]):
            status, output, passed, _ = self.collect(*lines)
            self.assertEqual(status, 1, output)
            self.assertIsNone(passed, output)

    def test_log_is_kept(self):
        self.collect("talk 5 echo hello")
        with open(os.path.join(self.folder.name, "talk.log"), encoding="utf-8") as file:
            self.assertEqual(file.read(), "hello\n")


if __name__ == "__main__":
    unittest.main()
