# SPDX-License-Identifier: GPL-2.0-only
"""Scenario files: each of ours is understood, and what cannot be meant is refused by its line."""

import contextlib
import io
import sys
import tempfile
import unittest
from pathlib import Path
from unittest import mock

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bedlib import main, qemu, steps, turns  # pylint: disable=wrong-import-position
from bedlib.errors import BedError  # pylint: disable=wrong-import-position
from bedlib.steps.reports import first_and_last, trends  # pylint: disable=wrong-import-position

SCENARIOS = Path(__file__).resolve().parents[1] / "scenarios"


def update(stall, enter=100, leave=100):
    """Of interrex's report on an update, what trends() looks at."""
    return {"service_stall_ms": stall,
            "guests": [{"name": "g1", "blackout_enter_us": enter, "blackout_leave_us": leave}]}


class Reading(unittest.TestCase):
    """Has a text read as a scenario's file."""

    def read(self, text, **given):
        """What the text is read as."""
        with tempfile.NamedTemporaryFile("w", suffix=".scn") as file:
            file.write(text)
            file.flush()
            return turns.read(file.name, given)

    def refused(self, text, line, why):
        """The text is refused for its line of this number, with this sentence."""
        with self.assertRaisesRegex(BedError, rf":{line}: {why}$"):
            self.read(text)


class Files(Reading):
    """read()"""

    def test_ours(self):
        found = sorted(SCENARIOS.rglob("*.scn"))
        self.assertGreater(len(found), 5)
        for path in found:
            with self.subTest(path.name):
                self.assertTrue(turns.read(path).steps)

    def test_bad_lines(self):
        for bad in ("host cpus=0", "host cpus=x", "host emulator=older", "host dom0=hvm", "host colour=red", "guest G1",
                    "guest g1 vcpus=65", "guest g1\nguest g1", "start g1", "update", "update B speed=1", "check nothing",
                    "wait long", "jump", "baseline 'open", "repeat 1.5\nend", "repeat x\nend", "update b",
                    "update B result=jumped", "check xen", "report ../x", "report /x/y.json"):
            with self.subTest(bad), self.assertRaisesRegex(BedError, r":[12]: "):
                self.read(bad + "\n")

    def test_emulator(self):
        older, newer = (qemu.emulator(self.read(f"host cpus=3{more}\nwait 1\n")) for more in ("", " emulator=newer"))
        self.assertNotEqual(older, newer)
        self.assertEqual(newer, qemu.emulator(self.read("guest g1 kind=regs\nwait 1\n")))

    def test_repeat(self):
        read = self.read("repeat 2\nwait 1\nrepeat 3\nwait 2\nend\nend\nbaseline\n")
        words = [" ".join(w) for _, w in turns.unrolled(read.steps)]
        self.assertEqual(words, ["wait 1", "wait 2", "wait 2", "wait 2"] * 2 + ["baseline"])
        for bad, line in (("repeat 2\nbaseline\n", 1), ("baseline\nend\n", 2)):
            with self.assertRaisesRegex(BedError, f"line {line}: "):
                self.read(bad)

    def test_set(self):
        text = "set rounds 2\nrepeat $rounds\nwait 1\nend\n"
        self.assertEqual(len(turns.unrolled(self.read(text).steps)), 2)
        self.assertEqual(len(turns.unrolled(self.read(text, rounds="5").steps)), 5)
        for bad in ("repeat $rounds\nend\n", "set rounds\n", "set rounds x\nrepeat $rounds\nend\n"):
            with self.assertRaises(BedError):
                self.read(bad)
        with self.assertRaisesRegex(BedError, "no line that sets other"):
            self.read(text, other="1")


