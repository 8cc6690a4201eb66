# SPDX-License-Identifier: GPL-2.0-only
"""The audit of references to pages: what of its answer makes the step fail."""

import json
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import played  # pylint: disable=wrong-import-position
from bedlib.errors import StepFailed  # pylint: disable=wrong-import-position
from bedlib.steps.audit import SPOILT, line, refuse  # pylint: disable=wrong-import-position

PAGE = {"refs": 2, "type": "writable", "type_refs": 1, "flags": ["validated"]}
FIGURES = {"domains": 3, "pages": 1000, "tables": [4, 3, 2, 1], "partial": 0, "pins": 5, "entries": 70,
           "foreign": 6, "mappings": 7, "paused_us": 8}


def audit(what=None, mfn=77, spoilt=None, count=1):
    """What interrex says: no difference, or (what=) so many, of which this is the first."""
    first = {"mfn": mfn, "pfn": None, "domid": 1, "what": what, "expected": PAGE, "found": PAGE}
    return {**FIGURES, "count": count if what else 0, "differences": [first] * bool(what), "spoilt": spoilt}


class Answers(unittest.TestCase):
    """refuse()"""

    def refused(self, found, spoil, why):
        """It is, for this."""
        with self.assertRaisesRegex(StepFailed, why):
            refuse(found, spoil)

    def test_as_expected(self):
        refuse(audit(), "")
        for spoil, what in SPOILT.items():
            refuse(audit(what, spoilt=77), spoil)

    def test_not_as_expected(self):
        self.refused(audit(["refs"]), "", r"^1 differences: frame 77 \(pfn None\) of domain 1: refs: expected 2 refs")
        self.refused(audit(["refs"], count=5), "", "^5 differences")

    def test_spoilt(self):
        self.refused(audit(), "ref", "^0 differences where one was made")
        self.refused(audit(["refs"], spoilt=77, count=2), "ref", "^2 differences")
        self.refused(audit(["refs"], spoilt=78), "ref", r"^frame 78 was made wrong \(ref\); frame 77")
        self.refused(audit(["refs"], spoilt=None), "ref", "^frame None")
        self.refused(audit(["type_refs"], spoilt=77), "ref", "^frame 77")

    def test_line(self):
        self.assertIn("1000 pages of 3 domains, tables 4/3/2/1", line(audit()))


class Steps(unittest.TestCase):
    """audit, check audited"""

    def test_status(self):
        for status, found, why in ((1, None, "ended with 1: no Xen"), (3, audit(), "ended with 3 and 0"),
                                   (0, audit(["refs"]), "ended with 0 and 1")):
            steps = played.steps({"interrex audit": (status, json.dumps(found) if found else "no Xen")})
            with self.subTest(status), self.assertRaisesRegex(StepFailed, why):
                steps.perform(["audit"])

    def test_spoil(self):
        answers = {"interrex audit --json --spoil=pin": (3, json.dumps(audit(["refs", "type_refs"], spoilt=77)))}
        steps = played.steps(answers)
        steps.perform(["audit", "spoil=pin"])
        with self.assertRaisesRegex(StepFailed, "0 differences where one was made"):
            played.steps({"interrex audit": (0, json.dumps(audit()))}).perform(["audit", "spoil=pin"])

    def test_met(self):
        steps = played.steps({"interrex audit": (0, json.dumps(audit()))})
        steps.perform(["audit"])
        steps.perform(["check", "audited", "foreign", "mappings"])
        with self.assertRaisesRegex(StepFailed, "no audit has met: partial"):
            steps.perform(["check", "audited", "foreign", "partial"])


if __name__ == "__main__":
    unittest.main()
