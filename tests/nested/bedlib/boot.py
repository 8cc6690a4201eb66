# SPDX-License-Identifier: GPL-2.0-only
"""Brings a scenario's host up: from nothing, or as it was saved.

Where instructions are counted, a host goes through stages before a scenario's own steps: dom0 is up;
then the guests run that the first `start` steps name. At the end of each stage that more than one
scenario has, dom0 has the emulator stop at a moment at which all CPUs sleep (dom0/bin/stand). There the
machine is saved (saved.py), and each scenario that begins the same way goes on from it as if it had done
all that itself, every time the same to the nanosecond (`bed compare --again`).
"""

import collections
import dataclasses
import functools
import time

from . import host as hosts
from . import saved
from . import steps as stepmod
from .channel import Channel
from .errors import BedError, StepFailed
from .monitor import command
from .qemu import TOP, Machine, Memory, built, machine_key
from .slowness import slowness

# Seconds of real time for one answer of dom0's, on the machine of reference (tests/speed.py).
PATIENCE_S = 900
CONCURRENT_PATIENCE_S = 240
STAND_TRIES = 10
STATUS_S = 0.05  # between two questions whether the machine stands
LIFETIME = 7200  # seconds of real time after which an emulator is ended whatever it does
LEADING = "start"  # the steps that a stage can have


@dataclasses.dataclass(frozen=True)
class Stage:
    """What is done in it: guests whose configurations are put into dom0, a command there, steps."""
    name: str
    guests: tuple
    command: str
    steps: tuple  # (line number, words)

    def says(self, host):
        """All that its result depends on, beside the stage before it."""
        return [self.name, self.command, [words for _, words in self.steps],
                [hosts.guest_config(host.guests[guest]) for guest in self.guests]]


def stages(host, steps):
    """The stages of a scenario, and the steps that are left."""
    lead = 0
    while lead < len(steps) and steps[lead][1][0] == LEADING:
        lead += 1
    found = [Stage("boot", (), "", ())]
    if lead:
        named = {word for _, words in steps[:lead] for word in stepmod.split(words)[0][1:]}
        found.append(Stage("start", tuple(g for g in host.guests if g in named),
                           hosts.backends(host) or "", tuple(steps[:lead])))
    return found, steps[lead:]


def keys(host, steps):
    """For each stage a name for the host as it is then: equal for equal hosts only."""
    said = [machine_key(host)]
    for stage in stages(host, steps)[0]:
        said.append(stage.says(host))
        yield saved.name_of(said)


@functools.cache
def shared_keys():
    """Those that more than one of the scenarios of `make check` has."""
    from . import listing, run  # pylint: disable=import-outside-toplevel,cyclic-import
    count = collections.Counter()
    for host in listing.all_of_them():
        is_built = all(path.exists() for path in built(host))
        if host.icount and "long" not in host.tags and is_built:
            count.update(keys(host, run.unrolled(host.steps)))
    return {key for key, times in count.items() if times > 1}


def is_shared(host, steps):
    """Whether something of this scenario's beginning is saved."""
    return not shared_keys().isdisjoint(keys(host, steps))


def took(host, since, now):
    """A time by the clock that counts, to the nanosecond where it counts instructions."""
    return f"{now - since:.{9 if host.icount else 1}f} s"


class Coming:
    """A host that is being brought up: machine, driver, and how long each thing took."""

    def __init__(self, host, machine, log, perform):
        self.host, self.machine, self.log, self.perform = host, machine, log, perform
        self.lifetime = int(LIFETIME * slowness())
        self.runner = None
        self.record = []  # how long each thing took that was done

    def _adopt(self):
        patience = PATIENCE_S if self.host.icount else CONCURRENT_PATIENCE_S
        channel = Channel(self.machine.directory, self.machine.check_alive, patience)
        self.runner = stepmod.Steps(self.host, channel, self.log)

    def load(self, name, own=False):
        """Goes on from a saved machine, which still stands. own: as saved.load()."""
        self.record = saved.load(self.machine, self.host, self.lifetime, name, own)
        self._adopt()

    def boot(self, stands, memory=None):
        """From nothing. stands: the machine stands at the end. memory: the file for its memory, where it
        is to be saved."""
        begin = time.monotonic()
        self.machine.start(self.host, self.lifetime, self.host.icount, memory)
        self._adopt()
        self.runner.channel.wait_ready()
        if stands:
            self.stand()
        else:
            self.runner.channel.run(":")
        # Counting instructions, the clock begins with the machine; the boot ends with the first command.
        self.record.append(took(self.host, 0, self.runner.channel.ticks[0] / 1e9) if self.host.icount
                           else took(self.host, begin, time.monotonic()))

    def stand(self):
        """Has the machine stand still where all its CPUs sleep."""
        channel, where = self.runner.channel, self.machine.directory
        for _ in range(STAND_TRIES):
            channel.leave("stand")
            channel.wait(lambda: "paused" in command(where, "info status"), "the command to stand still",
                         STATUS_S)
            if command(where, "info registers -a").count("HLT=1") == self.host.cpus:
                return
            self.go_on()
        raise BedError(f"in {STAND_TRIES} times that the machine stood still not all CPUs slept")

    def go_on(self):
        """Lets a machine that stands go on."""
        command(self.machine.directory, "cont")
        status = self.runner.channel.finish()[0]
        if status:
            raise BedError(f"dom0's command to stand still ended with {status}")

    def put(self, guests):
        """Puts the configurations of guests into dom0."""
        for guest in guests:
            text = hosts.guest_config(self.host.guests[guest])
            self.runner.channel.put(text.encode(), f"/root/{guest}.cfg")

    def do(self, stage, stands):
        """A stage behind the boot; the machine stands at its end, or not."""
        self.put(stage.guests)
        if stage.command:
            self.runner.must(stage.command)
        for _, words in stage.steps:
            begin = self.runner.clock()
            self.perform(self.runner, words)
            self.record.append(took(self.host, begin, self.runner.clock()))
        if stands:
            self.stand()

    def seems_done(self, stage):
        """What the driver remembers of a stage that a saved machine has behind it."""
        for _, words in stage.steps:
            self.runner.running += stepmod.split(words)[0][1:]


