# SPDX-License-Identifier: GPL-2.0-only
"""Whether each step of a scenario comes when it may: after what it needs, not after what rules it
out.

steps/usage.py says how a step declares it. Looked at before anything is built or booted, in the
order in which the steps will be done, `repeat` written out.
"""

import collections
import re

from . import host as hosts
from . import steps
from .errors import BedError

THERE = ("start", "moved", "create")  # the steps that make a guest


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


def read(path, given=None):
    """A scenario, read whole; BedError names the line that cannot be meant. given: of
    hosts.read()."""
    host = hosts.read(path, steps.check, given)
    turns = Turns(host)
    try:
        todo = unrolled(host.steps)
    except BedError as e:
        raise BedError(f"{path}: {e}") from e
    for number, words in todo:
        try:
            turns.take(words)
        except ValueError as e:
            raise BedError(f"{path}:{number}: {e}") from e
    return host


class Turns:
    """Goes through the steps and remembers which are done: as "NAME", "NAME GUEST" for each guest
    that it is about, and with all its words; how often."""

    def __init__(self, host):
        self.host = host
        self.done = collections.Counter(["start dom0"])
        self.guests = collections.defaultdict(set)  # of a step's name: the guests there were

    def there(self):
        """The guests that are there, running or not."""
        return [g for g in self.host.guests if any(self.done[f"{step} {g}"] for step in THERE)]

    def running(self, kind):
        """The running guests of this kind."""
        return [g for g in self.there() if self.host.guests[g].is_a(kind)
                and not self.done[f"create {g}"] and not self.done[f"pause {g}"]]

    def is_done(self, line):
        """Whether a step is, so often as the line says."""
        times, name = re.fullmatch(r"(?:(\d+) )?(.*)", line).groups()
        return self.done[name] >= int(times or 1)

    def take(self, words):
        """Does a step; ValueError where it may not come now."""
        usage = steps.usage(words)
        name, plain, given = steps.taken(words)
        about = usage.named(plain) or (self.running(usage.kind) if usage.kind else [])
        if usage.kind and usage.some and not about:
            raise ValueError(f"{name} needs a guest of kind {usage.kind} that runs")

        def written_out(lines):
            for line in lines:
                yield from [line.replace("*", guest) for guest in about] if "*" in line else [
                    line.replace("@", " ".join(plain))]

        for line in written_out(usage.after):
            if not any(map(self.is_done, line.split(" or "))):
                raise ValueError(f"{name} needs '{line}' before it")
        for line in written_out(usage.unless):
            for other in filter(self.is_done, line.split(" or ")):
                raise ValueError(f"{name} cannot come after '{other}'")
        self._look_at_guests(name, usage)
        for line in written_out(usage.ends):
            for other in [o for o in self.done if o == line or o.startswith(line + " ")]:
                del self.done[other]
        if usage.result == given.get("result", usage.result):
            self.done.update({name, *(f"{name} {guest}" for guest in about), " ".join([name, *plain])})
            self.guests[name].add(frozenset(self.there()))

    def _look_at_guests(self, name, usage):
        found = set().union(*(self.guests[step] for step in usage.steady))
        if len(found) > 1:
            raise ValueError(f"{name} needs the same guests in each '{' or '.join(usage.steady)}' before it")
        if usage.lone and any(len(guests) != 1 for guests in found):
            raise ValueError(f"{name} is for a host with one guest")
