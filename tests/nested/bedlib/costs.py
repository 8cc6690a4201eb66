# SPDX-License-Identifier: GPL-2.0-only
"""What an update costs, beside what the same way costs with Debian's own Xen.

All is counted in instructions (icount), on equal machines in one run. The hosts
are described in scenarios/costs-*.scn; each leaves its figures in build/costs,
and the table of all of them is written there as table.txt and table.json.

Service stall: from dom0's end in one Xen to its start in the next. Of stock
Xen's, "kexec" is what `kexec -e` does before Xen stops dom0. The blackout of a
vCPU is the time in which it could not run: see xen-integration/dom0/measure.h.
"""

import json
import re
import statistics

from .errors import BedError, StepFailed
from .qemu import BUILD

OUT = BUILD / "costs"
SCENARIOS = ("costs-stock", "costs-256", "costs-1024", "costs-pv", "costs-large")
PHASES = ("kexec", "jump", "boot", "rebuild", "resume", "wake")
STALL_PHASES = ("jump", "boot", "rebuild", "resume")

# The parts of Interrex's stall, and what is done to keep each of them short.
DONE = {
    "jump": "the target was placed and verified before dom0 stopped; it starts where it lies",
    "boot": "memory from the handoff, clocks go on: no calibration, no wait for the CMOS clock's "
            "edge; the other CPUs come after dom0 runs, and so do most of the heap and the tables of free memory",
    "rebuild": "domains are made around memory that stays in place; no page is copied",
    "resume": "dom0 goes on where it stood, before any guest is claimed",
}

# What was reached, and a little more: a ratchet.
STALL_LIMIT_MS = 45
STALL_PV_LIMIT_MS = 50  # with a PV dom0 of 704 MiB, which has its page tables counted
STALL_PER_GIB_LIMIT_MS = 2  # for each GiB that the host has more
BLACKOUT_LIMIT_US = 200
SAME_WITHIN = 0.05 # blackouts of a small and of a large guest,
SAME_US = 10       # or so much: a look at the mailbox more or less, by the phase of its turns

# ---- stock Xen ----

XEN_LINE = re.compile(r"\(XEN\) \[([0-9a-f]{16})\] (.*)")
MHZ = re.compile(r"Detected ([0-9.]+) MHz processor")
# What ends each phase, in this order, in the console's lines after `kexec -e`.
STOCK_PHASES = (("kexec", r"Executing kexec image"), ("jump", r"Xen version "),
                ("boot", r"\*\*\* Serial input to DOM0"))


def stock_figures(console, begin):
    """The figures of a kexec in the console's text; None while it is not over.

    begin: TSC at `kexec -e`. StepFailed: the stamps cannot be those of one clock.
    """
    lines = [(int(m.group(1), 16), m.group(2)) for m in XEN_LINE.finditer(console)]
    mhz = [float(m.group(1)) for _, text in lines for m in [MHZ.search(text)] if m]
    stamps, rest = [begin], iter([line for line in lines if line[0] > begin])
    for _, pattern in STOCK_PHASES:
        stamp = next((tsc for tsc, text in rest if re.search(pattern, text)), None)
        if stamp is None:
            return None
        stamps.append(stamp)
    if stamps != sorted(stamps) or len(mhz) < 2 or abs(mhz[0] / mhz[-1] - 1) > 0.001:
        raise StepFailed("the TSC did not run on across the kexec")
    lengths = {name: (end - start) / mhz[-1] / 1000
               for (name, _), start, end in zip(STOCK_PHASES, stamps, stamps[1:])}
    return {"service_stall_ms": sum(lengths.values()), "phases_ms": lengths}


# ---- ours ----


def interrex_figures(reports, host_mib, dom0="pvh"):
    """The figures of one guest in interrex's reports: of the update, and the blackouts of
    the drills before it as well. host_mib: the host's memory; dom0: pvh or pv."""
    updates = [r for r in reports if r["result"] == "updated"]
    if len(updates) != 1 or not all(len(r["guests"]) == 1 for r in reports):
        raise BedError("a costs scenario has one update and one guest")
    phases = {p["name"]: p["length"] for p in updates[0]["phases"]}
    blackouts = {key: [r["guests"][0][f"blackout_{key}_us"] for r in reports]
                 for key in ("enter", "leave")}
    return {"service_stall_ms": updates[0]["service_stall_ms"],
            "phases_ms": {name: phases[name] for name in PHASES if name in phases},
            "guest_mib": updates[0]["guests"][0]["memory_mib"], "host_mib": host_mib, "dom0": dom0,
            "blackouts_us": blackouts}


# ---- the table ----


def title(row):
    """How a row of ours is called."""
    pv = ", PV dom0" if row.get("dom0") == "pv" else ""
    return f"Interrex, {row['guest_mib']} MiB on {row['host_mib'] // 1024} GiB{pv}"


def _blackout(row, key):
    """Median and worst of a row's blackouts, in us."""
    values = row.get("blackouts_us", {}).get(key)
    return f"{statistics.median(values):g} ({max(values)})" if values else "-"


