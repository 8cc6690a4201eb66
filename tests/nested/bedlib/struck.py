# SPDX-License-Identifier: GPL-2.0-only
"""NMIs, machine checks and the end for a CPU that the shim has, from outside while the machine stands.

An NMI is a message to the local APIC (Intel SDM volume 3, 11.11: what a device would write). A machine
check is QEMU's command `mce`: it fills a bank and, if the error is not corrected, raises #MC.

Where the CPU is then: "idle", asleep in the shim; or "guest". For an NMI that is the shim's VMRUN, so that it
meets the guest at its first instruction, and the exit is the emulator's. A #MC within a guest the emulator
delivers to that guest and does not ask for the intercept. So what the CPU would do is done for it: the bank is filled by a
corrected error, which raises nothing, and behind the VMRUN the exit that it came out for becomes
the one of #MC in the VMCB (AMD APM volume 2, 15.12.20 and appendix C). From there on all is the shim's and Xen's.

A CPU hangs when its registers say that it goes on in hw_stop(): "deaf" with interrupts off, "awake" with them
on; or an INIT from nowhere takes it off what it was at ("init"). "lock": with a domain's lock, as it raises an
event.
"""

import re
import subprocess

from .errors import BedError, StepFailed
from .gdb import EFLAGS, RAX, RIP
from .monitor import command
from .qemu import BUILD

SHIM = BUILD / "shim/shim.elf"
ANCHOR_SHIM = 248  # where struct irx_anchor has the span of the shim: handoff-abi's anchor.h
APIC = 0xfee00000
NMI, INIT = 4 << 8, 5 << 8  # delivery modes
IF_OFF, IF_ON = 0x2, 0x202  # EFLAGS
HANGS = ("deaf", "awake", "init")
STOP, AWAKE = 0xfcebf4fa, 0xfcebf490  # cli, or nop; hlt; jmp back: what hw_stop() is made of
EXIT_CODE, EXIT_MC = 0x70, 0x40 + 18  # AMD APM volume 2, appendices B and C
BANK, ADDR, MISC = 2, 0x12345000, 0x8c
VAL_EN_MISCV_ADDRV, UC, PCC = 0x9c << 56, 1 << 61, 1 << 57
# (of the bank, of MCG_STATUS: MCIP, and RIPV where the interrupted code could go on)
SEVERITIES = {"corrected": (VAL_EN_MISCV_ADDRV, 0), "uncorrected": (VAL_EN_MISCV_ADDRV | UC, 5),
              "fatal": (VAL_EN_MISCV_ADDRV | UC | PCC, 4)}
TURNS = 2000  # entries into guests of other CPUs that are let by


def _output(*words):
    return subprocess.run([*words, SHIM], capture_output=True, text=True, check=True).stdout


def disassembly():
    """Of the shim."""
    return _output("objdump", "-d")


def extent(text, name):
    """(begin, end) of a function in what `nm -S` says."""
    found = re.search(rf"(?m)^([0-9a-f]+) ([0-9a-f]+) . {name}$", text)
    if not found:
        raise BedError(f"there is no {name} in the shim")
    return int(found[1], 16), int(found[1], 16) + int(found[2], 16)


def entry(text):
    """(address of the only VMRUN, of what comes behind it) in a disassembly."""
    rows = re.findall(r"(?m)^ *([0-9a-f]+):\t.*?\t(\w+)", text)
    at = [i for i, row in enumerate(rows) if row[1] == "vmrun"]
    if len(at) != 1:
        raise BedError(f"the shim has {len(at)} VMRUN")
    return int(rows[at[0]][0], 16), int(rows[at[0] + 1][0], 16)


class Shim:
    """Where the shim of a host is, whose region begins there."""

    def __init__(self, region, machine):
        self.base = region + machine.read_word(region + ANCHOR_SHIM) \
            + (machine.read_word(region + ANCHOR_SHIM + 4) << 32)
        self.vmrun, self.behind = (self.base + at for at in entry(disassembly()))
        self.idle = tuple(self.base + at for at in extent(_output("nm", "-S"), "hw_idle"))

    def find(self, name):
        """Where this function begins."""
        return self.base + extent(_output("nm", "-S"), name)[0]

    def sleeps(self, machine, cpu):
        """If this CPU is not asleep in the shim now it has the machine go on until it goes to sleep."""
        if not self.idle[0] < machine.program_counter(cpu) <= self.idle[1]:
            self.come(machine, cpu, self.idle[0] + 1)  # at its HLT, behind the STI

    @staticmethod
    def come(machine, cpu, address):
        """Lets the machine go on until this CPU comes there."""
        for _ in range(TURNS):
            if machine.run_to(address) == cpu:
                return
        raise StepFailed(f"CPU {cpu} does not come to {address:#x}")


def nmi(region, place, cpu):
    """The action (meanwhile.py) that gives a CPU an NMI."""
    def strike(machine):
        shim = Shim(region, machine)
        if place == "idle":
            shim.sleeps(machine, cpu)
        else:
            shim.come(machine, cpu, shim.vmrun)
        machine.write_word(APIC | cpu << 12, NMI)
    return strike


def _fill_bank(directory, cpu, severity):
    status, mcg = SEVERITIES[severity]
    answer = command(directory, f"mce {cpu} {BANK} {status:#x} {mcg:#x} {ADDR:#x} {MISC:#x}")
    if answer:
        raise StepFailed(f"the emulator makes no machine check of it: {answer}")


def exit_by_machine_check(machine, directory, cpu):
    """What this CPU, which has just come out of a guest, came out for is a #MC: see above."""
    _fill_bank(directory, cpu, "corrected")
    vmcb = machine.register(RAX, cpu)
    machine.write_word(vmcb + EXIT_CODE, EXIT_MC)
    machine.write_word(vmcb + EXIT_CODE + 4, 0)


def machine_check(directory, region, place, cpu, severity):
    """The action that gives a CPU a machine check. In a guest: "corrected" (see above)."""
    def strike(machine):
        shim = Shim(region, machine)
        if place == "idle":
            shim.sleeps(machine, cpu)
            _fill_bank(directory, cpu, severity)
        else:
            shim.come(machine, cpu, shim.behind)
            exit_by_machine_check(machine, directory, cpu)
    return strike


def hang(region, place, cpu, how):
    """The action after which a CPU does nothing any more; with "awake" it takes its interrupts, and that is all."""
    def strike(machine):
        shim = Shim(region, machine)
        stop = shim.find("hw_stop")
        if place == "idle":
            shim.sleeps(machine, cpu)
        elif place == "lock":
            shim.come(machine, cpu, shim.find("fifo_set_pending"))
        else:
            shim.come(machine, cpu, shim.vmrun if how == "init" else shim.behind)
        if how == "init":
            machine.write_word(APIC | cpu << 12, INIT)
            return
        if machine.read_word(stop) not in (STOP, AWAKE):
            raise BedError("hw_stop() of the shim is not what it was")
        if how == "awake":
            machine.write_word(stop, AWAKE)
        machine.set_register(RIP, stop, cpu)
        machine.set_register(EFLAGS, IF_ON if how == "awake" else IF_OFF, cpu)
    return strike
