# SPDX-License-Identifier: GPL-2.0-only
"""What all kinds of steps share: how a step says what it takes, and commands in dom0.

A step is a method step_NAME with @step before it; what `check NAME` does is a method check_NAME with
@check. Both get the words behind the name as a list, and key=value pairs as keyword arguments.
A kind of steps is a class in a module of its own here; __init__.py lists them.
"""

import dataclasses
import re
import time

from .. import meter
from ..errors import StepFailed

NUMBER = r"[0-9]+(\.[0-9]+)?"
WHOLE = r"[0-9]+"
ANY = r".*"


@dataclasses.dataclass(frozen=True)
class Usage:
    """How many words a step takes, and {key: pattern of its value}. guests: "all" words, or only the
    "first", are guests; "places": all are guests or dom0. text: the word with this number is
    text, even with a '=' in it. number: the word is a number. stock: only on a host of stock Xen.
    unmarked: a check that needs no mark."""
    least: int
    most: int
    keys: dict
    guests: str = ""
    text: int = 0
    number: bool = False
    stock: bool = False
    unmarked: bool = False

    def refuse(self, name, words, given, host):
        """Raises ValueError where a step cannot be meant."""
        if not self.least <= len(words) <= self.most:
            raise ValueError(f"{name} takes {self.least} to {self.most} words, not {len(words)}")
        for key, value in given.items():
            pattern = {**self.keys, "timeout": WHOLE}.get(key)
            if pattern is None:
                raise ValueError(f"{name} knows no '{key}'")
            if not re.fullmatch(pattern, value):
                raise ValueError(f"'{value}' is not a value for {key}")
        for guest in {"all": words, "first": words[:1], "places": set(words) - {"dom0"}}.get(
                self.guests, []):
            if guest not in host.guests:
                raise ValueError(f"no guest {guest} is described above")
        if self.number and not re.fullmatch(NUMBER, words[0]):
            raise ValueError(f"{name} takes a number")
        if self.stock and not host.stock:
            raise ValueError(f"{name} is for a host of stock Xen")


PROPERTIES = ("guests", "text", "number", "stock", "unmarked")


def step(least=0, most=None, **rest):
    """Declares a step: see Usage. most: as many as least if it is not given. What of the rest is no
    property of Usage is a key."""
    properties = {name: rest.pop(name) for name in PROPERTIES if name in rest}

    def declare(method):
        method.usage = Usage(least, least if most is None else most, rest, **properties)
        return method
    return declare


check = step  # the same for a method check_NAME, of the words behind the name


class Follower:  # pylint: disable=too-few-public-methods
    """Takes output as it comes: all to the log, interrex's progress to the screen."""

    PROGRESS = re.compile(r" *[0-9.]+ s +[0-9]+/[0-9]+ ")

    def __init__(self, log):
        self.log = log
        self.line = ""

    def __call__(self, text):
        self.log.write(text)
        self.log.flush()
        *lines, self.line = (self.line + text).split("\n")
        for line in lines:
            if self.PROGRESS.match(line):
                print(f"# {line}", flush=True)


class Base:
    """Runs commands in dom0 and remembers what all steps look at."""

    def __init__(self, host, channel, log):
        self.host = host
        self.channel = channel
        self.log = log
        self.running = []
        self.marked = None
        self.report = None
        self.updates = []  # the reports of all updates
        self.reports = []  # of all updates and drills

    def clock(self):
        """Seconds of time that counts: counting instructions, the machine's own, at the end of the last
        command (its TSC runs at 1 GHz); else the host's. For differences."""
        return self.channel.ticks[1] / 1e9 if self.host.icount else time.monotonic()

    def run(self, command, timeout=120):
        """A command in dom0: (status, output); both go to the log."""
        self.log.write(f"$ {command}\n")
        status, output = self.channel.run(command, timeout, Follower(self.log))
        self.log.write(f"[status {status}]\n")
        self.log.flush()
        return status, output

    def must(self, command, timeout=120):
        """The output of a command that has to succeed."""
        status, output = self.run(command, timeout)
        if status:
            last = output.strip().splitlines()[-1:] or ["no output"]
            raise StepFailed(f"'{command}' ended with {status}: {last[0]}")
        return output

    def meter(self, guest, verb="report"):
        """The answer of a guest's meter, None to a reset."""
        output = self.must(f"guest-meter {guest} {verb} seconds=90")
        return meter.parse(output) if verb.startswith("report") else None

    def linux_guests(self):
        """The running guests that have a console and a meter."""
        return [name for name in self.running if self.host.guests[name].kind == "linux"]

    def meters(self, verb="report"):
        """{guest: answer} of all of these."""
        return {guest: self.meter(guest, verb) for guest in self.linux_guests()}

    def expect(self, command, status, expect, timeout):
        """A command in dom0 that has to end with this status, with something in its output."""
        got, output = self.run(command, timeout)
        if got != int(status):
            last = output.strip().splitlines()[-1:] or ["no output"]
            raise StepFailed(f"'{command}' ended with {got}, not {status}: {last[0]}")
        if expect is not None and not re.search(expect, output):
            raise StepFailed(f"'{expect}' is not in the output of '{command}'")
