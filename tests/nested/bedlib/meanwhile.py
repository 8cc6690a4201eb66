# SPDX-License-Identifier: GPL-2.0-only
"""What is done to a machine from outside while it stands still: in an update, while that has no dom0.

The next Xen waits in its boot (`linger_ms`), the boot CPU asleep; dom0 has set the emulator's watchdog to
that time before (dom0/bin/stand). So the machine stands still at a moment that its own clock tells, and
for as long as it takes. That it is this moment, the boot CPU's program counter says.
"""

import subprocess

from . import gdb
from .errors import BedError, StepFailed
from .monitor import command
from .qemu import BUILD

STAND = "stand 6"  # before the command in dom0: so many seconds after its begin
STATUS_S = 0.05  # between two questions whether the machine stands
WAITS_IN = "interrex_resume_guests"  # the function of Xen


def while_it_stands(channel, todo):
    """Waits until the machine stands, does all that is to do, and lets it go on. todo: functions of a
    gdb.Stub."""
    channel.wait(lambda: _stands(channel), "the machine to stand still", STATUS_S)
    with gdb.Stub(channel.directory) as machine:
        for action in todo:
            action(machine)
        machine.go_on()


def do(channel, xen, todo):
    """The same, where it has to stand in this Xen's wait."""
    begin, end = _extent(BUILD / "xen" / xen / "xen-syms", WAITS_IN)

    def waits(machine):
        at = machine.program_counter()
        if not begin <= at < end:
            raise StepFailed(f"the machine stood still, but not while Xen {xen} waits in {WAITS_IN}: "
                             f"the boot CPU was at {at:#x}; is linger_ms too short?")
    while_it_stands(channel, [waits, *todo])


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
