# SPDX-License-Identifier: GPL-2.0-only
"""What the bed concludes from the answers of hostile guests."""

import json
import re
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import played  # pylint: disable=wrong-import-position
from bedlib import host, hostile  # pylint: disable=wrong-import-position
from bedlib.errors import StepFailed  # pylint: disable=wrong-import-position
from bedlib.steps import Hostile  # pylint: disable=wrong-import-position


def case(name="cpuid 1", late=(0, 0, 0), differs=(), **more):
    """One with two questions."""
    return {"name": name, "words": 2, "first": "0", "asked": [2, 2, 2], "answered": [2, 2, 2], "late": list(late),
            "first_late": [0, 0, 0], "differs": list(differs), "differing": len(differs), **more}


HELD_DIFFERS = [1, "a", "a", "b"]


class Outcomes(unittest.TestCase):
    """outcome(): each word, and nothing passes for SUCCESS that is none."""

    def test_success(self):
        self.assertEqual(hostile.outcome(case()).word, "SUCCESS")

    def test_differs(self):
        found = hostile.outcome(case(differs=[HELD_DIFFERS]))
        self.assertEqual((found.word, found.ways), ("FAILURE", ("differs",)))
        self.assertEqual(found.detail, "question 1: a in Xen, b held")

    def test_parks(self):
        found = hostile.outcome(case(late=(0, 0, 1)))
        self.assertEqual((found.word, found.ways), ("FAILURE", ("parks",)))

    def test_both(self):
        self.assertEqual(hostile.outcome(case(late=(0, 0, 1), differs=[HELD_DIFFERS])).ways, ("parks", "differs"))

    def test_unstable(self):
        """Where Xen itself gives two answers, the case is broken, whatever the held answer is."""
        self.assertEqual(hostile.outcome(case(differs=[[0, "a", "b", "a"]])).word, "ERROR")
        self.assertEqual(hostile.outcome(case(late=(1, 0, 0))).word, "ERROR")
        self.assertEqual(hostile.outcome(case(late=(0, 1, 0))).word, "ERROR")

    def test_unanswered(self):
        self.assertEqual(hostile.outcome(case(answered=[2, 2, 1])).word, "CRASH")
        self.assertEqual(hostile.outcome(case(asked=[2, 2, 0], answered=[2, 2, 0])).word, "CRASH")

    def test_given_up(self):
        """After its last late answer (its patience) the rest is not asked: that is a park, not a crash."""
        found = hostile.outcome(case(words=9, asked=[9, 9, 2], answered=[9, 9, 2], late=(0, 0, 2)))
        self.assertEqual((found.word, found.ways), ("FAILURE", ("parks",)))


class Known(unittest.TestCase):
    """known.txt: what is read of it, and that it stays true."""

    entries = hostile.known("# a comment\n\nwrmsr pat: parks: not served\nwrmsr mc*: parks differs: all of them\n")

    def test_read(self):
        self.assertEqual(self.entries["wrmsr pat"], (frozenset(["parks"]), "not served"))
        for bad in ("wrmsr pat", "wrmsr pat: sleeps: why", "wrmsr pat: parks:", "a: parks: b\na: parks: c"):
            with self.assertRaises(ValueError):
                hostile.known(bad)
        self.assertIn("a:1", hostile.known("a:1: parks: the second one of this name"))

    def judge(self, *cases):
        """The words, and what is outdated."""
        outcomes, needed = hostile.judged(cases, self.entries)
        return ([one.word for one in outcomes],
                list(hostile.outdated(self.entries, needed, [one["name"] for one in cases])))

    def test_all_known(self):
        words, old = self.judge(case("wrmsr pat", late=(0, 0, 1)), case("wrmsr mc0", late=(0, 0, 1)),
                                case("wrmsr mc1", differs=[HELD_DIFFERS]))
        self.assertEqual((words, old), (["SUCCESS"] * 3, []))

    def test_another_way(self):
        """It is known to park, and differs."""
        words, _ = self.judge(case("wrmsr pat", late=(0, 0, 1), differs=[HELD_DIFFERS]))
        self.assertEqual(words, ["FAILURE"])

    def test_not_known(self):
        self.assertEqual(self.judge(case("rdmsr pat", late=(0, 0, 1)))[0], ["FAILURE"])

    def test_no_longer(self):
        _, old = self.judge(case("wrmsr pat"), case("wrmsr mc0", late=(0, 0, 1)))
        self.assertEqual(len(old), 2)
        self.assertTrue(any("'wrmsr pat' parks no longer" in text for text in old))
        self.assertTrue(any("'wrmsr mc*' differs no longer" in text for text in old))

    def test_no_such_case(self):
        _, old = self.judge(case("wrmsr mc0", late=(0, 0, 1), differs=[HELD_DIFFERS]))
        self.assertEqual(old, ["known.txt: no case is called 'wrmsr pat'"])

    def test_never_an_excuse(self):
        """A broken case, or one that was not answered, is not a known difference."""
        self.assertEqual(self.judge(case("wrmsr pat", late=(1, 0, 1)))[0], ["ERROR"])
        self.assertEqual(self.judge(case("wrmsr pat", answered=[2, 2, 1]))[0], ["CRASH"])

    def test_process(self):
        """What is asked at CPL 3 must not park: neither by its own line nor by one for many."""
        with self.assertRaisesRegex(ValueError, "a process"):
            hostile.known("insn hlt user: parks: why not")
        self.entries_of("insn*: parks: by many", case("insn hlt user", late=(0, 0, 1)), "FAILURE")
        self.entries_of("insn*: differs: by many", case("insn hlt user", differs=[HELD_DIFFERS]), "SUCCESS")

    def entries_of(self, text, one, word):
        """What a case comes to with this line."""
        outcomes, _ = hostile.judged([one], hostile.known(text))
        self.assertEqual(outcomes[0].word, word)

    def test_proposed(self):
        outcomes, _ = hostile.judged([case("wrmsr pat", late=(0, 0, 1)), case("x", differs=[HELD_DIFFERS]), case("y")],
                                     self.entries)
        self.assertEqual(list(hostile.proposed(outcomes, self.entries)),
                         ["wrmsr pat: parks: not served", "x: differs: ?"])

    def test_the_file(self):
        """It can be read, and gives a reason for each."""
        found = hostile.known(hostile.KNOWN.read_text(encoding="utf-8"))
        self.assertTrue(all(len(reason) > 5 for _, reason in found.values()))