GUESTS = "guest g1\nguest g2\nguest r kind=regs\nguest d disk=8\n"
# What cannot be meant at all: a line and why. Line 5 is the one.
WORDS = (
    ("check gap", "check gap needs max_ms="),
    ("check stall", "check stall needs max_ms="),
    ("check blackout", "check blackout needs max_ms="),
    ("dom0 ls expect='a('", r"'a\(' is no regular expression: .*"),
    ("in g1 ls expect='[a'", r"'\[a' is no regular expression: .*"),
    ("update B reason='*'", r"'\*' is no regular expression: .*"),
    ("refuse B 'host ('", r"'host \(' is no regular expression: .*"),
    ("in r ls", "r is not a guest of kind linux"),
    ("check regs g1", "g1 is not a guest of kind regs"),
    ("traffic r g1", "r is not a guest of kind linux"),
    ("transaction dom0 g9", "no guest g9 is described above"),
    ("start dom0", "no guest dom0 is described above"),
    ("interrupts", "interrupts is for a host with a device edu"),
    ("raise times=1.5", "'1.5' is not a value for times"),
    ("kexec", "kexec is for a host of stock Xen"),
)
# Out of turn: the lines before it, the line, and why.
TURNS = (
    # Without the step that it needs.
    ("", "check same", "check same needs 'baseline' before it"),
    ("", "check watch", "check watch needs 'baseline' before it"),
    ("", "check free-memory", "check free-memory needs 'baseline' before it"),
    ("", "clear", "clear needs 'baseline' before it"),
    ("", "check settings", "check settings needs 'settings' before it"),
    ("", "check empty", "check empty needs 'empty' before it"),
    ("", "check logs", "check logs needs 'logs or baseline' before it"),
    ("", "check interrupts", "check interrupts needs 'interrupts' before it"),
    ("", "raise", "raise needs 'interrupts' before it"),
    ("", "raise-meanwhile", "raise-meanwhile needs 'interrupts' before it"),
    ("", "port-error-meanwhile", "port-error-meanwhile needs 'interrupts' before it"),
    ("interrupts/raise-meanwhile", "raise-meanwhile", "raise-meanwhile cannot come after 'raise-meanwhile'"),
    ("interrupts/port-error-meanwhile", "check interrupts",
     "check interrupts cannot come after 'port-error-meanwhile'"),
    ("hold", "stray", "stray needs 'interrupts' before it"),
    ("interrupts", "stray", "stray needs 'hold' before it"),
    ("interrupts/hold/abort", "stray", "stray needs 'hold' before it"),
    ("interrupts", "interrupts", "interrupts cannot come after 'interrupts'"),
    ("", "check traffic", "check traffic needs 'traffic' before it"),
    ("start g1/traffic g1 dom0/traffic-stop", "check traffic", "check traffic needs 'traffic' before it"),
    ("start g1/traffic g1 dom0", "traffic g1 dom0", "traffic cannot come after 'traffic g1 dom0'"),
    ("start g1/traffic g1 dom0", "traffic-drop dom0 g1", "traffic-drop needs 'traffic dom0 g1' before it"),
    ("start g1", "traffic-double dom0 g1", "traffic-double needs 'traffic dom0 g1' before it"),
    ("", "traffic-stop", "traffic-stop needs 'traffic' before it"),
    ("start g1/transaction g1", "check transaction g1 dom0",
     "check transaction needs 'transaction dom0' before it"),
    ("transaction dom0/check transaction dom0", "check transaction dom0",
     "check transaction needs 'transaction dom0' before it"),
    ("transaction dom0", "transaction dom0", "transaction cannot come after 'transaction dom0'"),
    ("baseline/check watch", "check watch", "check watch cannot come after 'check watch'"),
    # What interrex has to have said.
    ("start g1/baseline", "report a/b.json", "report needs 'update or drill' before it"),
    ("start g1/baseline/update B result=refused", "report a/b.json",
     "report needs 'update or drill' before it"),
    ("start g1/update B", "report a/b.json", "report needs 'baseline g1' before it"),
    ("start g1", "check emulated", "check emulated needs 'update or drill or hold' before it"),
    ("start g1", "check blackout max_ms=1", "check blackout needs 'update or drill or hold' before it"),
    ("start g1/repeat 7/update B/end", "check trend", "check trend needs '8 update' before it"),
    ("start g1/repeat 8/update B result=aborted/end", "check trend",
     "check trend needs '8 update' before it"),
    ("start g1/repeat 4/update B/end/start g2/repeat 4/update A/end", "check trend",
     "check trend needs the same guests in each 'update' before it"),
    ("start g1/update B", "costs", "costs needs 'drill' before it"),
    ("start g1/drill", "costs", "costs needs 'update' before it"),
    ("start g1/drill/update B/update A", "costs", "costs cannot come after '2 update'"),
    ("start g1 g2/drill/update B", "costs", "costs is for a host with one guest"),
    ("start g1/drill/stop g1/update B", "costs",
     "costs needs the same guests in each 'drill or update' before it"),
    # Guests that are not there, or not as they have to be.
    ("", "stop g1", r"stop needs 'start g1 or moved g1' before it"),
    ("start g1", "stop g2", "stop needs 'start g2 or moved g2' before it"),
    ("start g1/stop g1", "stop g1", "stop needs 'start g1 or moved g1' before it"),
    ("create g1", "stop g1", "stop needs 'start g1 or moved g1' before it"),
    ("start g1/pause g1", "stop g1", "stop cannot come after 'pause g1'"),
    ("", "destroy g1", "destroy needs 'start g1 or moved g1 or create g1' before it"),
    ("start g1", "start g1", "start cannot come after 'start g1'"),
    ("start g1", "moved g1", "moved cannot come after 'start g1'"),
    ("create g1", "create g1", "create cannot come after 'create g1'"),
    ("", "in g1 ls", "in needs 'start g1 or moved g1' before it"),
    ("start g1/pause g1", "in g1 ls", "in cannot come after 'pause g1'"),
    ("start g1", "check console g1 g2", "check console needs 'start g2 or moved g2' before it"),
    ("", "pause g1", "pause needs 'start g1 or moved g1' before it"),
    ("start g1/pause g1", "pause g1", "pause cannot come after 'pause g1'"),
    ("start g1", "unpause g1", "unpause needs 'pause g1' before it"),
    ("start g1/pause g1/unpause g1", "unpause g1", "unpause needs 'pause g1' before it"),
    ("start g1", "traffic g1 g2", "traffic needs 'start g2 or moved g2' before it"),
    ("", "transaction g1", "transaction needs 'start g1 or moved g1' before it"),
    ("", "check regs r", "check regs needs 'start r or moved r' before it"),
    # Checks that would have nobody to look at, or nothing to compare with.
    ("start r/baseline", "check guests", "check guests needs a guest of kind linux that runs"),
    ("baseline", "check progress", "check progress needs a guest of kind linux that runs"),
    ("start g1/baseline/pause g1", "check console", "check console needs a guest of kind linux that runs"),
    ("start g1", "check regs", "check regs needs a guest of kind regs that runs"),
    ("start g1/baseline", "check io", "check io needs a guest of kind io that runs"),
    ("start d/baseline/stop d", "check io-rate", "check io-rate needs a guest of kind io that runs"),
    ("start g1", "check guests", "check guests needs 'baseline g1' before it"),
    ("start g1/baseline/start g2", "check guests", "check guests needs 'baseline g2' before it"),
    ("start g1/baseline/start g2", "check gap max_ms=1", "check gap needs 'baseline g2' before it"),
    ("start g1/baseline/start g2", "check stall max_ms=1", "check stall needs 'baseline g2' before it"),
    ("start g1/baseline/stop g1/start g1", "check progress", "check progress needs 'baseline g1' before it"),
    ("start g1/baseline/pause g1/unpause g1", "check guests", "check guests needs 'baseline g1' before it"),
    ("start d", "check io", "check io needs 'baseline d' before it"),
)
# What looks like one of these, but is in order.
IN_TURN = (
    "abort", "start g1/moved g2/baseline/check guests/check progress/check gap max_ms=1",
    "start g1/baseline/check watch/baseline/check watch", "start g1/stop g1/start g1/baseline/check guests",
    "start g1/baseline/start g2/stop g2/check guests", "create g1/destroy g1/start g1",
    "start g1/pause g1/destroy g1/start g1/in g1 ls", "start g1/pause g1/unpause g1/stop g1",
    "start g1/repeat 4/update B/update A/end/check trend", "start g1/drill/update B/costs",
    "start g1/baseline/drill/report a/b.json", "repeat 2/transaction dom0/check transaction dom0/end",
    "interrupts/hold/stray/abort/raise/check interrupts",
    "interrupts/repeat 2/raise-meanwhile/port-error-meanwhile/update B/check interrupts/end",
    "start r/check regs/check regs r",
    "start d/baseline/check io/check io-rate/check logs", "baseline/check same/clear",
)


