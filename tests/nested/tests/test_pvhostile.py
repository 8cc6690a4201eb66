# SPDX-License-Identifier: GPL-2.0-only
"""What the bed concludes from the lines of a PV guest that attacks."""

import json
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import played  # pylint: disable=wrong-import-position
from bedlib import host, pvhostile  # pylint: disable=wrong-import-position
from bedlib.errors import StepFailed  # pylint: disable=wrong-import-position
from bedlib.steps import PvHostile  # pylint: disable=wrong-import-position


def report(**changes):
    """One of a guest that is well."""
    return {"mode": "partial", "xen": ".5-interrex-A", "rounds": 7, "second": 3, "tables": 85, "asked": 900,
            "interrupted": 12, "dropped": 1, "wrong": 0, **changes}


WRONG = {"wrong": 2, "first": "a table can be written", "where": 4660, "found": 1}


class Lines(unittest.TestCase):
    """last_report(): the last whole one."""

    def test_last(self):
        text = "\n".join(json.dumps(report(rounds=n)) for n in (1, 2)) + "\n"
        self.assertEqual(pvhostile.last_report(text)["rounds"], 2)

    def test_half_a_line(self):
        text = json.dumps(report(rounds=1)) + "\n" + json.dumps(report(rounds=2))
        self.assertEqual(pvhostile.last_report(text)["rounds"], 1)

    def test_none(self):
        self.assertEqual(pvhostile.last_report(""), {})
        self.assertEqual(pvhostile.last_report("trap 14 code 2\n{half\n"), {})


class Faults(unittest.TestCase):
    """faults(): every kind of trouble is named."""

    def test_none(self):
        self.assertEqual(pvhostile.faults(report(), report(rounds=8, second=4)), [])

    def test_wrong(self):
        found = pvhostile.faults(report(), report(rounds=8, second=4, **WRONG))
        self.assertEqual(len(found), 1)
        self.assertIn("2 of 900 answers were wrong, the first: a table can be written (page 0x1234", found[0])

    def test_standstill(self):
        self.assertEqual(pvhostile.faults(report(), report(rounds=8)), ["vCPU 1 has stopped after 3 rounds"])
        self.assertEqual(pvhostile.faults(report(), report(second=4)), ["vCPU 0 has stopped after 7 rounds"])

    def test_death(self):
        self.assertIn("it has died: trap", pvhostile.faults(report(), {"died": "trap", "value": 4096})[0])
        self.assertIn("without a word", pvhostile.faults(report(), {})[0])


class Steps(unittest.TestCase):
    """`check tables`, with a guest of one vCPU more that lies."""

    @staticmethod
    def check(after, **keys):
        reports = [report(), after]
        guest = host.Guest("a1", kind="pv-hostile")
        steps = played.steps({}, ["a1"], a1=guest).kind(PvHostile)
        steps.report = lambda _: reports.pop(0)
        steps.check_tables([], **keys)

    def test_good(self):
        self.check(report(rounds=8, second=4))
        self.check(report(rounds=8, second=4), interrupted="12")

    def test_bad(self):
        for bad in (report(), report(rounds=8, second=4, **WRONG), {"died": "trap", "value": 1}):
            with self.assertRaises(StepFailed):
                self.check(bad)
        for keys in ({"interrupted": "13"}, {"dropped": "2"}):
            with self.assertRaises(StepFailed):
                self.check(report(rounds=8, second=4), **keys)

    def test_wanted(self):
        self.check(report(rounds=8, second=4, **WRONG), wrong="can be written")
        for bad in (report(rounds=8, second=4), report(rounds=8, second=4, **{**WRONG, "first": "another"})):
            with self.assertRaises(StepFailed):
                self.check(bad, wrong="can be written")


if __name__ == "__main__":
    unittest.main()