def leave_up(host, machine, lifetime):
    """Brings a host up with nothing in it, for people: it goes on while it has no command."""
    machine.start(host, lifetime, gated=False)
    channel = Channel(machine.directory, machine.check_alive)
    channel.wait_ready()
    for guest in host.guests.values():
        channel.put(hosts.guest_config(guest).encode(), f"/root/{guest.name}.cfg")
    backends = hosts.backends(host)
    if backends:
        status, output = channel.run(backends)
        if status:
            raise BedError(f"{backends} ended with {status}: {output.strip()}")


def make_saved(host, steps, perform, number):
    """Sees to it that a stage of this scenario is saved; returns its name."""
    names, todo = list(keys(host, steps)), stages(host, steps)[0]
    name = names[number]
    with saved.locked(name):
        if saved.is_there(name):
            return name
        print(f"# saved host: made once, for the scenarios that begin so: {todo[number].name}", flush=True)
        saved.forget_all_but(shared_keys())
        before = make_saved(host, steps, perform, number - 1) if number else None
        machine = Machine(saved.FOLDER / f"{name}.new")
        machine.clear()
        try:
            with open(machine.fresh_log("steps.log"), "w", encoding="utf-8") as log:
                coming = Coming(host, machine, log, perform)
                if number:
                    coming.load(before, own=True)
                    coming.go_on()
                    coming.do(todo[number], True)
                else:
                    coming.boot(True, Memory(machine.directory / saved.MEMORY, True))
                saved.save(machine, name, coming.record)
        except (BedError, StepFailed) as e:
            raise type(e)(f"{e} (on the host that was to be saved: {machine.directory.relative_to(TOP)})") from e
        finally:
            machine.stop()
            (machine.directory / saved.MEMORY).unlink(missing_ok=True)
    return name


def bring_up(host, steps, machine, log, tap, perform, fresh):  # pylint: disable=too-many-arguments
    """Brings the host up to where the scenario's own steps begin: the runner of steps, and these. fresh:
    from nothing. perform(runner, words) does a step."""
    todo, rest = stages(host, steps)
    coming = Coming(host, machine, log, perform)
    names = list(keys(host, steps)) if host.icount else [""] * len(todo)
    # Also a fresh machine stands where one would be saved: so it does the same as a saved one.
    stands = [name in shared_keys() for name in names]
    done = 0
    if any(stands) and not fresh and saved.has_room(host):
        done = max(i for i, shared in enumerate(stands) if shared)
        name = make_saved(host, steps, perform, done)
        try:
            coming.load(name)
        except BedError as e:
            print(f"# saved host: {name} cannot be loaded, it is made anew: {e}", flush=True)
            machine.stop()
            saved.forget(name)
            coming.load(make_saved(host, steps, perform, done))
        for stage in todo[:done + 1]:
            coming.seems_done(stage)
    else:
        coming.boot(stands[0])
    if stands[done]:
        coming.go_on()
    for stage, stands_there in zip(todo[done + 1:], stands[done + 1:]):
        coming.do(stage, stands_there)
        if stands_there:
            coming.go_on()
    coming.put([guest for guest in host.guests if not any(guest in stage.guests for stage in todo)])
    lines = ["boot", *(f"line {n}: {' '.join(words)}" for stage in todo for n, words in stage.steps)]
    for line, how_long in zip(lines, coming.record, strict=True):
        tap.result(True, line, how_long)
    return coming.runner, rest
