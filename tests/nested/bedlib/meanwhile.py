# SPDX-License-Identifier: GPL-2.0-only
"""What is done to a machine from outside while it stands still: in an update, while that has no
dom0.

Either the next Xen waits in its boot (`boot_delay_ms`), and dom0 has set the emulator's watchdog to
that time before (dom0/bin/stand): so the machine stands still at a moment that its own clock tells.
Or dom0 has it stand before the update, and it gets a breakpoint where the next Xen begins. For as
long as it takes, either way; that it is this moment, the boot CPU's program counter says.
"""

import subprocess

from . import gdb
from .errors import BedError, StepFailed
from .monitor import command
from .qemu import BUILD

# By when it is to be done: what comes before the command in dom0, and the function of the next Xen
# in which, or at the begin of which, the boot CPU is then.
#   waits   the next Xen has booted and waits, the boot CPU asleep
#   boots   it has just been jumped to, and knows none of its interrupt controllers yet
MOMENTS = {"waits": ("stand 6 ", "interrex_resume_guests"), "boots": ("stand; ", "interrex_early")}
STATUS_S = 0.05  # between two questions whether the machine stands


def while_it_stands(channel, todo):
    """Waits until the machine stands, does all that is to do, and lets it go on. todo: functions of
    a gdb.Stub."""
    channel.wait(lambda: _stands(channel), "the machine to stand still", STATUS_S)
    with gdb.Stub(channel.directory) as machine:
        for action in todo:
            action(machine)
        machine.go_on()


def do(channel, xen, moment, todo):
    """The same, at this moment of an update to the Xen in this folder."""
    begin, end = _extent(xen / "xen-syms", MOMENTS[moment][1])

    def is_there(machine):
        at = machine.program_counter()
        if not begin <= at < end:
            raise StepFailed(f"the machine stood still, but not while Xen {xen.name} {moment}: "
                             f"the boot CPU was at {at:#x}; is boot_delay_ms too short?")
    first = [lambda machine: machine.run_to(begin)] if moment == "boots" else []
    while_it_stands(channel, [*first, is_there, *todo])


def _stands(channel):
    """Whether it does. It answers while dom0 has a command only."""
    try:
        if channel.busy and "paused" in command(channel.directory, "info status"):
            return True
    except BedError:
        if channel.busy:
            raise
    if not channel.busy:
        raise StepFailed("dom0's command was over before the machine stood still")
    return False


def _extent(program, symbol):
    """Where a function begins, and where the next one does."""
    text = subprocess.run(["nm", "--numeric-sort", program], capture_output=True, text=True, check=True).stdout
    rows = [line.split() for line in text.splitlines()]
    begin = next((int(row[0], 16) for row in rows if row[-1] == symbol), None)
    end = next((int(row[0], 16) for row in rows if begin is not None and int(row[0], 16) > begin), None)
    if end is None:
        raise BedError(f"there is no {symbol} in {program.relative_to(BUILD)}")
    return begin, end
