# SPDX-License-Identifier: GPL-2.0-only
"""What the reports of the guests' meters (guest/meter.c) say."""

import json

from .errors import StepFailed

CLOCK_LIMIT_NS = 10_000


def parse(text):
    """The report in the output of guest-meter."""
    for line in reversed(text.splitlines()):
        if line.startswith("{"):
            try:
                return json.loads(line)
            except ValueError:
                break
    raise StepFailed(f"the meter's answer is not a report: {text.strip()[:200]!r}")


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
    for key, text in (("ticks", "the 100 Hz tick"), ("iterations", "the spinning thread"),
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


def rate(vcpu, report, start, end):
    """(iterations per second, smallest window, number of windows) in the windows that lie
    wholly between two TSC values."""
    size = report["window_ticks"]
    first = vcpu["windows_first"]
    inside = [n for i, n in enumerate(vcpu["windows"])
              if (first + i) * size >= start and (first + i + 1) * size <= end]
    if not inside:
        return None
    return sum(inside) / len(inside) * report["tsc_hz"] / size, min(inside), len(inside)


def progress(before, after, start, end):
    """Speed between two TSC values over the speed before, and the empty windows.

    before: a report from before start, whose windows give the speed before.
    Returns (ratio over all vCPUs, number of windows without progress, windows seen).
    """
    now = old = 0.0
    empty = windows = 0
    for vcpu_before, vcpu_after in zip(before["vcpus"], after["vcpus"]):
        reference = rate(vcpu_before, before, before["since"], before["tsc"])
        held = rate(vcpu_after, after, start, end)
        if not reference or not held:
            raise StepFailed("too short for a window of 500 ms: nothing to compare")
        old += reference[0]
        now += held[0]
        windows += held[2]
        empty += held[1] == 0
    return now / old, empty, windows
