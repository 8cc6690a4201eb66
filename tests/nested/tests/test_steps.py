# SPDX-License-Identifier: GPL-2.0-only
"""Steps in a dom0 that is played: what they remember of guests and updates."""

import json
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import played  # pylint: disable=wrong-import-position
from bedlib import steps as stepmod  # pylint: disable=wrong-import-position
from bedlib.errors import StepFailed  # pylint: disable=wrong-import-position
from bedlib.steps import Probes, Traffic  # pylint: disable=wrong-import-position

LIST = "Name ID Mem VCPUs State Time(s)\ng1 1 256 1 --p--- 3.1\n"


class OnHost(unittest.TestCase):
    """A host with two guests that run."""

    def setUp(self):
        self.answers = {}
        self.steps = played.steps(self.answers)
        self.running = self.steps.context.running
        self.results = self.steps.context.results

    def do(self, line):
        """The step of this line."""
        self.steps.perform(line.split())


class Played(OnHost):
    """What steps remember of guests and updates."""

    def test_pause(self):
        """A paused guest's probe is asked no more; one that goes on is there again, and can be
        stopped."""
        self.answers["xl list g1"] = (0, LIST)
        self.do("pause g1")
        self.assertEqual(self.running.names, ["g2"])
        self.do("unpause g1")
        self.assertEqual(self.running.names, ["g2", "g1"])
        self.do("stop g1")
        self.assertEqual(self.running.names, ["g2"])

    def test_guest_that_ran_while_it_was_paused(self):
        self.answers["xl list g1"] = (0, LIST)
        self.do("pause g1")
        self.answers["xl list g1"] = (0, LIST.replace("3.1", "3.2"))
        with self.assertRaisesRegex(StepFailed, "g1 ran while it was paused: it had 3.1 s"):
            self.do("unpause g1")

    def update(self, ends, status, keys=""):
        """An update that ends so."""
        report = json.dumps({"result": ends, "guests": [], "service_stall_ms": None, "reasons": []})
        self.answers["interrex"] = (status, f"\n{report}\n")
        self.do(f"update B {keys}")

    def test_only_what_was_updated_is_an_update(self):
        """What was taken back has no stall, and nothing to show of one."""
        self.update("aborted", 4, "result=aborted")
        self.assertEqual((len(self.results.updates), len(self.results.reports)), (0, 1))
        self.update("updated", 0)
        self.assertEqual((len(self.results.updates), len(self.results.reports)), (1, 2))

    def test_a_drill_past_its_limit(self):
        """interrex has to exit with what the step says, which goes for limits only."""
        report = json.dumps({"result": "refused", "guests": [], "reasons": [{"name": "over-limit"}]})
        line = "drill max_blackout_ms=0.5 over_limit=abort result=refused reason=over-limit"
        self.answers["interrex drill --shim /boot/shim.elf --seconds 10 --max-blackout 0.5 --over-limit abort --json"] = (
            8, f"\n{report}\n")
        self.do(f"{line} status=8")
        with self.assertRaisesRegex(StepFailed, "ended with 8, not 3"):
            self.do(line)
        with self.assertRaisesRegex(StepFailed, "none of the reasons matches 'pod'"):
            self.do("drill max_blackout_ms=0.5 over_limit=abort result=refused reason=pod status=8")

    def test_reports_of_guests_that_are_gone(self):
        """What was seen of a guest at the last check is not asked for once it is stopped."""
        probes = self.steps.kind(Probes)
        probes.ask = {"g1": 1, "g2": 2}.get
        self.assertEqual(probes.after(), {"g1": 1, "g2": 2})
        self.do("stop g1")
        self.assertEqual(probes.after(), {"g2": 2})

    def crowd(self, before_ms, after_ms, brownout=3.0):
        """The steps around an update, with these largest gaps of g1 and g2 on one CPU fewer and since."""
        probes = self.steps.kind(Probes)

        def report(gap_ms):
            return {"tsc_hz": 1000, "vcpus": [{"gaps": [[5, 5 + gap_ms]]}]}
        answers = {"report": before_ms}
        probes.ask = lambda guest, verb="report": report(answers["report"][int(guest[1]) - 1])
        self.do("crowd seconds=1")
        answers["report"] = after_ms
        self.results.report = {"brownout_ms": brownout, "guests": []}
        self.do("check crowd")

    def test_gaps_beside_those_on_one_cpu_fewer(self):
        self.crowd((30, 40), (80, 100))
        with self.assertRaisesRegex(StepFailed, "g2 stood still for 101.0 ms, on one CPU fewer for 40.0 ms"):
            self.crowd((30, 40), (80, 101))

    def test_report_without_a_brownout(self):
        with self.assertRaisesRegex(StepFailed, "no brown-out"):
            self.crowd((30, 40), (30, 40), None)

    def test_guest_that_was_never_held(self):
        """It had no RDTSC served, and that is said in a sentence."""
        self.results.report = {"guests": [{"name": "g1", "held": None}]}
        self.do("check emulated")
        with self.assertRaisesRegex(StepFailed, "g1: 0 RDTSC served"):
            self.do("check emulated g1")

    def test_commands(self):
        """What is expected of a command in dom0, and what is said where it does not come."""
        for line, why in (("dom0 false", r"'false' ended with 1: no"), ("dom0 false status=2", "ended with 1, not 2: no"),
                          ("dom0 false status=1 expect=yes", "'yes' is not in the output of 'false'")):
            self.answers["false"] = (1, "much\nno\n")
            with self.subTest(line), self.assertRaisesRegex(StepFailed, why):
                self.do(line)
        self.do("dom0 false status=1 expect=^no|much")


