# SPDX-License-Identifier: GPL-2.0-only
"""Steps about what interrex reports: one report as a file, and the figures of one or many."""

import json
import subprocess
import sys

from ..errors import StepFailed
from ..qemu import TOP
from .context import Kind
from .usage import FILE, NUMBER, check, step

TREND_FLOOR_MS = 1  # less may vary with where in its work a guest was met
TREND_PART = 4  # the first quarter of the updates is compared with the last one


def trends(updates):
    """[(name, [ms of every update])] of what must not grow from update to update."""
    yield "the service stall", [u["service_stall_ms"] for u in updates]
    guests = [{guest["name"]: guest for guest in u["guests"]} for u in updates]
    for name in guests[0]:
        for key in ("blackout_enter_us", "blackout_leave_us"):
            yield f"{name}'s {key[:-3]}", [g[name][key] / 1000 for g in guests]


def first_and_last(figure):
    """The least of the first updates and the least of the last ones. The emulator's turn of
    another CPU that lies within a blackout makes it longer by up to a millisecond or two, and
    which updates that happens to is chance: growth is what none of the last ones is free of."""
    part = max(1, len(figure) // TREND_PART)
    return min(figure[:part]), min(figure[-part:])


class Reports(Kind):
    """interrex's figures, and the guests' own beside them."""

    def __init__(self, context, probes):
        super().__init__(context)
        self.probes = probes

    @step(1, word=FILE, kind="linux", after=("baseline *", "update or drill"))
    def step_report(self, words, timeout="60"):
        """report FILE: complete interrex's last report with what the guests saw, show it,
        write it to build/FILE and validate it."""
        progress, figures = self.probes.figures()
        self.dom0.put(json.dumps(figures).encode(), "/tmp/guests.json")
        merge = "interrex report --merge-guests /tmp/guests.json"
        for line in self.must(merge, int(timeout)).splitlines():
            self.say(line)
        self.say("gap and progress are the emulator's, which runs the CPUs in turn: no figures of interrex")
        text = self.must(merge + " --json 2>/dev/null", int(timeout))
        path = TOP / "build" / words[0]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        self.context.shown.report(json.loads(text), progress)
        run = subprocess.run(
            [sys.executable, TOP / "tests/report/json_schema.py", TOP / "docs/report.schema.json",
             path], capture_output=True, text=True, check=False)
        if run.returncode:
            problems = (run.stdout + run.stderr).strip().splitlines()
            raise StepFailed(f"{path.relative_to(TOP)} is not as its schema says: {problems[0]}")

    @check(after=("update or drill or hold",), max_ms=NUMBER)
    def check_blackout(self, _words, max_ms, **_):
        """No blackout in interrex's report is longer."""
        for guest in self.results.report.get("guests", []):
            for key in ("blackout_enter_us", "blackout_leave_us"):
                value = guest[key]
                if value is None or value > float(max_ms) * 1000:
                    raise StepFailed(f"{guest['name']}: {key} is {value} (limit {max_ms} ms)")

    @check(after=("8 update",), steady=("update",), max=NUMBER)
    def check_trend(self, _words, max="1.5", **_):  # pylint: disable=redefined-builtin
        """Stall and blackouts of all updates did not grow."""
        for name, figure in trends(self.results.updates):
            first, last = first_and_last(figure)
            self.say(f"{name}: {first:.1f} ms at first, {last:.1f} ms at last")
            if last > float(max) * first and last > TREND_FLOOR_MS:
                raise StepFailed(f"{name} has grown from {first:.1f} to {last:.1f} ms")
