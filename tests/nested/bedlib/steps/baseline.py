# SPDX-License-Identifier: GPL-2.0-only
"""The baseline, and what must be as it was then: domains, dom0's processes, a watch, memory."""

from ..errors import StepFailed
from .context import Kind
from .usage import NUMBER, WHOLE, check, step


class Baseline(Kind):
    """From the baseline on it counts."""

    def __init__(self, context, probes, io):
        super().__init__(context)
        self.probes, self.io = probes, io
        self.facts = {}  # Dom0.facts()
        self.beats = 0  # of the shell loop in dom0
        self.free_kib = 0

    @step(kind="linux", some=False, ends=("baseline", "check watch"), seconds=NUMBER)
    def step_baseline(self, _words, seconds="5", timeout="60"):
        """baseline: from here on it counts; watch the guests' speed for some seconds."""
        self.io.before_baseline()
        self.must("dom0-probe start", int(timeout))
        self.probes.ask_all("reset")
        self.must(f"sleep {seconds}", int(float(seconds)) + int(timeout))
        self.probes.at_baseline()
        self.facts = self.dom0.facts()
        self.beats = int(self.must("dom0-probe beats"))
        self.free_kib = self.dom0.free_memory_kib()
        self.probes.ask_all("reset")
        self.io.at_baseline()

    @check(after=("baseline",))
    def check_same(self, _words, **_):
        """dom0's processes and all domains are the same ones."""
        now = self.dom0.facts()
        for key in sorted(set(now) | set(self.facts)):
            if now.get(key) != self.facts.get(key):
                raise StepFailed(f"{key} was {self.facts.get(key)}, is {now.get(key)}")
        first = int(self.must("dom0-probe beats"))
        self.must("sleep 1")
        if not self.beats < first < int(self.must("dom0-probe beats")):
            raise StepFailed("the shell loop in dom0 does not go on")

    @check(after=("baseline",), unless=("check watch",))
    def check_watch(self, _words, **_):
        """A watch in xenstore that was set at the baseline fires now."""
        if self.must("dom0-probe fire").strip() != "fired":
            raise StepFailed("the watch that was set before did not fire as it should")

    @check(after=("baseline",), slack_mib=WHOLE)
    def check_free_memory(self, _words, slack_mib="0", **_):
        """As much memory is free as at the baseline."""
        lost = self.free_kib - self.dom0.free_memory_kib()
        if lost > int(slack_mib) * 1024:
            raise StepFailed(f"{lost} KiB of memory are lost")