class Parked(OnHost):
    """check unparked, and check logs where a kernel says that something stood still"""

    def held(self, **counts):
        """The last report has these guests."""
        self.results.report = {"result": "aborted", "guests": [
            {"name": name, "held": held and {"exits_parked": held, "parked_vcpus": 1} if held is not False
             else {"exits_parked": {}, "parked_vcpus": 0}} for name, held in counts.items()]}

    def test_none(self):
        self.held(g1=False, g2=None)
        self.do("check unparked")

    def test_one_in_the_report(self):
        self.held(g1=False, g2={"io": 2})
        with self.assertRaisesRegex(StepFailed, r'g2: parked for \{"io": 2\}'):
            self.do("check unparked")

    def test_nobody_was_held(self):
        self.held(g1=None)
        with self.assertRaisesRegex(StepFailed, "no guest was held"):
            self.do("check unparked")

    def test_one_that_is_parked_now(self):
        park = {"class": "hypercall", "detail": "0xc", "words": "memory_op"}
        self.results.report = {"result": "held", "guests": []}
        for why in (None, park):
            self.answers["interrex status"] = (0, json.dumps({"domains": [
                {"name": "g1", "vcpus": [{"vcpu": 0, "park": None}, {"vcpu": 1, "park": why}]}]}))
            if why is None:
                self.do("check unparked")
        with self.assertRaisesRegex(StepFailed, "g1: vCPU 1: hypercall memory_op"):
            self.do("check unparked")

    def test_kernel_that_complains(self):
        self.answers.update({"dmesg | wc": (0, "3\n"), "guest-sh g1 'dmesg | wc": (0, "7\n"),
                             "guest-sh g2 'dmesg | wc": (0, "7\n")})
        self.do("logs")
        self.do("check logs")
        self.answers["guest-sh g2 'dmesg | tail -n +8"] = (
            0, "odd\n[  60.0] watchdog: BUG: soft lockup - CPU#1 stuck for 22s! [probe:71]\n")
        with self.assertRaisesRegex(StepFailed, "g2's kernel wrote of a soft lockup: .*stuck for 22s"):
            self.do("check logs")


class Baseline(OnHost):
    """The step, and the checks that compare with it."""

    def setUp(self):
        super().setUp()
        self.answers.update({"guest-probe": (0, "{}\n"), "dom0-probe show": (0, "loop=5@1\ndomid_g1=1\n"),
                             "dom0-probe beats": (0, "3\n"), "xl info": (0, "1000\n"), "dom0-probe fire": (0, "fired\n")})
        self.do("baseline")

    def test_what_it_asks(self):
        """Of each guest twice a reset, around what it remembers."""
        asked = [command.split()[:3] for command in self.steps.context.channel.asked if "probe g" in command]
        verbs = [(guest, verb) for _, guest, verb in asked]
        self.assertEqual(verbs, [(g, v) for v in ("reset", "report", "reset") for g in ("g1", "g2")])
        self.assertEqual(self.steps.kind(Probes).before, {"g1": {}, "g2": {}})

    def test_what_is_no_more_the_same(self):
        self.answers["dom0-probe show"] = (0, "loop=6@1\ndomid_g1=1\n")
        with self.assertRaisesRegex(StepFailed, "loop was 5@1, is 6@1"):
            self.do("check same")
        self.answers["dom0-probe show"] = (0, "loop=5@1\n")
        with self.assertRaisesRegex(StepFailed, "domid_g1 was 1, is None"):
            self.do("check same")

    def test_loop_that_stands(self):
        with self.assertRaisesRegex(StepFailed, "the shell loop in dom0 does not go on"):
            self.do("check same")

    def test_memory(self):
        self.do("check free-memory")
        self.answers["xl info"] = (0, "999\n")
        self.do("check free-memory slack_mib=1")
        with self.assertRaisesRegex(StepFailed, "1024 KiB of memory are lost"):
            self.do("check free-memory")

    def test_watch(self):
        self.do("check watch")
        self.answers["dom0-probe fire"] = (0, "the watch did not fire\n")
        with self.assertRaises(StepFailed):
            self.do("check watch")


class Registered(unittest.TestCase):
    """Which step is whose."""

    def test_names(self):
        """A hyphen is an underscore in the method's name."""
        self.assertEqual(stepmod.REGISTERED["traffic-drop"], (Traffic, Traffic.step_traffic_drop))
        self.assertEqual(stepmod.REGISTERED["check free-memory"][1].__name__, "check_free_memory")

    def test_each_kind_is_made(self):
        made = played.steps({})
        self.assertEqual({kind for kind, _ in stepmod.REGISTERED.values()}, set(stepmod.KINDS))
        for kind in stepmod.KINDS:
            self.assertIs(type(made.kind(kind)), kind)

    def test_each_says_what_it_does(self):
        for name, (_, method) in stepmod.REGISTERED.items():
            self.assertGreater(len(method.__doc__ or ""), 10, name)


if __name__ == "__main__":
    unittest.main()
