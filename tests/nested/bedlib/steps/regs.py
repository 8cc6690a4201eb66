# SPDX-License-Identifier: GPL-2.0-only
"""Guests that compare their registers (guest-regs/)."""

from .. import probe, regs
from ..errors import StepFailed
from ..host import number_in
from .context import Kind
from .usage import RUNS, WHOLE, check

REGISTER = r"[a-z0-9_]+"


def cycles(reports):
    """How often guests went into the shim and came back, by interrex's reports."""
    return sum(r.get("times", 1) for r in reports if r["result"] in ("updated", "drilled", "aborted"))


class Regs(Kind):
    """Checks of their reports."""

    def asked(self, name):
        """What its page says."""
        return probe.parse(self.must(f"guest-regs $(xl domid {name})"))

    def await_round(self, name, seconds):
        """Waits until it has done a first round."""
        end = self.dom0.clock() + seconds
        while True:
            status, output = self.dom0.run(f"guest-regs $(xl domid {name})")
            if status == 0 and all(v["rounds"] for v in probe.parse(output)["vcpus"]):
                return
            if self.dom0.clock() > end:
                raise StepFailed(f"{name} does not come up: {output.strip()}")
            self.must("sleep 0.2")

    @check(0, 16, guests="all", kind="regs", after=(RUNS,), unless=("pause *",),
           met=WHOLE, cycles=WHOLE, mismatch=REGISTER)
    def check_regs(self, names, met="1", mismatch=None, **keys):
        """Every bit was as it should be, and so many rounds were met by an enter or a leave."""
        went = cycles(self.results.reports)
        if went < int(keys.get("cycles", 0)):
            raise StepFailed(f"only {went} times into the shim and out of it")
        for name in names or self.running.of_kind("regs"):
            before = self.asked(name)
            rest_us = number_in(self.host.guests[name].regs, "rest_us")
            self.must(f"sleep {1 + -(-rest_us // 1000000)}")
            report = self.asked(name)
            for line in regs.summary(report, went):
                self.say(f"{name}: {line}")
            if mismatch:
                self._check_mismatch(name, report, mismatch)
                continue
            found = [*regs.faults(before, report), *regs.unseen(report, int(met))]
            if found:
                raise StepFailed(f"{name}: {'; '.join(found)}")

    @staticmethod
    def _check_mismatch(name, report, register):
        """It was told to spoil this register, one bit of it, and has to say so and nothing else."""
        first = [v["first"] for v in report["vcpus"] if v["mismatches"]]
        if len(first) != 1 or sum(v["mismatches"] for v in report["vcpus"]) != 1:
            raise StepFailed(f"{name}: one mismatch was asked for, there are: "
                             f"{'; '.join(regs.mismatches(report)) or 'none'}")
        flipped = int(first[0]["expected"], 16) ^ int(first[0]["found"], 16)
        if first[0]["register"] != register or bin(flipped).count("1") != 1:
            raise StepFailed(f"{name}: {regs.mismatches(report)[0]}, where one bit of {register} "
                             "was spoilt")
        if report["state"] != "running":
            raise StepFailed(f"{name} is {report['state']}")
