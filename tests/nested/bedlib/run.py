# SPDX-License-Identifier: GPL-2.0-only
"""Runs a scenario: boots its host, does its steps, says what failed.

Output is TAP, one line a step, so that people and the test collector read the
same. Logs are in build/nested/SCENARIO/.
"""

import time

from . import boot
from . import steps as stepmod
from .channel import NoAnswer
from .errors import BedError, StepFailed
from .qemu import BUILD, TOP, Machine


def unrolled(steps):
    """The steps with each 'repeat N ... end' written out."""
    out, stack = [], []
    for number, words in steps:
        if words[0] == "repeat":
            stack.append((int(words[1]), number, out))
            out = []
        elif words[0] == "end":
            if not stack:
                raise BedError(f"line {number}: 'end' without 'repeat'")
            count, _, outer = stack.pop()
            out = outer + out * count
        else:
            out.append((number, words))
    if stack:
        raise BedError(f"line {stack[-1][1]}: 'repeat' without 'end'")
    return out


def perform(runner, words):
    """Does one step."""
    plain, keys = stepmod.split(words)
    stepmod.find("step", words[0])(runner, plain[1:], **keys)


class Tap:
    """Numbers and prints the results; remembers what took long by the host's clock."""

    def __init__(self):
        self.count = 0
        self.real = []  # (seconds, text)
        self.last = time.monotonic()

    def result(self, good, text, took):
        """One line. took: by the clock that counts."""
        self.count += 1
        now = time.monotonic()
        self.real.append((now - self.last, text))
        self.last = now
        print(f"{'ok' if good else 'not ok'} {self.count} - {text} ({took})", flush=True)

    def end(self):
        """The plan, and the host's time: the only thing in it that may differ from run to run."""
        slowest = sorted(self.real, key=lambda part: -part[0])[:5]
        print(f"# real time {sum(part[0] for part in self.real):.0f} s; slowest: "
              + "; ".join(f"{seconds:.1f} s {text}" for seconds, text in slowest))
        print(f"1..{self.count}", flush=True)


HOLDING = ("update", "hold", "drill")
ATTEMPTS = 4  # at a scenario in which the emulator breaks dom0


class Broken(Exception):
    """The emulator broke dom0: nothing that the scenario is about."""


def broken_by_emulator(host, machine, error, was_held):
    """How the emulator broke dom0, or None. It does so only where its CPUs have threads of their own
    (README.md, "Faults of the emulator"): there dom0 ends by a triple fault, or hangs while the emulator
    and Xen are alive. was_held: guests have been in the shim; from then on a hang might be ours."""
    if host.icount:
        return None
    if machine.broke_dom0():
        return "a triple fault"
    if isinstance(error, NoAnswer) and machine.pid() and not machine.panicked() and not was_held:
        return f"a hang: {error}"
    return None


def attempt(host, steps, machine, tap, fresh):
    """Brings the host up and does the steps; returns the exit status, or raises Broken."""
    where = machine.directory.relative_to(TOP)
    name, runner, begin, was_held = "boot", None, time.monotonic(), False
    with open(machine.fresh_log("steps.log"), "w", encoding="utf-8") as log:
        try:
            runner, steps = boot.bring_up(host, steps, machine, log, tap, perform, fresh)
            for number, words in steps:
                name, begin = f"line {number}: {' '.join(words)}", runner.clock()
                log.write(f"\n=== {name}\n")
                was_held |= words[0] in HOLDING
                perform(runner, words)
                tap.result(True, name, boot.took(host, begin, runner.clock()))
        except (BedError, StepFailed) as e:
            how = broken_by_emulator(host, machine, e, was_held)
            if how:
                raise Broken(f"{name}: {how}") from e
            now = runner.clock() if runner else time.monotonic()
            tap.result(False, name, boot.took(host, begin, now))
            if isinstance(e, BedError) and not machine.pid():
                e = f"{e}; {machine.last_words()}"
            print(f"# {host.name}, {name}: {e}; see {where}/steps.log and console.log")
            log.write(f"FAILED: {e}\n")
            return 1
        finally:
            machine.stop()
    return 0


def scenario(host, fresh=False):
    """Runs it; returns the exit status. fresh: its host is booted, though one like it may be saved.

    Where the emulator breaks dom0 (README.md, "Faults of the emulator") it begins anew.
    """
    steps = unrolled(host.steps)
    machine = Machine(BUILD / "nested" / host.name)
    machine.stop()
    machine.directory.mkdir(parents=True, exist_ok=True)
    tap = Tap()
    print(f"# scenario {host.name}: {host.cpus} CPUs, {host.memory} MiB, "
          f"{len(host.guests)} guests{', counting instructions' if host.icount else ''}; "
          f"logs in {machine.directory.relative_to(TOP)}", flush=True)
    status = 1
    for number in range(1, ATTEMPTS + 1):
        try:
            status = attempt(host, steps, machine, tap, fresh)
            break
        except Broken as e:
            print(f"# {host.name}, {e}: the emulator broke dom0 (README.md, faults of the emulator) in "
                  f"attempt {number} of {ATTEMPTS}; its logs: *.log.old", flush=True)
    else:
        tap.result(False, f"{ATTEMPTS} attempts, dom0 broke in each", "0 s")
    tap.end()
    return status
