# SPDX-License-Identifier: GPL-2.0-only
"""What the bed concludes from the probes' reports, and that it sees what is wrong."""

import copy
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bedlib import probe  # pylint: disable=wrong-import-position
from bedlib.errors import StepFailed  # pylint: disable=wrong-import-position

HZ = 1_000_000_000
WINDOW = HZ // 50


def report(since=0, tsc=10 * HZ, windows=(), first=0, per_second=1000):
    """A probe's report on one vCPU that did so many iterations a second."""
    return {"boot_id": "one", "tsc_hz": HZ, "since": since, "tsc": tsc, "window_ticks": WINDOW,
            "laps": 5, "out_of_turn": 0,
            "vcpus": [{"vcpu": 0, "iterations": 100, "iteration_ticks": 300, "memory_errors": 0, "memory_pieces": 100,
                       "iterations_since": per_second * (tsc - since) // HZ,
                       "ticks": 100, "ticks_lost": 0, "ticks_doubled": 0, "clock_checks": 100,
                       "clock_backwards": 0, "tsc_backwards": 0, "monotonic_worst_ns": 900,
                       "wall_worst_ns": 900, "gaps": [], "windows": list(windows),
                       "windows_first": first}]}


def later(earlier, **changed):
    """The same guest after some work, with some figures of its vCPU changed."""
    after = copy.deepcopy(earlier)
    for key in ("iterations", "ticks", "memory_pieces", "clock_checks"):
        after["vcpus"][0][key] += 10
    after["vcpus"][0].update(changed)
    return after


class Parse(unittest.TestCase):
    """parse()"""

    def test_parse(self):
        """The last line is the report, if it is one."""
        self.assertEqual(probe.parse('noise\n{"a": 1}\n'), {"a": 1})
        for bad in ("", "nothing", "{half"):
            with self.assertRaises(StepFailed):
                probe.parse(bad)


class Windows(unittest.TestCase):
    """window_span(): what has to be asked for is enough for windows_between()."""

    def test_span(self):
        some = report()
        start, end = 3 * WINDOW + 5, 9 * WINDOW + 7
        first, count = probe.window_span(some, start, end)
        self.assertEqual((first, count), (3, 7))
        vcpu = {"windows_first": first, "windows": list(range(count))}
        self.assertEqual(probe.windows_between(vcpu, some, start, end), [1, 2, 3, 4, 5])


class Faults(unittest.TestCase):
    """faults(): every kind of trouble is named."""

    def test_none(self):
        self.assertEqual(probe.faults(report(), later(report())), [])

    def test_each_counter(self):
        for key, text in (("ticks_lost", "lost"), ("ticks_doubled", "doubled"),
                          ("memory_errors", "memory"), ("clock_backwards", "back"),
                          ("tsc_backwards", "TSC")):
            found = probe.faults(report(), later(report(), **{key: 1}))
            self.assertEqual(len(found), 1, key)
            self.assertIn(text, found[0])

    def test_standstill(self):
        for key in ("ticks", "iterations", "memory_pieces", "clock_checks"):
            self.assertIn("stopped", probe.faults(report(), later(report(), **{key: 100}))[0])

    def test_clock_limit(self):
        self.assertEqual(probe.faults(report(), later(report(), wall_worst_ns=10000)), [])
        self.assertIn("wall clock",
                      probe.faults(report(), later(report(), wall_worst_ns=10001))[0])

    def test_reboot(self):
        after = later(report())
        after["boot_id"] = "two"
        self.assertEqual(probe.faults(report(), after), ["it booted anew"])


class Progress(unittest.TestCase):
    """progress(): speed in a span of time, and the longest standstill in it."""

    def test_half_speed(self):
        after = report(windows=[20] * 50 + [10] * 50)
        found, = probe.progress(report(), after, HZ, 2 * HZ)
        self.assertEqual((found.before, round(found.now), found.still_ms, found.seen_ms),
                         (1000, 500, 0, 1000))
        self.assertEqual(found.own_ticks, 500 * 300)
        self.assertEqual(probe.share([found]), 0.5)

    def test_standstill(self):
        after = report(windows=[20] * 10 + [0] * 25 + [20] * 5 + [0] * 3 + [20] * 7)
        self.assertEqual(probe.progress(report(), after, 0, HZ)[0].still_ms, 500)

    def test_too_short(self):
        with self.assertRaises(StepFailed):
            probe.progress(report(), report(windows=[20] * 50), HZ // 100, HZ // 30)

    def test_forgotten(self):
        with self.assertRaises(StepFailed):
            probe.progress(report(), report(windows=[20] * 50, first=100), HZ, 3 * HZ)


if __name__ == "__main__":
    unittest.main()
