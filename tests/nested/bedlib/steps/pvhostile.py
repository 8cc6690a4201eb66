# SPDX-License-Identifier: GPL-2.0-only
"""PV guests that attack by their page tables (pv-hostile/)."""

import re

from .. import pvhostile
from ..errors import StepFailed
from .context import Kind
from .usage import REGEX, RUNS, WHOLE, check

ROUNDS_S = 3  # in which each of them does a round, or dies


class PvHostile(Kind):
    """What they say on their consoles."""

    def report(self, name):
        """Its last one, or {}."""
        _, output = self.dom0.run(f"tail -n 40 /var/log/xen/console/guest-{name}.log")
        return pvhostile.last_report(output)

    def await_report(self, name, seconds):
        """Waits until it is set up."""
        end = self.dom0.clock() + seconds
        while not self.report(name):
            if self.dom0.clock() > end:
                raise StepFailed(f"{name} does not come up")
            self.must("sleep 0.2")
        if "died" in self.report(name):
            raise StepFailed(f"{name}: {pvhostile.faults({}, self.report(name))[0]}")

    @check(0, 16, guests="all", kind="pv-hostile", after=(RUNS,), unless=("pause *",), interrupted=WHOLE, dropped=WHOLE, wrong=REGEX)
    def check_tables(self, names, interrupted="0", dropped="0", wrong=None):
        """These guests, or all of their kind: no table could be written, and they go on. interrupted: so many operations
        at least one of them has left undone; dropped: so many tables that were half done an update forgot. wrong: what they have to say is wrong."""
        names = names or self.running.of_kind("pv-hostile")
        before = {name: self.report(name) for name in names}
        self.must(f"sleep {ROUNDS_S}")
        after = {name: self.report(name) for name in names}
        for name in names:
            found = pvhostile.faults(before[name], after[name])
            if wrong and not any(re.search(wrong, words) for words in found):
                raise StepFailed(f"{name} does not say that {wrong}: {'; '.join(found) or 'nothing is wrong'}")
            if found and not wrong:
                raise StepFailed(f"{name}: {'; '.join(found)}")
            self.say(f"{name}: {pvhostile.summary(after[name])}")
        for key, least, words in (("interrupted", interrupted, "operations were left undone"),
                                  ("dropped", dropped, "tables were half done at a jump")):
            most = max(report.get(key, 0) for report in after.values())
            if most < int(least):
                raise StepFailed(f"only {most} {words}")
