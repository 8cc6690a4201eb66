# SPDX-License-Identifier: GPL-2.0-only
"""NMIs and machine checks from outside: where they strike, and what is looked at afterwards."""

import sys
import unittest
from pathlib import Path
from unittest import mock

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import played  # pylint: disable=wrong-import-position
from bedlib import gdb, host, struck  # pylint: disable=wrong-import-position
from bedlib.errors import BedError, StepFailed  # pylint: disable=wrong-import-position
from bedlib.steps import Struck  # pylint: disable=wrong-import-position

SYMBOLS = "0000000000001720 0000000000000005 t hw_idle\n0000000000001740 0000000000000004 t hw_stop\n" \
    "0000000000008790 0000000000000100 t fifo_set_pending\n00000000000185d0 T svm_enter\n"
LISTING = ("   18660:\tfb                   \tsti\n   18666:\t0f 01 d8             \tvmrun\n"
           "   18669:\t57                   \tpush   %rdi\n")
REGION, BASE, VMCB = 0x40000000, 0x41000000, 0x42345000


class Machine:
    """One that is played: CPUs at these addresses, and memory that is written to."""

    def __init__(self, counters, comes=()):
        self.counters, self.comes, self.written, self.ran = counters, list(comes), {}, []
        self.set, self.stop = [], struck.STOP

    def read_word(self, address):
        """Of the anchor: where the shim is."""
        return {REGION + struck.ANCHOR_SHIM: BASE - REGION, BASE + 0x1740: self.stop}.get(address, 0)

    def set_register(self, number, value, cpu=0):
        """As gdb.Stub"""
        self.set.append((cpu, number, value))

    def write_word(self, address, value):
        """As gdb.Stub"""
        self.written[address] = value

    def register(self, number, cpu=0):
        """As gdb.Stub"""
        return VMCB + cpu if number == gdb.RAX else 0

    def program_counter(self, cpu=0):
        """As gdb.Stub"""
        return self.counters[cpu]

    def run_to(self, address):
        """As gdb.Stub"""
        self.ran.append(address)
        return self.comes.pop(0)


