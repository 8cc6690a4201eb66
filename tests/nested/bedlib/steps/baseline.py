# SPDX-License-Identifier: GPL-2.0-only
"""The baseline, and what must be as it was then: domains, dom0's processes, a watch, memory."""

from ..errors import StepFailed
from .base import NUMBER, WHOLE, Base, check, step


class Baseline(Base):
    """From the baseline on it counts."""

    def facts(self):
        """What must not change: of dom0's processes and of all domains."""
        lines = self.must("dom0-probe show").splitlines()
        return dict(line.split("=", 1) for line in lines if "=" in line)

    def free_memory_kib(self):
        """Free memory as Xen sees it (xl info says it in whole MiB only)."""
        output = self.must("xl info | sed -n 's/^free_memory *: *//p'")
        return int(output) * 1024

    @step(seconds=NUMBER)
    def step_baseline(self, _words, seconds="5", timeout="60"):
        """baseline: from here on it counts; watch the guests' speed for some seconds."""
        self.must("dom0-probe start", int(timeout))
        self.probes("reset")
        self.must(f"sleep {seconds}", int(float(seconds)) + int(timeout))
        reports = self.probes()
        self.marked = {"probes": reports, "facts": self.facts(),
                       "beats": int(self.must("dom0-probe beats")),
                       "free": self.free_memory_kib()}
        self.probes("reset")

    @step(after=("baseline",))
    def step_clear(self, _words, **_):
        """clear: forget what the probes saw since the baseline, but not how fast the guests were before it"""
        self.probes("reset")
        self.marked.pop("after", None)

    @check(after=("baseline",))
    def check_same(self, _words, **_):
        """dom0's processes and all domains are the same ones."""
        now, before = self.facts(), self.marked["facts"]
        for key in sorted(set(now) | set(before)):
            if now.get(key) != before.get(key):
                raise StepFailed(f"{key} was {before.get(key)}, is {now.get(key)}")
        first = int(self.must("dom0-probe beats"))
        self.must("sleep 1")
        if not self.marked["beats"] < first < int(self.must("dom0-probe beats")):
            raise StepFailed("the shell loop in dom0 does not go on")

    @check(after=("baseline",), unless=("check watch",))
    def check_watch(self, _words, **_):
        """A watch in xenstore that was set at the baseline fires now."""
        if self.must("dom0-probe fire").strip() != "fired":
            raise StepFailed("the watch that was set before did not fire as it should")

    @check(after=("baseline",), slack_mib=WHOLE)
    def check_free_memory(self, _words, slack_mib="0", **_):
        """As much memory is free as at the baseline."""
        free = self.free_memory_kib()
        if self.marked["free"] - free > int(slack_mib) * 1024:
            raise StepFailed(f"{self.marked['free'] - free} KiB of memory are lost")
