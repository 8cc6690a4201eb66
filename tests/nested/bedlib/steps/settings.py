# SPDX-License-Identifier: GPL-2.0-only
"""Steps about what the toolstack has set: pools, schedulers, affinities, limits, xenstore."""

from .. import settings
from ..errors import StepFailed
from .context import Kind
from .usage import RUNS, check, step

SHOWN = 8  # differences that a failure names


class Settings(Kind):
    """What dom0 says of its host, at one time and at another."""

    def __init__(self, context, probes):
        super().__init__(context)
        self.probes = probes
        self.settings = None
        self.paused = {}  # guest: CPU time in seconds

    def _settings(self, timeout):
        return {o.name: o.rule(self.must(o.command, int(timeout)).splitlines())
                for o in settings.OUTPUTS}

    @step()
    def step_settings(self, _words, timeout="60"):
        """settings: remember what xl and xenstore say"""
        self.settings = self._settings(timeout)
        for name, lines in self.settings.items():
            if not lines and not name.startswith("xl sched-"):
                raise StepFailed(f"{name} says nothing")

    @check(after=("settings",))
    def check_settings(self, _words, timeout="60"):
        """xl and xenstore say what they said at the last `settings`."""
        found = settings.differences(self.settings, self._settings(timeout))
        for line in found[:SHOWN]:
            self.say(line)
        if found:
            raise StepFailed(f"{len(found)} lines differ; {found[0]}")

    def _cpu_time(self, guest):
        return self.must(f"xl list {guest}").splitlines()[1].split()[5]

    @step(1, 16, guests="all", kind="linux", after=(RUNS,), unless=("pause *",), ends=("baseline *",))
    def step_pause(self, names, **_):
        """pause GUEST...: xl pause; their probes are asked no more"""
        for name in names:
            self.must(f"xl pause {name}")
            self.paused[name] = self._cpu_time(name)
            self.running.names.remove(name)

    @step(1, 16, guests="all", after=("pause *",), ends=("pause *",))
    def step_unpause(self, names, timeout="60"):
        """unpause GUEST...: they have not run since `pause`, and go on now"""
        for name in names:
            now = self._cpu_time(name)
            if now != self.paused[name]:
                raise StepFailed(f"{name} ran while it was paused: it had {self.paused[name]} s of "
                                 f"CPU time, and has {now} s")
            self.must(f"xl unpause {name}")
            self.probes.await_answer(name, timeout)
            self.running.names.append(name)
