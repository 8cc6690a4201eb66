# SPDX-License-Identifier: GPL-2.0-only
"""Scenario files: each of ours is understood, and what cannot be meant is refused by its line."""

import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bedlib import host, run, steps  # pylint: disable=wrong-import-position
from bedlib.errors import BedError  # pylint: disable=wrong-import-position

SCENARIOS = Path(__file__).resolve().parents[1] / "scenarios"


def update(stall, enter=100, leave=100):
    """Of interrex's report on an update, what trends() looks at."""
    return {"service_stall_ms": stall,
            "guests": [{"name": "g1", "blackout_enter_us": enter, "blackout_leave_us": leave}]}


class Files(unittest.TestCase):
    """read()"""

    def read(self, text):
        """What the text is read as."""
        with tempfile.NamedTemporaryFile("w", suffix=".scn") as file:
            file.write(text)
            file.flush()
            return host.read(file.name, steps.check)

    def test_ours(self):
        found = sorted(SCENARIOS.rglob("*.scn"))
        self.assertGreater(len(found), 5)
        for path in found:
            with self.subTest(path.name):
                self.assertTrue(run.unrolled(host.read(path, steps.check).steps))

    def test_bad_lines(self):
        for bad in ("host cpus=0", "host cpus=x", "host colour=red", "guest G1", "guest g1 vcpus=9",
                    "guest g1\nguest g1", "start g1", "update", "update B speed=1", "check nothing",
                    "wait long", "jump", "mark 'open"):
            with self.subTest(bad), self.assertRaisesRegex(BedError, r":[12]: "):
                self.read(bad + "\n")

    def test_repeat(self):
        read = self.read("repeat 2\nwait 1\nrepeat 3\nwait 2\nend\nend\nmark\n")
        words = [" ".join(w) for _, w in run.unrolled(read.steps)]
        self.assertEqual(words, ["wait 1", "wait 2", "wait 2", "wait 2"] * 2 + ["mark"])
        for bad in ("repeat 2\nmark\n", "mark\nend\n"):
            with self.assertRaises(BedError):
                run.unrolled(self.read(bad).steps)


class Trends(unittest.TestCase):
    """trends(): the figures of all updates, by name."""

    def test_figures(self):
        found = dict(steps.trends([update(70, 1000, 2000), update(80, 1500, 2500)]))
        self.assertEqual(found, {"the service stall": [70, 80], "g1's blackout_enter": [1, 1.5],
                                 "g1's blackout_leave": [2, 2.5]})


if __name__ == "__main__":
    unittest.main()
