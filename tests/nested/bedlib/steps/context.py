# SPDX-License-Identifier: GPL-2.0-only
"""What all kinds of steps share: the host and the way into its dom0, the guests that run, what
interrex said.

A kind of steps is a class in a module of its own here; __init__.py lists them and makes one object
of each for a run. A kind that needs another one gets it when it is made.
"""

import re
import time

from ..errors import StepFailed


class Follower:  # pylint: disable=too-few-public-methods
    """Takes output as it comes: all to the log, interrex's progress to whoever shows it."""

    PROGRESS = re.compile(r" *[0-9.]+ s +[0-9]+/[0-9]+ ")

    def __init__(self, log, show):
        self.log = log
        self.show = show
        self.line = ""

    def __call__(self, text):
        self.log.write(text)
        self.log.flush()
        *lines, self.line = (self.line + text).split("\n")
        for line in lines:
            if self.PROGRESS.match(line):
                self.show(line)


class Dom0:
    """Commands in dom0; they and what they say go to the log of the steps."""

    def __init__(self, channel, log, show_progress, counted):
        """counted: instructions are counted, and are the time."""
        self._channel, self._log, self._show, self._counted = channel, log, show_progress, counted

    def clock(self):
        """Seconds of time that counts: counting instructions, the machine's own, at the end of the
        last command (its TSC runs at 1 GHz); else the host's. For differences."""
        return self._channel.ticks[1] / 1e9 if self._counted else time.monotonic()

    def run(self, command, timeout=120, meanwhile=None):
        """(status, output) of a command. meanwhile is called while it runs."""
        self._log.write(f"$ {command}\n")
        status, output = self._channel.run(command, timeout, Follower(self._log, self._show), meanwhile)
        self._log.write(f"[status {status}]\n")
        self._log.flush()
        return status, output

    def must(self, command, timeout=120):
        """The output of a command that has to succeed."""
        return self.expect(command, 0, None, timeout)

    def expect(self, command, status, expect, timeout):
        """The output of a command that has to end with this status, with something (a regular
        expression, or None) in its output."""
        got, output = self.run(command, timeout)
        if got != int(status):
            last = output.strip().splitlines()[-1:] or ["no output"]
            wanted = f", not {status}" if int(status) else ""
            raise StepFailed(f"'{command}' ended with {got}{wanted}: {last[0]}")
        if expect is not None and not re.search(expect, output):
            raise StepFailed(f"'{expect}' is not in the output of '{command}'")
        return output

    def put(self, data, path):
        """Writes a file there."""
        self._channel.put(data, path)

    def facts(self):
        """What must not change by an update: {what: value}, of dom0's processes and of all
        domains."""
        lines = self.must("dom0-probe show").splitlines()
        return dict(line.split("=", 1) for line in lines if "=" in line)

    def free_memory_kib(self):
        """Free memory as Xen sees it (xl info says it in whole MiB only)."""
        output = self.must("xl info | sed -n 's/^free_memory *: *//p'")
        return int(output) * 1024


class Running:
    """The guests that run, in the order in which they were started."""

    def __init__(self, described):
        self._described = described
        self.names = []

    def of_kind(self, kind):
        """Those of this kind (Guest.is_a)."""
        return [name for name in self.names if self._described[name].is_a(kind)]


class Results:  # pylint: disable=too-few-public-methods
    """What interrex said."""

    def __init__(self):
        self.report = None  # the last
        self.reports = []  # all that said a result
        self.updates = []  # of the updates that were made


class Context:  # pylint: disable=too-few-public-methods
    """One for a run; shown: a Tap or a Story, which people see."""

    def __init__(self, host, channel, log, shown):
        self.host = host
        self.channel = channel
        self.dom0 = Dom0(channel, log, shown.progress, host.icount)
        self.running = Running(host.guests)
        self.results = Results()
        self.shown = shown
        self.say = shown.note
        self.meanwhile = []  # what the next update does while no dom0 runs: meanwhile.py


class Kind:  # pylint: disable=too-few-public-methods
    """Steps of one kind."""

    def __init__(self, context):
        self.context = context
        self.host = context.host
        self.dom0 = context.dom0
        self.must = context.dom0.must
        self.running = context.running
        self.results = context.results
        self.say = context.say
