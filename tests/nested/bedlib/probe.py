# SPDX-License-Identifier: GPL-2.0-only
"""What the reports of the guests' probes (guest/probe) say."""

import dataclasses
import json

from .errors import StepFailed

CLOCK_LIMIT_NS = 10_000


def parse(text):
    """The report in the output of guest-probe or guest-regs."""
    for line in reversed(text.splitlines()):
        if line.startswith("{"):
            try:
                return json.loads(line)
            except ValueError:
                break
    raise StepFailed(f"this is not a report: {text.strip()[:200]!r}")


def faults(before, after):
    """What went wrong in the guest between two reports, as a list of sentences."""
    found = []
    if before["boot_id"] != after["boot_id"]:
        return ["it booted anew"]
    if after["out_of_turn"] != before["out_of_turn"]:
        found.append(f"{after['out_of_turn'] - before['out_of_turn']} IPI tokens out of turn")
    if len(after["vcpus"]) > 1 and after["laps"] <= before["laps"]:
        found.append("the IPI token has stopped")
    if after.get("service_failed", 0) != before.get("service_failed", 0):
        found.append("xenstore refused a read")
    for old, new in zip(before["vcpus"], after["vcpus"]):
        found += [f"vCPU {new['vcpu']}: {text}" for text in vcpu_faults(old, new)]
    return found


def vcpu_faults(old, new):
    """The same for one vCPU."""
    for key, text in (("memory_errors", "words of memory wrong"), ("ticks_lost", "ticks lost"),
                      ("ticks_doubled", "ticks doubled"),
                      ("clock_backwards", "steps back of the clock"),
                      ("tsc_backwards", "steps back of the TSC")):
        if new[key] != old[key]:
            bad = f" (first: address, value, expected {new['memory_bad']})" \
                if key == "memory_errors" and "memory_bad" in new else ""
            yield f"{new[key] - old[key]} {text}{bad}"
    for key, text in (("ticks", "the tick"), ("iterations", "the spinning thread"),
                      ("memory_pieces", "the memory test"), ("clock_checks", "the clock check")):
        if new[key] <= old[key]:
            yield f"{text} has stopped"
    for key, text in (("monotonic_worst_ns", "monotonic clock"), ("wall_worst_ns", "wall clock")):
        if new[key] > CLOCK_LIMIT_NS:
            yield f"{text} off the TSC by {new[key] / 1000:.1f} us between two samples"


def ms(report, ticks):
    """Ticks of the guest's TSC as milliseconds."""
    return ticks * 1000 / report["tsc_hz"]


def largest_gap_ms(report):
    """The largest gap of any vCPU since the last reset."""
    return max((ms(report, end - start) for v in report["vcpus"] for start, end in v["gaps"]),
               default=0.0)


def events_lost(before, after):
    """Timer expirations lost or doubled, and IPI tokens that came out of turn."""
    return after["out_of_turn"] - before["out_of_turn"] + sum(
        new[key] - old[key] for old, new in zip(before["vcpus"], after["vcpus"])
        for key in ("ticks_lost", "ticks_doubled"))


def checksum_ok(before, after):
    """Whether the changing memory was right all the way, and the test did go on."""
    return all(new["memory_errors"] == 0 and new["memory_pieces"] > old["memory_pieces"]
               for old, new in zip(before["vcpus"], after["vcpus"]))


def service_worst(report):
    """(start, end) in TSC of the longest wait for xenstore, or None."""
    return report.get("service_worst")


WINDOW_MS = 20  # WINDOW_MS of guest/probe/probe.h
STILL_MS = 500  # without a single iteration: no progress


def speed_before(report):
    """Iterations per second of every vCPU from the reset to the report."""
    return [v["iterations_since"] * report["tsc_hz"] / (report["tsc"] - report["since"])
            for v in report["vcpus"]]


def window_span(report, start, end):
    """(first, count) of the windows that touch the time between two TSC values."""
    first = start // report["window_ticks"]
    return first, end // report["window_ticks"] - first + 1


def windows_between(vcpu, report, start, end):
    """The counts of the windows that lie wholly between two TSC values."""
    size = report["window_ticks"]
    first = vcpu["windows_first"]
    if first * size > start:
        raise StepFailed("the time in question was so long ago that the probe has forgotten it")
    return [count for i, count in enumerate(vcpu["windows"])
            if (first + i) * size >= start and (first + i + 1) * size <= end]


def longest_still_ms(counts, report):
    """The longest run of windows without an iteration."""
    longest = run = 0
    for count in counts:
        run = 0 if count else run + 1
        longest = max(longest, run)
    return ms(report, longest * report["window_ticks"])


@dataclasses.dataclass(frozen=True)
class Progress:
    """What a vCPU did between two TSC values, beside the time before: iterations per second, the
    longest time without one and the time that was looked at in ms, and the ticks that its own work
    took."""
    before: float
    now: float
    still_ms: float
    seen_ms: float
    own_ticks: int


def progress(before, after, start, end):
    """[Progress] of a guest's vCPUs. before: a report on the time before, since a reset."""
    found = []
    for speed, vcpu in zip(speed_before(before), after["vcpus"]):
        counts = windows_between(vcpu, after, start, end)
        if not counts:
            raise StepFailed("too short for the probe's windows: nothing to compare")
        seen = ms(after, len(counts) * after["window_ticks"])
        found.append(Progress(speed, sum(counts) * 1000 / seen, longest_still_ms(counts, after), seen,
                              sum(counts) * vcpu["iteration_ticks"]))
    return found


def share(of_vcpus):
    """The speed of a guest's vCPUs together, of what it was before."""
    return sum(p.now for p in of_vcpus) / sum(p.before for p in of_vcpus)
