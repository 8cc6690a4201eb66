# SPDX-License-Identifier: GPL-2.0-only
"""NMIs and machine checks for CPUs that run the quick test's guests, from outside, by the emulator's gdb stub
and monitor: as the bed's scenario machine-checks does it (tests/nested/bedlib/struck.py), with a real VMRUN and
a stand-in for Xen. usage: strikes.py BUILD_DIR"""

import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

TOP = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(TOP / "tests/nested"))

from bedlib import gdb, struck  # pylint: disable=wrong-import-position
from bedlib.errors import BedError, StepFailed  # pylint: disable=wrong-import-position
from bedlib.slowness import slowness  # pylint: disable=wrong-import-position

OUT = Path(sys.argv.pop()).resolve()
LAYOUT = json.loads((TOP / "handoff-abi/golden/1.0/layout.json").read_text(encoding="utf-8"))["structs"]
REGION, CPUS, VCPUS = 0x10000000, 0x1000, 0x4000  # stub.h
CPU_SIZE, MCE = 192, 128  # of ABI 1.1: struct irx_cpu, and in it irx_machine_check
MCE_STATUS, MCE_ADDR, MCE_COUNT, MCE_DOMID = MCE + 16, MCE + 24, MCE + 52, MCE + 56
RELEASED, PARKED = 4, 4  # IRX_CPU_*, IRX_VCPU_*
EFAULT, NOBODY, MET = (1 << 32) - 14, 0xffff, 128
NMI_EXIT = 0x61
ATTEMPTS = 4  # run beside this: where an interrupt is lost all stands still
WAIT_S = 10
NEWER = OUT.parents[1] / "emulator/qemu-system-x86_64"  # the bed's, which loses fewer


class StandsStill(Exception):
    """As the emulator does now and then, when its CPUs run at the same time."""


@contextlib.contextmanager
def emulator():
    """One at its beginning; its directory."""
    with tempfile.TemporaryDirectory() as folder:
        directory = Path(folder)
        command = [NEWER if NEWER.exists() else "qemu-system-x86_64", "-machine", "q35", "-accel", "tcg,thread=multi", "-cpu", "qemu64,+svm,+npt,-cx16",
                   "-smp", "3", "-m", "512", "-nodefaults", "-no-reboot", "-display", "none", "-serial", "file:test.log",
                   "-device", "isa-debug-exit,iobase=0xf4,iosize=4", "-S",
                   "-chardev", "socket,id=gdb,path=gdb.sock,server=on,wait=off", "-gdb", "chardev:gdb",
                   "-chardev", "socket,id=mon,path=monitor.sock,server=on,wait=off", "-mon", "chardev=mon,mode=readline",
                   "-kernel", OUT / "stub.elf", "-initrd", OUT / "shim.flat"]
        with subprocess.Popen(command, cwd=directory, stdin=subprocess.DEVNULL) as process:
            try:
                end = time.monotonic() + WAIT_S * slowness()
                while not (directory / "monitor.sock").exists() and time.monotonic() < end:
                    time.sleep(0.02)
                yield directory
            finally:
                process.kill()


class Held:
    """The tables in R."""

    def __init__(self, machine):
        self.machine = machine
        self.stride = machine.read_word(REGION + LAYOUT["irx_anchor"]["fields"]["vcpus"][2] + 8)

    def cpu(self, number, at, name=None):
        """A word of a CPU's entry. CPUs are numbered from 1 (their APIC's), 0 is the stand-in's."""
        offset = LAYOUT["irx_cpu"]["fields"][name][2] if name else at
        return self.machine.read_word(REGION + CPUS + CPU_SIZE * (number - 1) + offset)

    def vcpu(self, number, name):
        """The same of a vCPU's."""
        return self.machine.read_word(REGION + VCPUS + self.stride * number + LAYOUT["irx_vcpu"]["fields"][name][2])


