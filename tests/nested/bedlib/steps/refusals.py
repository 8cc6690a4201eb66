# SPDX-License-Identifier: GPL-2.0-only
"""What interrex refuses: for which reasons, and that nothing has changed by it."""

import json
import re

from ..errors import StepFailed
from .context import Kind
from .interrex import LOADED
from .usage import step


class Refusals(Kind):
    """Targets and guests that cannot be."""

    def __init__(self, context, interrex):
        super().__init__(context)
        self.interrex = interrex

    def _state(self):
        """What a refusal must not change: {what: value}."""
        state = {"free memory": self.dom0.free_memory_kib(), **self.dom0.facts()}
        host = json.loads(self.must("interrex status --json"))["host"]
        state.update((f"interrex status: {key}", value) for key, value in host.items())
        return state

    @staticmethod
    def _line(reason, domids):
        """A reason as scenarios name it: "WHOM NAME: WORDS". It has to name its domain, and a
        remedy."""
        subject = re.fullmatch(r"(\S+) \((\d+)\)", reason["subject"])
        name, domid = (subject.group(1), int(subject.group(2))) if subject else (reason["subject"], None)
        if reason["domid"] != domid or (subject and domids.get(f"domid_{name}") != str(domid)):
            raise StepFailed(f"a reason for {reason['subject']} has domid {reason['domid']}")
        if not reason["remedy"]:
            raise StepFailed(f"no remedy for {reason['subject']}: {reason['what']}")
        return f"{name} {reason['name']}: {reason['what']}"

    def _check_reasons(self, patterns, domids):
        """Every pattern fits a reason, every reason fits a pattern."""
        lines = [self._line(reason, domids) for reason in self.results.report["reasons"]]
        for pattern in patterns:
            if not any(re.match(pattern, line) for line in lines):
                raise StepFailed(f"no reason is '{pattern}' (there are: {'; '.join(lines)})")
        for line in lines:
            if not any(re.match(pattern, line) for pattern in patterns):
                raise StepFailed(f"a reason that was not expected: {line}")

    @step(2, 32, regexes=1)
    def step_refuse(self, words, timeout="60"):
        """refuse X REASON...: both check and update refuse /boot/xen-X, for exactly these
        reasons, and nothing has changed."""
        before = self._state()
        for command in ("check", "update"):
            self.interrex.ask(f"{command} {LOADED} --xen /boot/xen-{words[0]}", "refused", timeout)
            self._check_reasons(words[1:], before)
            after = self._state()
            for key in before.keys() | after.keys():
                if before.get(key) != after.get(key):
                    raise StepFailed(f"after a refused {command}, {key} is {after.get(key)}, "
                                     f"was {before.get(key)}")
