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

    def collect(self, *lines, options=(), speed="1.00"):
        """Runs a list of tests; answers (exit status, output, passed, failed)."""
        path = os.path.join(self.folder.name, "list")
        with open(path, "w", encoding="utf-8") as file:
            file.write("".join(line + "\n" for line in lines))
        run = subprocess.run([RUN, path, "--logs", self.folder.name, *options],
                             env={**os.environ, "INTERREX_SPEED": speed},
                             stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                             timeout=600, check=False)
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
        output = self.assert_counts("good 60 true", 1, 0)
        self.assertRegex(output, r"(?m)^\[ 1/1 \] good \.\.\. ok \d+\.\d s$")

    def test_bad_program_is_one_and_shows_its_output(self):
        output = self.assert_counts("bad 60 echo the reason; exit 3", 0, 1)
        self.assertIn("exit status 3", output)
        self.assertIn("| the reason", output)

    def test_each_is_counted(self):
        status, output, passed, failed = self.collect("a 60 true", "b 60 false", "c 60 true")
        self.assertEqual((status, passed, failed), (1, 2, 1), output)
        self.assertIn("failed: b", output)

    def test_side_by_side(self):
        """Those that begin with & do, two at a time; what follows waits for them."""
        def meets(own, other):
            return f"cd {self.folder.name}; touch {own}; until [ -e {other} ]; do sleep 0.1; done"

        status, output, passed, failed = self.collect(
            "&a 90 " + meets("a", "b"), " &b 90 " + meets("b", "a") + "; false", "&c 60 true",
            "d 60 true")
        self.assertEqual((status, passed, failed), (1, 3, 1), output)
        self.assertNotIn("out of time", output)
        self.assertEqual([line.split(" ...")[0] for line in output.splitlines() if line.startswith("[ ")][-1],
                         "[ 4/4 ] d")
        self.assertIn("failed: b", output)

    def test_empty_list_is_not_success(self):
        status, output, passed, failed = self.collect("# nothing")
        self.assertEqual((status, passed, failed), (1, 0, 0), output)

    def test_tap_cases(self):
        self.assert_counts("tap 60 printf '1..3\\nok 1 - a\\nok 2 - b\\nok 3 - c\\n'", 3, 0)

    def test_tap_failed_case_is_not_counted_twice(self):
        self.assert_counts("tap 60 printf '1..2\\nok 1 - a\\nnot ok 2 - b\\n'; exit 1", 1, 1)

    def test_tap_failed_case_counts_though_the_program_exits_with_0(self):
        self.assert_counts("tap 60 printf '1..2\\nok 1 - a\\nnot ok 2 - b\\n'", 1, 1)

    def test_tap_short_of_its_plan(self):
        output = self.assert_counts("tap 60 printf '1..3\\nok 1 - a\\n'", 1, 1)
        self.assertIn("stopped short of its plan", output)

    def test_tap_skip_is_neither(self):
        status, output, passed, failed = self.collect(
            "tap 60 printf '1..2\\nok 1 - a\\nok 2 - b # SKIP no such CPU\\n'")
        self.assertEqual((status, passed, failed), (0, 1, 0), output)
        self.assertIn("skipped cases: 1", output)

    def test_crash_after_good_cases(self):
        output = self.assert_counts("tap 60 printf '1..1\\nok 1 - a\\n'; kill -SEGV $$", 1, 1)
        self.assertIn("signal 11", output)

    def test_unittest_cases(self):
        self.assert_counts("u 60 printf 'Ran 7 tests in 0.1s\\n\\nOK\\n'", 7, 0)
        self.assert_counts(
            "u 60 printf 'Ran 7 tests in 0.1s\\n\\nFAILED (failures=2, errors=1, skipped=1)\\n';"
            " exit 1", 3, 3)

    def test_time_limit_ends_the_test_and_its_children(self):
        pids = os.path.join(self.folder.name, "pid")
        start = time.monotonic()
        output = self.assert_counts(f"slow 3 sleep 1000 & echo $! > {pids}; wait", 0, 1)
        self.assertLess(time.monotonic() - start, 500)
        self.assertIn("out of time, which is 3 s (3 s x 1.00 for this machine's speed)", output)
        with open(pids, encoding="ascii") as file:
            child = int(file.read())
        with self.assertRaises(ProcessLookupError):
            for _ in range(50):
                os.kill(child, 0)
                time.sleep(0.1)

    def test_budget(self):
        status, output, passed, failed = self.collect("a 9 sleep 1000", "b 9 true", options=(
            "--budget", "1"))
        self.assertEqual((status, passed, failed), (1, 0, 2), output)
        self.assertIn("a: out of time, which is what was left of 1 s (1 s x 1.00", output)
        self.assertIn("b: not run: the whole may take 1 s (1 s x 1.00", output)

    def test_limits_grow_with_the_factor(self):
        """The test is not out of its time, sees the factor, and one that is says it."""
        status, output, passed, failed = self.collect(
            "sees 1 sleep 2; [ $INTERREX_SPEED = 6.00 ]", "slow 1 sleep 1000", speed="99")
        self.assertEqual((status, passed, failed), (1, 1, 1), output)
        self.assertIn("slow: out of time, which is 6 s (1 s x 6.00", output)
        self.assertIn("time limits x 6.00", output)

    def test_factor_is_measured(self):
        """Where nobody says it; never below 1, never without an end."""
        _, output, passed, _ = self.collect("a 60 echo factor $INTERREX_SPEED", speed="")
        self.assertEqual(passed, 1, output)
        with open(os.path.join(self.folder.name, "a.log"), encoding="utf-8") as file:
            self.assertRegex(file.read(), r"^factor [1-6]\.\d\d$")
        self.assertEqual(self.collect("a 60 [ $INTERREX_SPEED = 1.00 ]", speed="0.1")[2], 1)

    def test_failures_come_last_with_reason_and_log(self):
        _, output, _, _ = self.collect(
            "a 60 echo of a; false", "b 60 true",
            "c 60 printf 'ok 1 - boot\\n# x, line 7: update B: no dom0; see y\\n1..1\\n'; exit 1",
            "d 60 printf '1..2\\nnot ok 1 - first\\nok 2 - second\\n'")
        end = output[output.index("slowest parts"):]
        self.assertRegex(end, r"slowest parts of \d+ s: .*\bb \d+\.\d s")
        for name, reason in (("a: exit status 1", "of a"), ("c: exit status 1", "x, line 7: update B: no dom0; see y"),
                             ("d: failed cases", "not ok 1 - first")):
            self.assertRegex(end, rf"(?m)^{name}.*\n    reason: {reason}\n    log: .*{name[0]}\.log\n    \| ")
        self.assertNotRegex(end, r"(?m)^b: ")
        self.assertRegex(end, r"\nfailed: a c d\n\d+ passed, \d+ failed\n$")

    def test_progress(self):
        """Of what runs, and for how long."""
        output = self.collect("&one 60 sleep 3", "&two 60 sleep 3", options=("--progress", "1"))[1]
        self.assertRegex(output, r"(?m)^    \.\.\. after \d+ s: (one|two) \d+ s, (one|two) \d+ s$")
        output = self.collect("one 60 echo first; echo; echo 'half of it'; echo; sleep 3", options=("--progress", "1"))[1]
        self.assertRegex(output, r"(?m)^    \.\.\. after \d+ s: one \d+ s \(half of it\)$")

    def test_longest_first(self):
        """Of those beside each other: by their limits, and by what they took once that is known."""
        def order(*lines):
            return re.findall(r"(?m)^\[ (\d)/4 \] (\w)", self.collect(*lines)[1])

        lines = ("x 60 true", "&a 60 true", "&b 90 sleep 1", "y 60 true")
        self.assertEqual(dict(map(reversed, order(*lines))), {"x": "1", "b": "2", "a": "3", "y": "4"})
        path = os.path.join(self.folder.name, "durations")
        with open(path, encoding="utf-8") as file:
            self.assertRegex(file.read(), r"\Aa 0\.\d\nb [1-9]\d*\.\d\nx \d+\.\d\ny \d+\.\d\n\Z")
        with open(path, "w", encoding="utf-8") as file:
            file.write("a 50\nb 2\n")
        self.assertEqual(dict(map(reversed, order(*lines))), {"x": "1", "a": "2", "b": "3", "y": "4"})

    def test_durations_of_failed_tests_are_not_kept(self):
        self.collect("a 60 true", "b 60 false")
        with open(os.path.join(self.folder.name, "durations"), encoding="utf-8") as file:
            self.assertRegex(file.read(), r"\Aa \d+\.\d\n\Z")
        with open(os.path.join(self.folder.name, "durations"), "w", encoding="utf-8") as file:
            file.write("rubbish\n")
        self.assertEqual(self.collect("a 60 true")[2], 1)

    def test_malformed_lists_are_refused(self):
        for lines in (["name"], ["name ten true"], ["a/b 5 true"], ["a 60 true", "a 60 true"]):
            status, output, passed, _ = self.collect(*lines)
            self.assertEqual(status, 1, output)
            self.assertIsNone(passed, output)

    def test_log_is_kept(self):
        self.collect("talk 60 echo hello")
        with open(os.path.join(self.folder.name, "talk.log"), encoding="utf-8") as file:
            self.assertEqual(file.read(), "hello\n")


if __name__ == "__main__":
    unittest.main()
