# SPDX-License-Identifier: GPL-2.0-only
"""Steps about the brown-out: how crowded the CPUs are around a hold."""

from .. import probe
from ..errors import StepFailed
from .context import Kind
from .usage import NUMBER, check, step


class Crowd(Kind):
    """Compares the guests' gaps with those on one CPU fewer, in the same run."""

    def __init__(self, context, probes):
        super().__init__(context)
        self.probes = probes
        self.gaps = {}  # guest: its largest gap on one CPU fewer, ms

    @step(after=("baseline",), seconds=NUMBER)
    def step_crowd(self, _words, seconds="5", timeout="60"):
        """crowd: the guests' largest gaps on one CPU fewer, with no update: for so many seconds the
        last CPU is in no pool. Forgets what the probes saw, like `clear`."""
        last = self.host.cpus - 1
        self.must(f"xl cpupool-cpu-remove Pool-0 {last}")
        self.probes.ask_all("reset")
        self.must(f"sleep {seconds}", int(float(seconds)) + int(timeout))
        self.gaps = {guest: probe.largest_gap_ms(report) for guest, report in self.probes.ask_all().items()}
        self.must(f"xl cpupool-cpu-add Pool-0 {last}")
        self.probes.step_clear([])
        self.say("on one CPU fewer: " + ", ".join(f"{guest} {ms:.0f} ms" for guest, ms in self.gaps.items()))

    @check(kind="linux", after=("crowd", "update or drill"), factor=NUMBER, blackout_ms=NUMBER)
    def check_crowd(self, _words, factor="2", blackout_ms="20", **_):
        """The report has a brown-out, and no guest's largest gap is longer than so many times that
        on one CPU fewer; blackout_ms more where a blackout fell into it."""
        brownout = self.results.report.get("brownout_ms")
        if brownout is None:
            raise StepFailed("the report has no brown-out")
        now = {guest: probe.largest_gap_ms(report) for guest, report in self.probes.ask_all().items()}
        self.say(f"brown-out {brownout:.1f} ms; largest gaps: "
                 + ", ".join(f"{guest} {ms:.0f} ms ({self.gaps[guest]:.0f})" for guest, ms in now.items()))
        for guest, ms in now.items():
            limit = float(factor) * self.gaps[guest] + float(blackout_ms)
            if ms > limit:
                raise StepFailed(f"{guest} stood still for {ms:.1f} ms, on one CPU fewer for "
                                 f"{self.gaps[guest]:.1f} ms (limit {limit:.1f} ms)")
