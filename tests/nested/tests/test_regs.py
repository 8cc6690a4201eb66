# SPDX-License-Identifier: GPL-2.0-only
"""What the bed concludes from the page of a guest that compares its registers."""

import copy
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import played  # pylint: disable=wrong-import-position
from bedlib import host, regs  # pylint: disable=wrong-import-position
from bedlib.errors import StepFailed  # pylint: disable=wrong-import-position
from bedlib.steps import Regs  # pylint: disable=wrong-import-position
from bedlib.steps.regs import cycles  # pylint: disable=wrong-import-position


def report(rounds=100, user=5, kernel=5):
    """One vCPU's, with so many rounds met."""
    kinds = {k: {"rounds": 10, "spanned": 0} for k in regs.USER + regs.KERNEL}
    kinds["user"]["spanned"] = user
    kinds["interrupts_off"]["spanned"] = kernel
    return {"state": "running", "vcpus": [{"rounds": rounds, "mismatches": 0, "interrupts": 1,
                                           "exceptions": 0, "nmis": 0, "kinds": kinds}]}


def spoilt(register="rbx", expected="0x10", found="0x11", mismatches=1):
    """The same, with a mismatch."""
    after = report()
    after["vcpus"][0].update(mismatches=mismatches, first={
        "register": register, "expected": expected, "found": found, "round": 7, "kind": "user"})
    return after


class Faults(unittest.TestCase):
    """faults() and unseen(): every kind of trouble is named."""

    def test_none(self):
        self.assertEqual(regs.faults(report(99), report(100)), [])
        self.assertEqual(list(regs.unseen(report(), 5)), [])

    def test_mismatch(self):
        found = regs.faults(report(99), spoilt())
        self.assertEqual(len(found), 1)
        self.assertIn("rbx, expected 0x10, found 0x11 (round 7, user)", found[0])

    def test_standstill(self):
        self.assertIn("stopped", regs.faults(report(100), report(100))[0])
        self.assertIn("stopped", regs.faults(None, report(0))[0])

    def test_trap(self):
        after = dict(report(101), state="stopped", trap={"vcpu": 0, "vector": 13, "rip": "0x1234"})
        self.assertIn("trap 13 at 0x1234", regs.faults(report(), after)[0])

    def test_unseen(self):
        self.assertIn("user", next(regs.unseen(report(user=4), 5)))
        self.assertIn("kernel", next(regs.unseen(report(kernel=0), 1)))


class Mismatch(unittest.TestCase):
    """check regs mismatch=: the one bit that was spoilt, no other, no more."""

    def check(self, after, register="rbx"):
        """As the step does."""
        steps = played.steps({}, ["r1"], r1=host.Guest("r1", kind="regs")).kind(Regs)
        steps.asked = lambda _: copy.deepcopy(after)
        steps.check_regs([], mismatch=register)

    def test_found(self):
        self.check(spoilt())

    def test_not_found(self):
        stopped = dict(spoilt(), state="stopped")
        for bad in (report(), spoilt("rcx"), spoilt(found="0x13"), spoilt(mismatches=2), stopped):
            with self.assertRaises(StepFailed):
                self.check(bad)


class Cycles(unittest.TestCase):
    """How often guests went in and out."""

    def test_sum(self):
        self.assertEqual(cycles([{"result": "drilled", "times": 50}, {"result": "drilled"},
                                 {"result": "updated"}, {"result": "refused"}]), 52)


if __name__ == "__main__":
    unittest.main()