class Strikes(unittest.TestCase):
    """What is done to a machine."""

    def setUp(self):
        def output(*words):
            return SYMBOLS if words[0] == "nm" else LISTING
        for name, value in (("_output", output), ("command", self.monitor)):
            patch = mock.patch.object(struck, name, value)
            patch.start()
            self.addCleanup(patch.stop)
        self.asked, self.answer = [], ""

    def monitor(self, _directory, text):
        """QEMU's monitor, played."""
        self.asked.append(text)
        return self.answer

    def test_nmi_to_one_that_sleeps(self):
        machine = Machine([0, 0, BASE + 0x1722])
        struck.nmi(REGION, "idle", 2)(machine)
        self.assertEqual(machine.written, {0xfee02000: 0x400})

    def test_one_that_does_not_sleep(self):
        """It gets it where it goes to sleep next; one that never does, none."""
        for at in (BASE + 0x1720, BASE + 0x1726, 0xffffffff81000000):
            machine = Machine([0, at], comes=[2, 1])
            struck.nmi(REGION, "idle", 1)(machine)
            self.assertEqual((machine.ran, machine.written), ([BASE + 0x1721] * 2, {0xfee01000: 0x400}))
        machine = Machine([0, 0], comes=[2] * struck.TURNS)
        with self.assertRaisesRegex(StepFailed, "CPU 1 does not come to 0x41001721"):
            struck.nmi(REGION, "idle", 1)(machine)
        self.assertEqual(machine.written, {})

    def test_nmi_in_a_guest(self):
        """At the VMRUN of this CPU, and of no other."""
        machine = Machine([0, 0, 0], comes=[1, 1, 2])
        struck.nmi(REGION, "guest", 2)(machine)
        self.assertEqual(machine.ran, [BASE + 0x18666] * 3)
        self.assertEqual(machine.written, {0xfee02000: 0x400})

    def test_machine_check_in_the_shim(self):
        struck.machine_check("x", REGION, "idle", 1, "fatal")(Machine([0, BASE + 0x1722]))
        self.assertEqual(self.asked, ["mce 1 2 0xbe00000000000000 0x4 0x12345000 0x8c"])
        self.answer = "CPU 1: Uncorrected error reporting disabled for bank 2"
        with self.assertRaisesRegex(StepFailed, "no machine check of it: CPU 1: Unc"):
            struck.machine_check("x", REGION, "idle", 1, "fatal")(Machine([0, BASE + 0x1722]))

    def test_machine_check_in_a_guest(self):
        """Nothing is raised; the exit is that of #MC."""
        machine = Machine([0, 0], comes=[1])
        struck.machine_check("x", REGION, "guest", 1, "corrected")(machine)
        self.assertEqual(machine.ran, [BASE + 0x18669])
        self.assertEqual(self.asked, ["mce 1 2 0x9c00000000000000 0x0 0x12345000 0x8c"])
        self.assertEqual(machine.written, {VMCB + 1 + 0x70: 0x52, VMCB + 1 + 0x74: 0})

    def test_hangs(self):
        """There it hangs, this CPU and no other, with its interrupts as they are asked for."""
        for place, how, comes, at, eflags in (("idle", "deaf", [], [], 0x2), ("idle", "awake", [], [], 0x202),
                                              ("guest", "deaf", [2, 1], [0x18669] * 2, 0x2),
                                              ("lock", "deaf", [1], [0x8790], 0x2)):
            machine = Machine([0, BASE + 0x1722], comes)
            with self.subTest(f"{place} {how}"):
                struck.hang(REGION, place, 1, how)(machine)
                self.assertEqual(machine.ran, [BASE + offset for offset in at])
                self.assertEqual(machine.set, [(1, gdb.RIP, BASE + 0x1740), (1, gdb.EFLAGS, eflags)])
                self.assertEqual(machine.written, {BASE + 0x1740: struck.AWAKE} if how == "awake" else {})

    def test_hangs_after_an_init(self):
        machine = Machine([0, 0], comes=[1])
        struck.hang(REGION, "guest", 1, "init")(machine)
        self.assertEqual((machine.ran, machine.written, machine.set), ([BASE + 0x18666], {0xfee01000: 0x500}, []))

    def test_no_place_to_hang(self):
        machine = Machine([0, BASE + 0x1722])
        machine.stop = 0x90909090
        with self.assertRaisesRegex(BedError, "hw_stop"):
            struck.hang(REGION, "idle", 1, "deaf")(machine)
        self.assertEqual(machine.set, [])

    def test_another_shim(self):
        with self.assertRaisesRegex(BedError, "has 0 VMRUN"):
            struck.entry("")
        with self.assertRaisesRegex(BedError, "has 2 VMRUN"):
            struck.entry(LISTING + LISTING)
        with self.assertRaisesRegex(BedError, "no hw_idle"):
            struck.extent("", "hw_idle")


def check_of(guest, vcpu, severity):
    """A machine check as status has it."""
    return {"cpu": 1, "guest": guest, "vcpu": vcpu, "severity": severity, "bank": 2, "addr": "0x12345000", "misc": "0x8c"}


