# SPDX-License-Identifier: GPL-2.0-only
"""The campaign of `make faults`: every place of the sources is in it, and its table counts what was left."""

import json
import sys
import tempfile
import unittest
from pathlib import Path
from unittest import mock

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bedlib import faults, turns  # pylint: disable=wrong-import-position
from bedlib.errors import BedError  # pylint: disable=wrong-import-position

SOUND = {"what": "update", "fault": "lend:error", "role": "running", "result": "aborted", "then": [], "met": True,
         "guests": "intact"}


class Campaign(unittest.TestCase):
    """faults.table and what is made of it."""

    def setUp(self):
        self.table = list(faults.lines(faults.TABLE.read_text()))

    def test_every_place_of_the_sources_is_in_it(self):
        there = faults.points()
        self.assertTrue({"lend", "ring", "early", "ready"} <= there, there)
        faults.complete(self.table, there)
        with self.assertRaisesRegex(BedError, "nowhere-yet is in no line"):
            faults.complete(self.table, there | {"nowhere-yet"})
        with self.assertRaisesRegex(BedError, "lend is no place"):
            faults.complete(self.table, there - {"lend"})

    def test_at_least_three_hundred_runs(self):
        runs = sum(len(places) * len(kinds) for _, _, places, kinds in self.table) * faults.ROUNDS
        self.assertGreaterEqual(runs, 300)

    def test_its_scenarios_can_be_run(self):
        with tempfile.TemporaryDirectory() as folder:
            for name, text in faults.scenarios(self.table).items():
                path = Path(folder) / f"{name}.scn"
                path.write_text(text)
                host = turns.read(path)
                self.assertTrue(any(words[0] == "attempt" for _, words in turns.unrolled(host.steps)), name)

    def test_lines_that_mean_nothing(self):
        for line in ("guest update lend error", "running lend error", "running update lend",
                     "running update error", "held update lend deaf", "held update guest panic",
                     "running update lend init"):
            with self.subTest(line), self.assertRaisesRegex(BedError, "means nothing"):
                list(faults.lines(line))


class Counted(unittest.TestCase):
    """What the runs left."""

    def test_what_became_of_it(self):
        for changed, wanted in (({}, "went back"), ({"result": "updated"}, "goes on"),
                                ({"result": "recovered"}, "recovered"), ({"met": False}, "not met"),
                                ({"result": None, "then": ["finish"]}, "finished by hand"),
                                ({"guests": "named: g1"}, "its CPU's guest"),
                                ({"guests": "named: g1", "met": False}, "not met"),
                                ({"guests": "lost: g1"}, "lost"), ({"guests": None}, "lost")):
            with self.subTest(changed):
                self.assertEqual(faults.outcome({**SOUND, **changed}), wanted)
        self.assertEqual(faults.outcome({"role": "tool"}), "lost")

    def summary(self, *left):
        """Of runs that left these lines."""
        with tempfile.TemporaryDirectory() as folder, mock.patch.object(faults, "OUT", Path(folder)), \
                mock.patch.object(faults, "BUILD", Path(folder)):
            (Path(folder) / "faults").mkdir()
            (Path(folder) / "one.jsonl").write_text("".join(json.dumps(line) + "\n" for line in left))
            return faults.summary()

    def test_sound_runs(self):
        text, sound = self.summary(SOUND, SOUND, {**SOUND, "role": "none", "met": False})
        self.assertTrue(sound)
        self.assertRegex(text, r"(?m)^all +2 +0 +2 +0 +0 +0 +0 +0$")

    def test_a_lost_guest_is_no_success(self):
        text, sound = self.summary(SOUND, {**SOUND, "guests": "lost: g1"})
        self.assertFalse(sound)
        self.assertRegex(text, r"(?m)^all +2 +0 +1 +0 +0 +0 +1 +0$")

    def test_a_fault_that_nobody_met_is_no_success(self):
        self.assertFalse(self.summary({**SOUND, "met": False})[1])

    def test_nothing_ran(self):
        with self.assertRaisesRegex(BedError, "no fault has been tried"):
            self.summary()


if __name__ == "__main__":
    unittest.main()
