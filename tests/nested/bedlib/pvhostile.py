# SPDX-License-Identifier: GPL-2.0-only
"""The guest of pv-hostile/: building it, and what the lines on its console say."""

import json

from .qemu import BUILD, TOP
from .regs import kernel

SOURCE = TOP / "tests/nested/pv-hostile"
IMAGE = BUILD / "nested/bin/pv-hostile.elf"


def build():
    """build/nested/bin/pv-hostile.elf"""
    kernel(IMAGE, SOURCE)


def last_report(text):
    """The last whole line of a console's log that is a report; {} without one."""
    for line in reversed(text.splitlines()[:None if text.endswith("\n") else -1]):
        if line.startswith("{"):
            try:
                return json.loads(line)
            except json.JSONDecodeError:
                continue
    return {}


def faults(before, after):
    """What is wrong with the guest, as a list of sentences; before: an earlier report."""
    if "died" in after or not after:
        return [f"it has died: {after.get('died', 'without a word')} ({after.get('value', 0):#x})"]
    found = []
    if after["wrong"]:
        found.append(f"{after['wrong']} of {after['asked']} answers were wrong, the first: {after['first']} "
                     f"(page {after['where']:#x}, {after['found']:#x})")
    for vcpu, key in enumerate(("rounds", "second")):
        if after[key] <= before[key]:
            found.append(f"vCPU {vcpu} has stopped after {after[key]} rounds")
    return found


def summary(report):
    """A line for the screen."""
    return (f"{report['mode']}: {report['tables']} tables, {report['asked']} answers of {report['xen']} and its "
            f"predecessors, {report['interrupted']} operations left undone, "
            f"{report['dropped']} tables half done at a jump, {report['rounds']} rounds")