class Strikes(unittest.TestCase):
    """Each in an emulator of its own."""

    def run(self, result=None):
        """Once more where the emulator stood still."""
        for attempt in range(ATTEMPTS):
            outcome = unittest.TestResult()
            super().run(outcome)
            if not any("StandsStill" in text for _, text in outcome.errors) or attempt == ATTEMPTS - 1:
                break
        result.startTest(self)
        if outcome.wasSuccessful():
            result.addSuccess(self)
        for _, text in [*outcome.errors, *outcome.failures]:
            result.addFailure(self, (AssertionError, AssertionError("\n" + text), None))
        result.stopTest(self)

    def setUp(self):
        self.addCleanup(setattr, struck, "SHIM", struck.SHIM)
        struck.SHIM = OUT.parent / "shim.elf"
        self.directory = self.enterContext(emulator())
        with self.machine() as machine:
            # The anchor is written before the first guest is entered.
            self.run_to(machine, REGION + 0x100000 + struck.entry(struck.disassembly())[0])
            self.shim = struck.Shim(REGION, machine)
            machine.go_on()

    def machine(self):
        """It stands as long as this is open."""
        return gdb.Stub(self.directory)

    @staticmethod
    def run_to(machine, address):
        """As there."""
        try:
            return machine.run_to(address)
        except BedError as e:
            raise StandsStill from e

    def strike(self, place, action):
        """action(CPU), a function of a machine, for the CPU that comes first to this place."""
        with self.machine() as machine:
            cpu = self.run_to(machine, {"idle": self.shim.idle[0] + 1, "vmrun": self.shim.vmrun,
                                        "behind": self.shim.behind}[place])
            before = Held(machine).cpu(cpu, 0, "nmis")
            try:
                action(cpu)(machine)
            except StepFailed as e:
                raise StandsStill from e
            machine.go_on()
        return cpu, before

    def wait(self, what):
        """Until this is so of what is Held. A vCPU whose interrupt the emulator has lost never gets there: what
        does not come is tried again, and fails if it does not come in any attempt."""
        end = time.monotonic() + WAIT_S * slowness()
        try:
            while time.monotonic() < end:
                time.sleep(0.1)
                with self.machine() as machine:
                    good = what(Held(machine))
                    machine.go_on()
                if good:
                    return
        except BedError as e:  # the stand-in has given up
            raise StandsStill from e
        raise StandsStill("it did not come to that")

    def met(self, cpu, severity, domid):
        """This CPU has noted the machine check, as this domain's."""
        def look(held):
            return held.cpu(cpu, MCE_COUNT) == 1 and held.cpu(cpu, MCE_DOMID) & 0xffff == domid and \
                held.cpu(cpu, MCE_ADDR) == struck.ADDR and \
                held.cpu(cpu, MCE_STATUS + 4) & ~(1 << 30) == struck.SEVERITIES[severity][0] >> 32
        return look

    def test_nmi_in_a_guest(self):
        """The exit is that of an NMI, and it is taken once."""
        def action(cpu):
            def strike(machine):
                struck.nmi(REGION, "guest", cpu)(machine)
                struck.Shim.come(machine, cpu, self.shim.behind)
                self.assertEqual(machine.read_word(machine.register(gdb.RAX, cpu) + struck.EXIT_CODE), NMI_EXIT)
            return strike
        cpu, before = self.strike("vmrun", action)
        self.wait(lambda held: held.cpu(cpu, 0, "nmis") == before + 1)

    def test_nmi_in_the_shim(self):
        cpu, before = self.strike("idle", lambda cpu: struck.nmi(REGION, "idle", cpu))
        self.wait(lambda held: held.cpu(cpu, 0, "nmis") == before + 1)

    def test_machine_check_in_a_guest(self):
        """Its domain stands, all vCPUs of it; the other goes on, and so does the CPU."""
        def action(cpu):
            return lambda machine: struck.exit_by_machine_check(machine, self.directory, cpu)
        cpu, _ = self.strike("behind", action)
        self.wait(lambda held: held.cpu(cpu, MCE_COUNT) == 1)
        with self.machine() as machine:
            held = Held(machine)
            domid = held.cpu(cpu, MCE_DOMID) & 0xffff
            machine.go_on()
        self.assertIn(domid, (1, 2))
        self.wait(self.met(cpu, "corrected", domid))
        mine = range(2) if domid == 1 else range(2, 3)
        self.wait(lambda held: all(held.vcpu(v, "state") == PARKED for v in mine))
        self.wait(lambda held: any(held.vcpu(v, "flags") & MET for v in mine))
        with self.machine() as machine:
            self.assertEqual(Held(machine).cpu(cpu, 0, "error"), 0)
            machine.go_on()

    def corrected_or_not(self, severity):
        """In the shim: the CPU is given up, the other has all its vCPUs."""
        cpu, _ = self.strike("idle", lambda cpu: struck.machine_check(self.directory, REGION, "idle", cpu, severity))
        self.wait(self.met(cpu, severity, NOBODY))
        self.wait(lambda held: held.cpu(cpu, 0, "state") == RELEASED and held.cpu(cpu, 0, "error") == EFAULT)
        with self.machine() as machine:
            self.assertEqual(Held(machine).cpu(3 - cpu, 0, "error"), 0)
            self.assertFalse(any(Held(machine).vcpu(v, "state") == PARKED for v in range(3)))
            machine.go_on()

    def test_machine_check_in_the_shim(self):
        self.corrected_or_not("uncorrected")

    def test_fatal_machine_check_in_the_shim(self):
        self.corrected_or_not("fatal")


if __name__ == "__main__":
    os.chdir(TOP)
    unittest.main(verbosity=2)