class Turns(Reading):
    """What cannot be meant, or comes when it may not, is refused by its line before anything
    starts."""

    HOST = 'host devices="edu pcie-root-port,id=root0"\n' + GUESTS

    def test_words(self):
        for line, why in WORDS:
            with self.subTest(line):
                self.refused(GUESTS + line + "\n", 5, why)

    def test_out_of_turn(self):
        for before, line, why in TURNS:
            lines = before.split("/") if before else []
            with self.subTest(before=before, line=line):
                self.read(self.HOST + "\n".join(lines))
                self.refused(self.HOST + "\n".join([*lines, line]), 6 + len(lines), why)

    def test_in_turn(self):
        for text in IN_TURN:
            with self.subTest(text):
                self.assertTrue(self.read(self.HOST + text.replace("a/b", "a#b").replace(
                    "/", "\n").replace("#", "/")).steps)

    def test_repeated(self):
        """A step that is in turn the first time only."""
        self.refused(self.HOST + "start g1\nrepeat 2\nstop g1\nend\n", 8, "stop needs .*")
        self.read(self.HOST + "start g1\nrepeat 1\nstop g1\nend\n")

    def test_nothing_is_built_or_booted_before(self):
        """bed run, with a step out of turn."""
        with tempfile.NamedTemporaryFile("w", suffix=".scn") as file:
            file.write("baseline\ncheck traffic\n")
            file.flush()
            errors = io.StringIO()
            with mock.patch.object(main.building, "build") as build, mock.patch.object(main.runs, "scenario") as booted, \
                    contextlib.redirect_stderr(errors):
                self.assertEqual(main.main(["run", file.name]), 1)
            self.assertEqual((build.called, booted.called), (False, False))
            self.assertIn(f"{file.name}:2: check traffic needs 'traffic' before it", errors.getvalue())

    def test_each_check_says_what_it_needs(self):
        """None looks at the marks without asking for one: but for those that need none."""
        free = {"xen"}
        names = [name for name in steps.REGISTERED if name.startswith("check ")]
        self.assertGreater(len(names), 20)
        for name in names:
            if name.removeprefix("check ") not in free:
                self.assertTrue(steps.usage(name.split()).after, name)


class Trends(unittest.TestCase):
    """trends(): the figures of all updates, by name."""

    def test_figures(self):
        found = dict(trends([update(70, 1000, 2000), update(80, 1500, 2500)]))
        self.assertEqual(found, {"the service stall": [70, 80], "g1's blackout_enter": [1, 1.5],
                                 "g1's blackout_leave": [2, 2.5]})

    def test_a_turn_of_another_cpu_is_no_growth(self):
        self.assertEqual(first_and_last([1.4, 0.3, 0.3, 0.4] * 4 + [1.4, 1.4, 0.3, 1.5]), (0.3, 0.3))

    def test_growth(self):
        self.assertEqual(first_and_last([0.1 * n for n in range(1, 21)])[0], 0.1)
        self.assertAlmostEqual(first_and_last([0.1 * n for n in range(1, 21)])[1], 1.6)


if __name__ == "__main__":
    unittest.main()