class Cases(unittest.TestCase):
    """All that hostile/ asks, listed by list_cases.c: the tables are complete and can be read."""

    @classmethod
    def setUpClass(cls):
        sources = [path for path in sorted(hostile.SOURCE.iterdir()) if path.suffix in (".c", ".S")
                   and path.stem not in ("main", "worker", "xen", "tables", "traps", "narrow_tables", "narrow_vcpu")]
        with tempfile.TemporaryDirectory() as folder:
            program = Path(folder) / "list-cases"
            subprocess.run(["gcc", "-std=gnu11", "-Wall", "-Wextra", "-Werror", "-o", program,
                            Path(__file__).with_name("list_cases.c"), *sources], check=True)
            lines = subprocess.run([program], capture_output=True, text=True, check=True).stdout.splitlines()
        cls.cases = [line.partition(" ")[::2] for line in lines]
        cls.names = [name for _, name in cls.cases]

    def test_number(self):
        """Of cases, by their names: each is one thing that is compared."""
        self.assertGreaterEqual(len(self.names), 250)
        self.assertEqual(sorted(self.names), sorted(set(self.names)))
        self.assertTrue(all(int(words) > 0 for words, _ in self.cases))

    def test_names(self):
        """dom0's program prints them as they are, and known.txt can hold them."""
        for name in self.names:
            self.assertRegex(name, r"\A[a-z0-9_.:+ -]{1,39}\Z")
            self.assertIn(name, hostile.known(f"{name}: differs: so it is"))

    def test_known(self):
        """What is known is known of a case that there is."""
        entries = hostile.known(hostile.KNOWN.read_text(encoding="utf-8"))
        found, _ = hostile.judged([case(name, late=(0, 0, 1)) for name in self.names], entries)
        self.assertEqual(len(found), len(self.names))
        gone = [text for text in hostile.outdated(entries, set(), self.names) if "no case" in text]
        self.assertEqual(gone, [])

    def test_narrow(self):
        """Each mode of 32-bit guests is asked the same, but for what has no way back there."""
        asked = {mode: {name.partition(" ")[2] for name in self.names if name.startswith(f"{mode} ")}
                 for mode in ("flat", "2-level", "pae")}
        self.assertEqual(asked["2-level"], asked["pae"])
        self.assertGreater(len(asked["flat"] & asked["pae"]), 150)
        for what in ("cpuid 0 user", "rdmsr c0000080", "in al user", "apic ipi", "call send user"):
            self.assertIn(what, asked["flat"])

    def test_each_register(self):
        """Every register of the local APIC is read, in both modes."""
        for mode in ("xapic", "x2apic"):
            read = {name for name in self.names if re.fullmatch(f"{mode} read [0-9a-f]+", name)}
            self.assertEqual(len(read), 64)


class Steps(unittest.TestCase):
    """ask, ask-held, check answers."""

    @staticmethod
    def steps(answers):
        """Of a host with one hostile guest."""
        return played.steps(answers, ["h1"], h1=host.Guest("h1", kind="hostile")).kind(Hostile)

    def test_broken_guest(self):
        report = '{"state": "broken", "at": "cpuid 1", "at_word": 1, "trap": [13, "0"], "cases": []}'
        with self.assertRaisesRegex(StepFailed, "h1 is broken at 'cpuid 1'"):
            self.steps({"guest-hostile $(xl domid h1) ": (0, ""), "guest-hostile": (0, report)}).step_ask(())

    def test_cross_section(self):
        """Where not all cases are asked, what is known and did not come is not outdated."""
        asked = json.dumps({"state": "ready", "cases": [case("x y z")]})
        played.steps({"guest-hostile": (0, asked)}, ["h1"],
                     h1=host.Guest("h1", kind="hostile", asks="cpuid,every=9")).kind(Hostile).check_answers((), min="1")

    def test_few(self):
        """Those that waited for a Xen do not count."""
        for cases in [], [case(late=(0, 0, 1))] * 300:
            report = json.dumps({"state": "ready", "cases": cases})
            with self.assertRaisesRegex(StepFailed, "only 0 cases"):
                self.steps({"guest-hostile": (0, report)}).check_answers(())


if __name__ == "__main__":
    unittest.main()
