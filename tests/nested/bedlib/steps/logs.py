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

    @step()
    def step_logs(self, _words, **_):
        """logs: remember how long the kernel logs of dom0 and all running guests are"""
        self.logs = {where: int(self._log(where, "dmesg | wc -l"))
                     for where in ["dom0", *self.running.of_kind("linux")]}

    @check(after=("logs or baseline",))
    def check_logs(self, _words, **_):
        """No kernel wrote of anything but what is known to be harmless, since `logs` or the last
        check."""
        for where, lines in self.logs.items():
            if where not in ["dom0", *self.running.names]:
                continue
            written = self._log(where, f"dmesg | tail -n +{lines + 1}").splitlines()
            self.logs[where] += len(written)
            found = logs.faults(written)
            if found:
                raise StepFailed(f"{where}'s kernel wrote {len(found)} lines: {found[0]}")
