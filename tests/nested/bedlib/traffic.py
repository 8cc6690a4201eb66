# SPDX-License-Identifier: GPL-2.0-only
"""What the ends of the traffic (guest/traffic) say.

A pair is {end: report}; an end is named after its place and its file: ("g1", "g1-g2").
"""

import json

from .errors import StepFailed

FAULTS = ("lost", "doubled", "disordered", "damaged")


def parse(text):
    """{name: report} in the output of `traffic show`."""
    found = {}
    for line in text.splitlines():
        if line.startswith("{"):
            try:
                report = json.loads(line)
                found[report["traffic"]] = report
            except (ValueError, KeyError) as e:
                raise StepFailed(f"not a report of traffic: {line[:200]!r}") from e
    return found


def messages(report):
    """How many messages came at this end. IPIs: that also the kernel has counted."""
    if report["kind"] == "ipi":
        return min(report["received"], report["events"])
    return report["received"]


def total(pair):
    """Messages of a pair, in both directions."""
    return sum(messages(report) for report in pair.values())


def counts(pairs):
    """{fault: how many} of all pairs."""
    return {fault: sum(report[fault] for pair in pairs.values() for report in pair.values())
            for fault in FAULTS}


def standstills(pairs):
    """Ends that do not go on, as sentences."""
    for name, pair in pairs.items():
        for end, report in pair.items():
            where = f"{name}: {end[0]}'s {end[1]}"
            if not report["alive"]:
                yield f"{where} has ended"
            elif report["still"]:
                yield f"{where}: {report['still']} of {report['lanes']} lanes stand still"


def faults(pairs, expected=None):
    """What is wrong with the traffic, as a list of sentences. expected: {fault: how many there
    have to be}, 0 each if not given."""
    wrong = list(standstills(pairs))
    for fault, count in counts(pairs).items():
        wanted = (expected or {}).get(fault, 0)
        if count != wanted:
            ends = ", ".join(f"{end[1]} in {end[0]}: {report[fault]}" for pair in pairs.values()
                             for end, report in pair.items() if report[fault])
            wrong.append(f"{count} {fault}, not {wanted}" + (f" ({ends})" if ends else ""))
    return wrong


def in_gap(pair):
    """Messages of a pair while another stood still longest; None where no end says."""
    known = [report["in_gap"] for report in pair.values() if "in_gap" in report]
    return sum(known) if known else None
