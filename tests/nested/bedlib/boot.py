# SPDX-License-Identifier: GPL-2.0-only
"""Brings a scenario's host up: from nothing, or as it was saved.

Where instructions are counted, a host goes through stages before a scenario's own steps: dom0 is
up; then the guests run that the first `start` steps name. At the end of each stage that more than
one scenario has, dom0 has the emulator stop at a moment at which all CPUs sleep (dom0/bin/stand).
There the machine is saved (saved.py), and each scenario that begins the same way goes on from it as
if it had done all that itself, every time the same to the nanosecond (`bed compare --again`).
"""

import collections
import dataclasses
import functools
import time

from . import host as hosts
from . import listing, saved
from . import steps as stepmod
from .channel import Channel
from .errors import BedError, StepFailed
from .monitor import command
from .qemu import TOP, Machine, Memory, built, machine_key
from .shown import Shown
from .slowness import slowness
from .turns import unrolled

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
    count = collections.Counter()
    for host in listing.all_of_them():
        is_built = all(path.exists() for path in built(host))
        if host.icount and "long" not in host.tags and is_built:
            count.update(keys(host, unrolled(host.steps)))
    return {key for key, times in count.items() if times > 1}


def is_shared(host, steps):
    """Whether something of this scenario's beginning is saved."""
    return not shared_keys().isdisjoint(keys(host, steps))


def took(host, since, now):
    """A time by the clock that counts, to the nanosecond where it counts instructions."""
    return f"{now - since:.{9 if host.icount else 1}f} s"


def line(number, words):
    """How a step is called."""
    return f"line {number}: {' '.join(words)}"


class Coming:
    """A host that is being brought up: machine, driver, and how long each thing took."""

    def __init__(self, host, machine, log, shown):
        self.host, self.machine, self.log, self.shown = host, machine, log, shown
        self.lifetime = int(LIFETIME * slowness())
        self.runner = None
        self.record = []  # how long each thing took that was done

    def _adopt(self):
        patience = PATIENCE_S if self.host.icount else CONCURRENT_PATIENCE_S
        channel = Channel(self.machine.directory, self.machine.check_alive, patience)
        self.runner = stepmod.Steps(self.host, channel, self.log, self.shown)

    @property
    def channel(self):
        """The way into dom0."""
        return self.runner.context.channel

    def _done(self, how_long):
        """The thing that was shown to begin is done."""
        self.record.append(how_long)
        self.shown.ended(True, how_long)

    def load(self, name, own=False):
        """Goes on from a saved machine, which still stands. own: as saved.load()."""
        self.record = saved.load(self.machine, self.host, self.lifetime, name, own)
        self._adopt()

    def seem_done(self, stages_there):
        """Shows and remembers what a saved machine has behind it."""
        begun = [("boot", ()), *((line(*step), step[1]) for stage in stages_there for step in stage.steps)]
        for (name, words), how_long in zip(begun, self.record, strict=True):
            self.shown.begins(name, words)
            self.shown.ended(True, how_long)
            if words:
                self.runner.context.running.names += stepmod.split(words)[0][1:]

    def boot(self, stands, memory=None):
        """From nothing. stands: the machine stands at the end. memory: the file for its memory,
        where it is to be saved."""
        begin = time.monotonic()
        self.shown.begins("boot")
        self.machine.start(self.host, self.lifetime, self.host.icount, memory)
        self._adopt()
        self.channel.wait_ready()
        if stands:
            self.stand()
        else:
            self.channel.run(":")
        # Counting instructions, the clock begins with the machine; the boot ends with the first
        # command.
        self._done(took(self.host, 0, self.channel.ticks[0] / 1e9) if self.host.icount
                   else took(self.host, begin, time.monotonic()))

    def stand(self):
        """Has the machine stand still where all its CPUs sleep."""
        channel, where = self.channel, self.machine.directory
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
        status = self.channel.finish()[0]
        if status:
            raise BedError(f"dom0's command to stand still ended with {status}")

    def put(self, guests):
        """Puts the configurations of guests into dom0."""
        for guest in guests:
            text = hosts.guest_config(self.host.guests[guest])
            self.channel.put(text.encode(), f"/root/{guest}.cfg")

    def do(self, stage, stands):
        """A stage behind the boot; the machine stands at its end, or not."""
        self.put(stage.guests)
        if stage.command:
            self.runner.context.dom0.must(stage.command)
        clock = self.runner.context.dom0.clock
        for number, words in stage.steps:
            begin = clock()
            self.shown.begins(line(number, words), words)
            self.runner.perform(words)
            self._done(took(self.host, begin, clock()))
        if stands:
            self.stand()


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


def make_saved(host, steps, number, say):
    """Sees to it that a stage of this scenario is saved; returns its name. say: a line for
    people."""
    names, todo = list(keys(host, steps)), stages(host, steps)[0]
    name = names[number]
    with saved.locked(name):
        if saved.is_there(name):
            return name
        say(f"saved host: made once, for the scenarios that begin so: {todo[number].name}")
        saved.forget_all_but(shared_keys())
        before = make_saved(host, steps, number - 1, say) if number else None
        machine = Machine(saved.FOLDER / f"{name}.new")
        machine.clear()
        try:
            with open(machine.fresh_log("steps.log"), "w", encoding="utf-8") as log:
                coming = Coming(host, machine, log, Shown())
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


def bring_up(host, steps, machine, log, shown, fresh):  # pylint: disable=too-many-arguments
    """Brings the host up to where the scenario's own steps begin: the runner of steps, and these.
    fresh: from nothing."""
    todo, rest = stages(host, steps)
    coming = Coming(host, machine, log, shown)
    names = list(keys(host, steps)) if host.icount else [""] * len(todo)
    # Also a fresh machine stands where one would be saved: so it does the same as a saved one.
    stands = [name in shared_keys() for name in names]
    done = 0
    if any(stands) and not fresh and saved.has_room(host):
        done = max(i for i, shared in enumerate(stands) if shared)
        name = make_saved(host, steps, done, shown.note)
        try:
            coming.load(name)
        except BedError as e:
            shown.note(f"saved host: {name} cannot be loaded, it is made anew: {e}")
            machine.stop()
            saved.forget(name)
            coming.load(make_saved(host, steps, done, shown.note))
        coming.seem_done(todo[:done + 1])
    else:
        coming.boot(stands[0])
    if stands[done]:
        coming.go_on()
    for stage, stands_there in zip(todo[done + 1:], stands[done + 1:]):
        coming.do(stage, stands_there)
        if stands_there:
            coming.go_on()
    coming.put([guest for guest in host.guests if not any(guest in stage.guests for stage in todo)])
    return coming.runner, rest
