# SPDX-License-Identifier: GPL-2.0-only
"""What the bed concludes from the traffic, and that it sees what is wrong."""

import json
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bedlib import traffic  # pylint: disable=wrong-import-position
from bedlib.errors import StepFailed  # pylint: disable=wrong-import-position


def report(**changed):
    """What `traffic show` says of one end with which all is well."""
    return {"traffic": "a-b", "kind": "events", "lanes": 16, "alive": 1, "sent": 1016,
            "received": 1000, "events": 1000, "lost": 0, "doubled": 0, "disordered": 0, "damaged": 0,
            "since": 100, "still": 0, "gap_ms": 12.5, **changed}


def pairs(**changed):
    """One pair, one of whose ends differs."""
    return {"a-b": {("a", "a-b"): report(), ("b", "a-b"): report(**changed)}}


class Parse(unittest.TestCase):
    """parse(): reports among other output."""

    def test_lines(self):
        text = "# noise\n" + json.dumps(report()) + "\r\n" + json.dumps(report(traffic="c")) + "\n"
        self.assertEqual(sorted(traffic.parse(text)), ["a-b", "c"])

    def test_cut(self):
        with self.assertRaises(StepFailed):
            traffic.parse('{"traffic":"a-b","kind":"ev\n')


class Faults(unittest.TestCase):
    """faults(): every kind of trouble is named."""

    def test_none(self):
        self.assertEqual(traffic.faults(pairs()), [])

    def test_each_count(self):
        for fault in traffic.FAULTS:
            found = traffic.faults(pairs(**{fault: 2}))
            self.assertEqual(found, [f"2 {fault}, not 0 (a-b in b: 2)"])

    def test_expected(self):
        self.assertEqual(traffic.faults(pairs(lost=1), {"lost": 1}), [])
        self.assertEqual(traffic.faults(pairs(lost=2), {"lost": 1}),
                         ["2 lost, not 1 (a-b in b: 2)"])
        self.assertEqual(traffic.faults(pairs(), {"lost": 1}), ["0 lost, not 1"])

    def test_expected_is_not_all(self):
        self.assertEqual(len(traffic.faults(pairs(lost=1, doubled=1), {"lost": 1})), 1)

    def test_standstill(self):
        self.assertIn("1 of 16 lanes stand still", traffic.faults(pairs(still=1))[0])

    def test_ended(self):
        self.assertIn("b's a-b has ended", traffic.faults(pairs(alive=0))[0])


class Counts(unittest.TestCase):
    """messages(), total(), in_gap()"""

    def test_total(self):
        self.assertEqual(traffic.total(pairs()["a-b"]), 2000)

    def test_ipis_that_the_kernel_counted(self):
        self.assertEqual(traffic.messages(report(kind="ipi", events=900)), 900)
        self.assertEqual(traffic.messages(report(kind="ipi", events=1100)), 1000)

    def test_gap(self):
        self.assertIsNone(traffic.in_gap(pairs()["a-b"]))
        self.assertEqual(traffic.in_gap(pairs(in_gap=7)["a-b"]), 7)


if __name__ == "__main__":
    unittest.main()
