# SPDX-License-Identifier: GPL-2.0-only
"""What the reports of the guests' program io (io/io.c) and of its other end in dom0 (io/peer.c)
say."""

DISK_FAULTS = (("io_errors", "I/O errors"), ("corrupt", "blocks corrupt"),
               ("stale", "blocks with an earlier content"))
PING_FAULTS = (("lost", "pings lost"), ("doubled", "pings doubled"),
               ("out_of_order", "pings out of order"), ("strange", "answers to no ping"),
               ("send_errors", "pings refused by the network"))
STREAM_FAULTS = (("wrong", "wrong messages"), ("connections", "new connections"))


def _grown(old, new, faults):
    """Counters that are to stay as they are."""
    for key, text in faults:
        if new[key] != old[key]:
            bad = f" (first: {new['bad']})" if new.get("bad") else ""
            yield f"{new[key] - old[key]} {text}{bad}"


def _stopped(old, new, keys, text):
    """Counters that are to go on."""
    for key in keys:
        if new[key] <= old[key]:
            yield f"{text}: {key} has stopped at {new[key]}"


def stream_faults(old, new):
    """What went wrong with one end of a stream between two reports."""
    return [f"stream: {text}" for text in _grown(old, new, STREAM_FAULTS)] \
        + list(_stopped(old, new, ("sent", "received"), "stream"))


def faults(before, after):
    """What went wrong in a guest between two reports, as a list of sentences."""
    if before["boot_id"] != after["boot_id"]:
        return ["it booted anew"]
    found = []
    for i, (old, new) in enumerate(zip(before.get("disk", []), after.get("disk", []))):
        found += [f"disk, thread {i}: {text}" for text in _grown(old, new, DISK_FAULTS)]
        found += _stopped(old, new, ("written", "verified", "flushes"), f"disk, thread {i}")
    if "ping" in after:
        if after["carrier_changes"] != before["carrier_changes"]:
            found.append("its network interface was down")
        found += _grown(before["ping"], after["ping"], PING_FAULTS)
        found += _stopped(before["ping"], after["ping"], ("sent", "answered"), "ping")
        found += stream_faults(before["stream"], after["stream"])
    return found


def is_lost_ping(fault):
    """Of a sentence of faults()."""
    return fault.endswith(PING_FAULTS[0][1])


def not_begun(report):
    """Kinds of traffic of a guest that have not moved anything yet."""
    counts = {f"disk, thread {i}": w["flushes"] for i, w in enumerate(report.get("disk", []))}
    if "ping" in report:
        counts.update({"ping": report["ping"]["answered"], "stream": report["stream"]["received"]})
    return [name for name, count in counts.items() if not count]


def peer_faults(before, after, address):
    """The same for what dom0's end of the guest with this address saw."""
    old, new = (next((g for g in report["guests"] if g["address"] == address), None)
                for report in (before, after))
    if not old or not new:
        return [f"dom0 knows nothing of {address}"]
    return [f"dom0's end: {text}" for text in
            [*_grown(old, new, STREAM_FAULTS),
             *_stopped(old, new, ("sent", "received"), "stream"),
             *_grown(before, after, [("ping_errors", "pings not answered")])]]


def worst_ms(report):
    """{what: longest wait in ms since the reset}"""
    found = {}
    if "disk" in report:
        found["disk"] = max(w["worst"][1] - w["worst"][0] for w in report["disk"]) / 1e6
    if "ping" in report:
        for name, (start, end) in (("ping", report["ping"]["worst"]),
                                   ("stream", report["stream"]["receive_worst"])):
            found[name] = (end - start) / 1e6
    return found


def rates(before, after):
    """{what: how many a second} between two reports."""
    seconds = (after["now_ns"] - before["now_ns"]) / 1e9
    found = {}
    if "disk" in after:
        found["disk"] = sum(new["verified"] - old["verified"]
                            for old, new in zip(before["disk"], after["disk"])) / seconds
    if "ping" in after:
        found["ping"] = (after["ping"]["answered"] - before["ping"]["answered"]) / seconds
        found["stream"] = sum(after["stream"][key] - before["stream"][key]
                              for key in ("sent", "received")) / seconds
    return found
