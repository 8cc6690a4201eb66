# SPDX-License-Identifier: GPL-2.0-only
"""Runs a scenario: boots its host, does its steps, has the results shown. Logs are in
build/nested/SCENARIO/."""

import time

from . import boot, counts
from .channel import NoAnswer
from .errors import BedError, StepFailed
from .qemu import BUILD, TOP, Machine
from .shown import Tap
from .turns import unrolled


HOLDING = ("update", "hold", "drill")
ATTEMPTS = 4  # at a scenario in which the emulator breaks dom0


class Broken(Exception):
    """The emulator broke dom0: nothing that the scenario is about."""


def broken_by_emulator(host, machine, error, was_held):
    """How the emulator broke dom0, or None. It does so only where its CPUs have threads of their
    own (README.md, "Faults of the emulator"): there dom0 ends by a triple fault, or hangs while the
    emulator and Xen are alive. was_held: guests have been in the shim; from then on a hang might be
    ours."""
    if host.icount:
        return None
    if machine.broke_dom0():
        return "a triple fault"
    if isinstance(error, NoAnswer) and machine.pid() and not machine.panicked() and not was_held:
        return f"a hang: {error}"
    return None


def attempt(host, steps, machine, shown, fresh):
    """Brings the host up and does the steps; returns the exit status, or raises Broken."""
    where = machine.directory.relative_to(TOP)
    runner, begin, was_held = None, time.monotonic(), False
    with open(machine.fresh_log("steps.log"), "w", encoding="utf-8") as log:
        try:
            runner, steps = boot.bring_up(host, steps, machine, log, shown, fresh)
            clock = runner.context.dom0.clock
            for number, words in steps:
                begin = clock()
                shown.begins(boot.line(number, words), words)
                log.write(f"\n=== {shown.name}\n")
                was_held |= words[0] in HOLDING
                runner.perform(words)
                shown.ended(True, boot.took(host, begin, clock()))
            if host.counted:
                runner.context.dom0.must(counts.ASK)
        except (BedError, StepFailed) as e:
            how = broken_by_emulator(host, machine, e, was_held)
            if how:
                raise Broken(f"{shown.name}: {how}") from e
            now = clock() if runner else time.monotonic()
            shown.ended(False, boot.took(host, begin, now))
            if isinstance(e, BedError) and not machine.pid():
                e = f"{e}; {machine.last_words()}"
            shown.failed(f"{host.name}, {shown.name}: {e}; see {where}/steps.log and console.log")
            log.write(f"FAILED: {e}\n")
            return 1
        finally:
            machine.stop()
    return 0


def scenario(host, fresh=False, shown=None):
    """Runs it; returns the exit status. fresh: its host is booted, though one like it may be saved.
    shown: how; as TAP where nothing is given.

    Where the emulator breaks dom0 (README.md, "Faults of the emulator") it begins anew.
    """
    steps = unrolled(host.steps)
    machine = Machine(BUILD / "nested" / host.name)
    machine.stop()
    machine.directory.mkdir(parents=True, exist_ok=True)
    shown = shown or Tap()
    shown.scenario(host, machine.directory.relative_to(TOP))
    status = 1
    for number in range(1, ATTEMPTS + 1):
        try:
            status = attempt(host, steps, machine, shown, fresh)
            break
        except Broken as e:
            shown.note(f"{host.name}, {e}: the emulator broke dom0 (README.md, faults of the emulator) in "
                       f"attempt {number} of {ATTEMPTS}; its logs: *.log.old")
    else:
        shown.begins(f"{ATTEMPTS} attempts, dom0 broke in each")
        shown.ended(False, "0 s")
    shown.end()
    return status
