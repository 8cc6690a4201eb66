# SPDX-License-Identifier: GPL-2.0-only
"""Steps about TSC modes: what the shim has to have served, and for whom."""

import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import played  # pylint: disable=wrong-import-position
from bedlib.errors import StepFailed  # pylint: disable=wrong-import-position
from bedlib.steps import Clocks  # pylint: disable=wrong-import-position


def guest(name, served, parked=0):
    """Of interrex's report, what check emulated looks at."""
    return {"name": name, "held": {"exits_served": {"tsc": served} if served else {},
                                   "exits_parked": {"tsc": parked} if parked else {}}}


class Emulated(unittest.TestCase):
    """check emulated"""

    def check(self, *guests):
        """The check of a host where g1's TSC is emulated, with such a report."""
        steps = played.steps({})
        steps.context.results.report = {"guests": list(guests)}
        steps.kind(Clocks).check_emulated(["g1"])

    def test_as_it_should_be(self):
        self.check(guest("g1", 5), guest("g2", 0))

    def test_what_is_wrong(self):
        for guests in ([guest("g1", 0)], [guest("g1", 5), guest("g2", 1)], [guest("g1", 5, 1)],
                       [guest("g2", 0)], []):
            with self.subTest(guests), self.assertRaises(StepFailed):
                self.check(*guests)


if __name__ == "__main__":
    unittest.main()
