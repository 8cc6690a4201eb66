# SPDX-License-Identifier: GPL-2.0-only
"""How a run is shown while it goes on: as TAP, for the test collector and for who develops;
story.py has the demo's way."""

import time


class Shown:
    """Shows nothing. What others show is up to them; what happened is told to all in the same
    way."""

    name = ""  # of the step that is under way

    def scenario(self, host, where):
        """A scenario begins; its logs are there."""

    def begins(self, name, words=()):
        """A step, or the boot (without words)."""
        self.name = name

    def ended(self, good, took):
        """The step that began last. took: a time by the clock that counts."""

    def note(self, text):
        """A line for people."""

    def progress(self, line):
        """A line of interrex's progress, as it comes."""

    def report(self, report, progress):
        """interrex's report, with what the guests saw. progress: {guest: [probe.Progress]} of the
        time without a Xen; guests of which nobody knows are not in it."""

    def failed(self, text):
        """Why a step was no good."""

    def end(self):
        """Of all."""


class Tap(Shown):
    """Numbers and prints the results; remembers what took long by the host's clock."""

    def __init__(self):
        self.count = 0
        self.real = []  # (seconds, name)
        self.last = time.monotonic()

    def scenario(self, host, where):
        self.note(f"scenario {host.name}: {host.cpus} CPUs, {host.memory} MiB, {len(host.guests)} guests"
                  f"{', counting instructions' if host.icount else ''}; logs in {where}")

    def ended(self, good, took):
        self.count += 1
        now = time.monotonic()
        self.real.append((now - self.last, self.name))
        self.last = now
        print(f"{'ok' if good else 'not ok'} {self.count} - {self.name} ({took})", flush=True)

    def note(self, text):
        print(f"# {text}", flush=True)

    progress = failed = note

    def end(self):
        """The plan, and the host's time: the only thing in it that may differ from run to run."""
        slowest = sorted(self.real, key=lambda part: -part[0])[:5]
        self.note(f"real time {sum(part[0] for part in self.real):.0f} s; slowest: "
                  + "; ".join(f"{seconds:.1f} s {name}" for seconds, name in slowest))
        print(f"1..{self.count}", flush=True)
