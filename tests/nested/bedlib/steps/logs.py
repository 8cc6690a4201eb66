# SPDX-License-Identifier: GPL-2.0-only
"""Steps about the kernel logs of dom0 and the guests."""

from .. import logs
from ..errors import StepFailed
from .context import Kind
from .usage import check, step


class Logs(Kind):
    """What the kernels wrote since they were last asked."""

    def __init__(self, context):
        super().__init__(context)
        self.logs = {}  # "dom0" or guest: lines in its log

    def _log(self, where, command):
        return self.must(command if where == "dom0" else f"guest-sh {where} '{command}' 60", 70)

    def _written(self):
        """{where: lines} written since `logs` or the last check; from here on they are not new."""
        found = {}
        for where, lines in self.logs.items():
            if where in ["dom0", *self.running.names]:
                found[where] = self._log(where, f"dmesg | tail -n +{lines + 1}").splitlines()
                self.logs[where] += len(found[where])
        return found

    @step()
    def step_logs(self, _words, **_):
        """logs: remember how long the kernel logs of dom0 and all running guests are"""
        self.logs = {where: int(self._log(where, "dmesg | wc -l"))
                     for where in ["dom0", *self.running.of_kind("linux")]}

    @check(after=("logs or baseline",))
    def check_logs(self, _words, **_):
        """No kernel wrote of anything but what is known to be harmless, since `logs` or the last
        check."""
        for where, written in self._written().items():
            found = logs.faults(written)
            stalls = logs.stalls(written)
            if stalls:
                raise StepFailed(f"{where}'s kernel wrote of a {stalls[0][0]}: {stalls[0][1]}")
            if found:
                raise StepFailed(f"{where}'s kernel wrote {len(found)} lines: {found[0]}")