def table(stock, ours):
    """The table as text."""
    head = ["", "stall ms", "ratio", *PHASES, "enter us", "leave us"]
    rows = [head]
    for name, row in [("stock Xen", stock)] + [(title(r), r) for r in ours]:
        phases = [f"{row['phases_ms'][p]:.1f}" if p in row["phases_ms"] else "-" for p in PHASES]
        rows.append([name, f"{row['service_stall_ms']:.1f}",
                     f"{row['service_stall_ms'] / stock['service_stall_ms']:.3f}", *phases,
                     _blackout(row, "enter"), _blackout(row, "leave")])
    widths = [max(len(row[i]) for row in rows) for i in range(len(head))]
    return "\n".join("  ".join(cell.ljust(w) if i == 0 else cell.rjust(w)
                               for i, (cell, w) in enumerate(zip(row, widths))).rstrip()
                     for row in rows)


NOTES = """
Instruction counting: 1 instruction = 1 ns; ms and us of that clock. Service stall: no dom0.
Blackouts: median (worst) of all enters and leaves; stock Xen's guest was paused and is lost."""


def stall_parts(row):
    """The parts of a row's stall, the longest first, and what was done about each."""
    parts = sorted(STALL_PHASES, key=lambda name: -row["phases_ms"][name])
    return "\n".join(f"{name:>8} {row['phases_ms'][name]:6.1f} ms  {DONE[name]}" for name in parts)


def stall_per_gib(ours):
    """ms of stall for each GiB that the largest host has more than the smallest."""
    small, large = (pick(ours, key=lambda row: row["host_mib"]) for pick in (min, max))
    return (large["service_stall_ms"] - small["service_stall_ms"]) * 1024 / (
        large["host_mib"] - small["host_mib"])


def apart(ours, key):
    """How far the sizes' median blackouts are apart, in us and over the smaller one; under equal dom0s."""
    medians = [statistics.median(row["blackouts_us"][key]) for row in ours
               if row.get("dom0") != "pv"]
    return max(medians) - min(medians), max(medians) / min(medians) - 1


def checks(stock, ours):
    """[(good, what was checked, with the figures)]"""
    found = [(stock["service_stall_ms"] > max(r["service_stall_ms"] for r in ours),
              f"stock Xen, measured in this run, stalls longer: {stock['service_stall_ms']:.0f} ms")]
    for row in ours:
        name, stall = title(row), row["service_stall_ms"]
        limit = STALL_PV_LIMIT_MS if row.get("dom0") == "pv" else STALL_LIMIT_MS
        split = sum(row["phases_ms"].get(p, 0) for p in STALL_PHASES)
        found.append((stall <= limit,
                      f"{name}: service stall {stall:.1f} ms, limit {limit} ms"))
        found.append((abs(split - stall) < 1, f"{name}: the phases are the stall: {split:.1f} ms"))
        for key, values in row["blackouts_us"].items():
            found.append((max(values) <= BLACKOUT_LIMIT_US,
                          f"{name}: blackout on {key} {max(values)} us at most, "
                          f"limit {BLACKOUT_LIMIT_US} us"))
    found.append((stall_per_gib(ours) <= STALL_PER_GIB_LIMIT_MS,
                  f"service stall grows by {stall_per_gib(ours):.1f} ms for each GiB of the host, "
                  f"limit {STALL_PER_GIB_LIMIT_MS} ms"))
    for key in ("enter", "leave"):
        by_us, by = apart(ours, key)
        found.append((by <= SAME_WITHIN or by_us <= SAME_US,
                      f"blackouts on {key} differ by {by:.1%}, {by_us:g} us, between the sizes, "
                      f"limit {SAME_WITHIN:.0%} or {SAME_US} us"))
    return found


def conclude(stock, ours):
    """Writes and prints the table, checks the limits; returns the exit status."""
    parts = "".join(f"\n\nService stall of {title(row)}, by part:\n{stall_parts(row)}" for row in ours)
    text = table(stock, ours) + "\n" + NOTES + parts
    (OUT / "table.txt").write_text(text + "\n", encoding="utf-8")
    found = checks(stock, ours)
    figures = {"stock": stock, "interrex": ours,
               "limits": {"stall_ms": STALL_LIMIT_MS, "stall_ms_per_gib": STALL_PER_GIB_LIMIT_MS,
                          "blackout_us": BLACKOUT_LIMIT_US,
                          "sizes_apart": SAME_WITHIN},
               "checks": [{"good": good, "what": what} for good, what in found]}
    (OUT / "table.json").write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    for line in text.splitlines():
        print(f"# {line}")
    for number, (good, what) in enumerate(found, 1):
        print(f"{'ok' if good else 'not ok'} {number} - {what}")
    print(f"1..{len(found)}", flush=True)
    return 0 if all(good for good, _ in found) else 1


def run(scenario):
    """Runs the hosts, one after the other; scenario(name) runs one and returns its exit status."""
    OUT.mkdir(parents=True, exist_ok=True)
    for name in SCENARIOS:
        (OUT / f"{name}.json").unlink(missing_ok=True)
    if any([scenario(name) for name in SCENARIOS]):
        return 1
    stock, *ours = [json.loads((OUT / f"{name}.json").read_text(encoding="utf-8"))
                    for name in SCENARIOS]
    return conclude(stock, ours)
