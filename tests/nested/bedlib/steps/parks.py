# SPDX-License-Identifier: GPL-2.0-only
"""Steps about vCPUs that are parked: what the shim could not serve."""

import json

from ..errors import StepFailed
from .context import Kind
from .usage import check


def parked_now(status):
    """[(guest, why)] of the vCPUs that are parked, in what `interrex status --json` says."""
    return [(domain["name"], f"vCPU {vcpu['vcpu']}: {vcpu['park']['class']} {vcpu['park']['words']}".rstrip())
            for domain in status.get("domains", ()) for vcpu in domain["vcpus"] if vcpu["park"]]


def parked_then(report):
    """[(guest, why)] of those that parked while they were held, in a report; also such as were back since."""
    return [(guest["name"], f"parked for {json.dumps(guest['held']['exits_parked'])}")
            for guest in report.get("guests", ())
            if guest["held"] and (guest["held"]["exits_parked"] or guest["held"]["parked_vcpus"])]


class Parks(Kind):
    """While guests are held Xen's status tells, then the report."""

    @check(after=("hold or abort or drill or update",))
    def check_unparked(self, _words, **_):
        """No vCPU of any guest is parked, or was in what the last report is about."""
        report = self.results.report
        if report["result"] == "held":
            status = json.loads(self.must("interrex status --json"))
            seen = len([vcpu for domain in status.get("domains", ()) for vcpu in domain["vcpus"]])
            found = parked_now(status)
        else:
            seen = len([guest for guest in report.get("guests", ()) if guest["held"]])
            found = parked_then(report)
        if not seen:
            raise StepFailed("no guest was held: nothing to look at")
        if found:
            raise StepFailed("; ".join(f"{name}: {why}" for name, why in found[:4]))