class Looks(unittest.TestCase):
    """What the steps look at."""

    def setUp(self):
        self.answers = {}
        self.steps = played.steps(self.answers, g1=host.Guest("g1", cpus="1"), g2=host.Guest("g2", cpus="2"))
        self.steps.context.channel.directory = None
        self.struck = self.steps.kind(Struck)
        self.status = []  # answers, one after the other
        self.struck._status = lambda: self.status.pop(0)  # pylint: disable=protected-access
        self.struck._strike = lambda _action, _timeout: None  # pylint: disable=protected-access

    def now(self, nmis=0, exits=0, check=None):
        """The next answer of interrex status."""
        self.status.append({"host": {"region": {"base": "0x40000000"}},
                            "cpus": [{"cpu": 1, "nmis": nmis, "machine_check": check}],
                            "domains": [{"name": "g1", "vcpus": [{"exits_served": {"nmi": exits} if exits else {}}]}]})

    def do(self, line):
        """The step of this line."""
        self.steps.perform(line.split())

    def test_nmis(self):
        for line, came, exits, good in (("nmi idle 1 times=2", 2, 0, True), ("nmi guest 1 times=2", 2, 2, True),
                                        ("nmi idle 1", 0, 0, False), ("nmi guest 1", 1, 0, False),
                                        ("nmi idle 1", 1, 1, False)):
            self.now(nmis=3, exits=1)
            self.now(nmis=3 + came, exits=1 + exits)
            with self.subTest(line):
                if good:
                    self.do(line)
                else:
                    with self.assertRaisesRegex(StepFailed, f"CPU 1 took {came} of 1 NMIs, {exits} of them"):
                        self.do(line)

    def test_machine_checks(self):
        for line, seen, why in (("mce idle 1", check_of(None, None, "uncorrected"), None),
                                ("mce guest 1", check_of("g1", 0, "corrected"), None),
                                ("mce idle 1 severity=corrected", None, None),
                                ("mce idle 1 severity=corrected", check_of(None, None, "corrected"), "was corrected"),
                                ("mce idle 1", None, "met no machine check"),
                                ("mce guest 1", check_of("g2", 0, "corrected"), r"is \('g2'"),
                                ("mce idle 2", None, "CPU 2 is not the shim's"),
                                ("mce guest 3", None, "not one guest with one vCPU")):
            self.status.clear()
            self.now()
            self.now(check=seen)
            with self.subTest(f"{line}: {seen}"):
                if why:
                    with self.assertRaisesRegex(StepFailed, why):
                        self.do(line)
                else:
                    self.do(line)

    def test_the_report(self):
        self.now()
        self.now(check=check_of("g1", 0, "corrected"))
        self.do("mce guest 1")
        told = {"machine_checks": [{"cpu": 1, "guest": "g1", "severity": "corrected"}]}
        self.struck.results.report = told
        self.do("check machine-checks")
        with self.assertRaisesRegex(StepFailed, r"\('g1', 'corrected'\)}, not {}"):
            self.do("check machine-checks")
        self.struck.results.report = {"machine_checks": []}
        self.do("check machine-checks")

    def test_who_is_dead(self):
        """By report and status, and by who is online."""
        for line, told, online, why in (("check dead 1:g1", {1: ["g1"]}, 2, None), ("check dead 1", {1: []}, 2, None),
                                        ("check dead 1:g1", {1: []}, 2, r"\{'1': \[\]\}, not \{'1': \['g1'\]\}"),
                                        ("check dead apic5:g1", {1: ["g1"]}, 2, None),
                                        ("check dead apic1", {1: []}, 2, r"\{'1': \[\]\}, not \{'apic1': \[\]\}"),
                                        ("check dead 1", {1: [], 2: []}, 2, "dead CPUs"), ("check dead 1", {}, 2, "dead CPUs"),
                                        ("check dead 1", {1: []}, 3, "3 CPUs are online, not 2")):
            answer = {"dead_cpus": [{"cpu": cpu, "apic_id": 5 * cpu, "lost": [{"guest": one} for one in lost]}
                                    for cpu, lost in told.items()]}
            self.struck.results.report, self.status[:] = answer, [answer]
            self.answers["xl info | awk '/^nr_cpus/ { print $3 }'"] = (0, f"{online}\n")
            with self.subTest(line):
                if why:
                    with self.assertRaisesRegex(StepFailed, why):
                        self.do(line)
                else:
                    self.do(line)

    def test_who_is_halted(self):
        """By what the emulator says while the machine stands: HLT, and no interrupt ends it."""
        said = ("CPU#0\r\nRAX=0\r\nRIP=f4 RFL=00000046 [---Z-P-] CPL=0 II=0 HLT=1\r\n"
                "CPU#1\r\nRIP=10 RFL=00000246 [---Z-P-] CPL=0 II=0 HLT=1\r\n"
                "CPU#2\r\nRIP=20 RFL=00000046 [---Z-P-] CPL=0 II=0 HLT=0\r\n")
        with mock.patch("bedlib.steps.struck.command", return_value=said), \
                mock.patch.object(self.struck, "_strike", side_effect=lambda action, _: action(None)):
            self.do("check halted 0")
            for line in ("check halted 1", "check halted 2", "check halted 0 1", "check halted 3"):
                with self.subTest(line), self.assertRaisesRegex(StepFailed, "is not halted for ever"):
                    self.do(line)

    def test_who_crashed(self):
        self.answers["xl list g1"] = (0, "-b----\n")
        with self.assertRaisesRegex(StepFailed, "g1 has not crashed: it is -b----"):
            self.do("check crashed g1")
        self.answers["xl list g1"] = (0, "---s?c-\n")
        self.do("check crashed g1")
        self.assertEqual(self.steps.context.running.names, ["g2"])


if __name__ == "__main__":
    unittest.main()
