# SPDX-License-Identifier: GPL-2.0-only
"""Steps in a dom0 that is played: what they remember of guests and updates."""

import io
import json
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bedlib import host  # pylint: disable=wrong-import-position
from bedlib.errors import StepFailed  # pylint: disable=wrong-import-position
from bedlib.steps import Steps  # pylint: disable=wrong-import-position

LIST = "Name ID Mem VCPUs State Time(s)\ng1 1 256 1 --p--- 3.1\n"


class Dom0:  # pylint: disable=too-few-public-methods
    """Answers commands: {start of a command: (status, output)}, others with success and nothing."""

    def __init__(self, answers):
        self.answers = answers

    def run(self, command, _timeout, _show, _meanwhile):
        """As Channel.run"""
        return next((answer for start, answer in self.answers.items() if command.startswith(start)), (0, ""))


class Played(unittest.TestCase):
    """Steps on a host with two guests that run."""

    def setUp(self):
        self.answers = {}
        described = host.Host("x", guests={name: host.Guest(name) for name in ("g1", "g2")})
        self.steps = Steps(described, Dom0(self.answers), io.StringIO())
        self.steps.running = ["g1", "g2"]

    def test_pause(self):
        """A paused guest's probe is asked no more; one that goes on is there again, and can be stopped."""
        self.answers["xl list g1"] = (0, LIST)
        self.steps.step_pause(["g1"])
        self.assertEqual(self.steps.running, ["g2"])
        self.steps.step_unpause(["g1"])
        self.assertEqual(self.steps.running, ["g2", "g1"])
        self.steps.step_stop(["g1"])
        self.assertEqual(self.steps.running, ["g2"])

    def test_guest_that_ran_while_it_was_paused(self):
        self.answers["xl list g1"] = (0, LIST)
        self.steps.step_pause(["g1"])
        self.answers["xl list g1"] = (0, LIST.replace("3.1", "3.2"))
        with self.assertRaisesRegex(StepFailed, "g1 ran while it was paused: it had 3.1 s"):
            self.steps.step_unpause(["g1"])

    def update(self, ends, status, **keys):
        """An update that ends so."""
        report = json.dumps({"result": ends, "guests": [], "service_stall_ms": None, "reasons": []})
        self.answers["interrex"] = (status, f"\n{report}\n")
        self.steps.step_update(["B"], **keys)

    def test_only_what_was_updated_is_an_update(self):
        """What was taken back has no stall, and nothing to show of one."""
        self.update("aborted", 4, result="aborted")
        self.assertEqual((len(self.steps.updates), len(self.steps.reports)), (0, 1))
        self.update("updated", 0)
        self.assertEqual((len(self.steps.updates), len(self.steps.reports)), (1, 2))

    def test_reports_of_guests_that_are_gone(self):
        """What was seen of a guest at the last check is not asked for once it is stopped."""
        self.steps.marked = {"after": {"g1": 1, "g2": 2}}
        self.assertEqual(self.steps.after(), {"g1": 1, "g2": 2})
        self.steps.step_stop(["g1"])
        self.assertEqual(self.steps.after(), {"g2": 2})

    def test_guest_that_was_never_held(self):
        """It had no RDTSC served, and that is said in a sentence."""
        self.steps.report = {"guests": [{"name": "g1", "held": None}]}
        self.steps.check_emulated([])
        with self.assertRaisesRegex(StepFailed, "g1: 0 RDTSC served"):
            self.steps.check_emulated(["g1"])


if __name__ == "__main__":
    unittest.main()
