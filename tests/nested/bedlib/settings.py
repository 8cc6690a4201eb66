# SPDX-License-Identifier: GPL-2.0-only
"""What the toolstack says of a host's domains, pools and schedulers, and how two such sayings
differ.

For each command there is a rule for what changes by itself (times, where a vCPU runs, the Xen's own
name). Everything else has to be equal, line by line.
"""

import dataclasses
import difflib
import re
from collections.abc import Callable


def _everything(lines):
    return list(lines)


def domains(lines):
    """xl list: Name ID Mem VCPUs State Time(s). Of the state only what is not scheduling: paused,
    shut down, crashed, dying."""
    kept = []
    for line in lines[1:]:
        name, domid, memory, vcpus, state, _time, *rest = line.split()
        kept.append(" ".join([name, domid, memory, vcpus, state[2:], *rest]))
    return kept


def vcpus(lines):
    """xl vcpu-list: Name ID VCPU CPU State Time(s) Affinity. Which CPU a vCPU is on, and whether it
    runs or is blocked, changes by itself; whether it is up, and its affinities, do not."""
    kept = []
    for line in lines[1:]:
        name, domid, vcpu, cpu, state, _time, *affinity = line.split()
        up = "down" if cpu == "-" else "paused" if state.endswith("p") else "up"
        kept.append(" ".join([name, domid, vcpu, up, *affinity]))
    return kept


# xl info: the Xen's own name, and what is free of memory (which `check free-memory` looks at).
OWN_NAME = ("xen_version", "xen_extra", "xen_changeset", "xen_compile_date", "build_id", "free_memory")


def host(lines):
    """xl info. On the command line, an update puts its own words in the place of the old ones."""
    return [re.sub(r" (liveupdate=\S+|no-real-mode)", "", line) for line in lines
            if line.partition(":")[0].strip() not in OWN_NAME]


def store(lines):
    """xenstore-ls, without what the bed's own programs in guests answered."""
    return [line for line in lines if not re.match(r"/local/domain/\d+/data/", line)]


# Xen's debug keys say what no command does: limits of memory, grants and maptrack, the handle.
LIMITS = re.compile(r"General information for domain \d+|\b(?:max_pages|handle|vm_assist)=\S+"
                    r"|grant-table for remote d\d+ \(v\d\)|(?<=frames )\(\d+ max\)"
                    r"|NODE affinity for domain \d+: \[.*?\]")


def limits(lines):
    """xl debug-keys q, g; xl dmesg"""
    return [" ".join(found) for line in lines if (found := LIMITS.findall(line))]


@dataclasses.dataclass(frozen=True)
class Output:
    """A command in dom0, and the rule that leaves of its lines what must not change."""
    name: str
    command: str
    rule: Callable = _everything


OUTPUTS = (
    Output("xl list", "xl list -n", domains),
    Output("xl list -l", "xl list -l"),
    Output("xl vcpu-list", "xl vcpu-list", vcpus),
    Output("xl cpupool-list", "xl cpupool-list"),
    Output("xl cpupool-list -c", "xl cpupool-list -c"),
    Output("xl sched-credit", "xl sched-credit"),
    Output("xl sched-credit2", "xl sched-credit2"),
    Output("xl info", "xl info", host),
    Output("Xen's limits", "xl dmesg -c >/dev/null; xl debug-keys q; xl debug-keys g; sleep 1; xl dmesg",
           limits),
    Output("xenstore-ls /libxl", "xenstore-ls -fp /libxl"),
    Output("xenstore-ls /vm", "xenstore-ls -fp /vm"),
    Output("xenstore-ls /local", "xenstore-ls -fp /local", store),
)


def differences(before, now):
    """[what differs], from {name: lines}: a line that is gone, that is new, or that was another."""
    found = []
    for name in [*before, *(n for n in now if n not in before)]:
        old, new = before.get(name, []), now.get(name, [])
        matcher = difflib.SequenceMatcher(None, old, new, autojunk=False)
        for tag, i1, i2, j1, j2 in matcher.get_opcodes():
            if tag == "equal":
                continue
            for n in range(max(i2 - i1, j2 - j1)):
                was = old[i1 + n] if i1 + n < i2 else None
                is_ = new[j1 + n] if j1 + n < j2 else None
                found.append(f"{name}: " + (f"'{is_}' is new" if was is None else
                                            f"'{was}' is gone" if is_ is None else
                                            f"'{was}' is now '{is_}'"))
    return found
