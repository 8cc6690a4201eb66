# SPDX-License-Identifier: GPL-2.0-only
"""`make bench`: what an update costs as a function of one size after the other, and what a user would do without it,
all counted in instructions. Each host leaves its figures (the steps `bench`, `save-restore`, `migrate` and `kexec`);
they are gathered here as JSON, as tables and, by plots.py, as pictures."""

import dataclasses
import json
import math
import re
import shutil
import statistics

from . import plots
from .errors import BedError
from .qemu import BUILD, TOP

OUT = BUILD / "bench"
SCENARIOS, ROWS = OUT / "scenarios", OUT / "rows"
DOCUMENT, PICTURES = TOP / "docs/benchmarks.md", TOP / "docs/benchmarks"
LIMIT = 3600  # seconds, of one host
DRILLS = 3
STARTED = 8  # guests at once
# Idle, and without keeping the turn: scenarios/costs-256.scn says why.
IDLE = "probe=mib=1,pause=1,sleep_us=100000"
IDLE_MANY = "probe=mib=1,pause=1,sleep_us=1000000,tick_ms=1000,lap_ms=1000"
STALL = ("jump", "boot", "rebuild", "resume")
FLAT = 0.2  # what is to be flat may be apart by so much of the smallest,
FLAT_US = 10  # or so much: a look at the mailbox more or less


@dataclasses.dataclass(frozen=True)
class Axis:
    """A size, its values, and the host that has it. flat: blackouts that do not grow with it: what was reached."""
    name: str
    title: str
    values: tuple
    flat: tuple = ()
    long: tuple = ()  # values of `--long` only


AXES = (
    Axis("host", "memory of the host, GiB", (2, 8, 64, 256), ("enter", "leave"), (1024,)),
    Axis("guest", "memory of the guest, MiB, on a host of 8 GiB", (256, 1024, 4096), ("enter", "leave")),
    Axis("dom0", "memory of a PV dom0, MiB, on a host of 4 GiB", (704, 1024, 2048), ("enter", "leave")),
    Axis("extents", "pieces that the memory of a guest of 512 MiB is in", (0, 1000, 20000), ("enter", "leave")),
    Axis("vcpus", "number of vCPUs of a guest of 512 MiB", (1, 8, 32), (), (64,)),
    Axis("domains", "guests of 128 MiB, with 160 MiB more of the host for each", (1, 8, 32), ("enter", "leave"), (64,)),
    Axis("ports", "event channels of the guest, beside its own", (0, 1000, 4000)),
)
REGIONS = {2: "64M", 8: "128M", 64: "256M", 256: "512M", 1024: "1024M"}  # of hosts, by their GiB
TODAY = {  # without Interrex, on Debian's Xen
    "kexec": ("a guest of 256 MiB is paused, and lost, in a kexec", "dom0 'xl pause g1'\nkexec\n"),
    "save": ("xl save and restore of a guest of 256 MiB", "save-restore g1\n"),
    "migrate": ("xl migrate of a guest of 256 MiB to the same host", "migrate g1\n"),
}


# ---- the hosts ----


def _host(axis, value):
    """(the rest of the line `host`, [lines `guest`], [steps behind `start`])"""
    guest = f"guest g1 vcpus=1 memory=256 cpus=1 {IDLE}"
    if axis == "host":
        more = ",phys-bits=42" if value > 512 else ""
        return f"memory={value * 1024} region={REGIONS[value]} cpu=+pdpe1gb{more}", [guest], []
    if axis == "guest":
        return "memory=8192 region=128M", [guest.replace("memory=256", f"memory={value}")], []
    if axis == "dom0":
        return f"memory=4096 region=96M dom0_memory={value}", [guest], []
    if axis == "extents":
        torn = [f"dom0 'fragment $(xl domid g1) 81920 {value}' expect=^{value}"] * bool(value)
        return "memory=2048", [guest.replace("memory=256", "memory=512") + " linux=mem=320M"], torn
    if axis == "vcpus":
        return "memory=2048", [f"guest g1 vcpus={value} memory=512 cpus=1-2 {IDLE_MANY}"], []
    if axis == "domains":
        guests = [f"guest g{i} vcpus=1 memory=128 cpus=1-2 {IDLE_MANY}" for i in range(1, value + 1)]
        return f"memory={2048 + 160 * value} region={'256M' if value > 8 else '96M'}", guests, []
    if axis == "ports":
        return "memory=2048", [f"{guest} xl='max_event_channels=5000'"], [f"ports g1 {value}"] * bool(value)
    raise ValueError(axis)


def _scenario(axis, value):
    rest, guests, steps = _host(axis.name, value)
    names = [guest.split()[1] for guest in guests]
    starts = [f"start {' '.join(names[i:i + STARTED])} timeout=600" for i in range(0, len(names), STARTED)]
    return "\n".join([f"# {axis.title}: {value}", f"host cpus=3 {rest}", *guests, "", *starts, *steps,
                      f"repeat {DRILLS}", "drill seconds=1 timeout=600", "end", "update B timeout=600", "check xen B",
                      f"bench {axis.name} {value}", ""])


def _today(what):
    about, steps = TODAY[what]
    return f"# {about}\nhost system=stock cpus=3 memory=4096 dom0_memory=2048\n" \
           f"guest g1 vcpus=1 memory=256 cpus=1 probe=mib=1,sleep_us=100000\n\nstart g1\n{steps}"


def scenarios(long=False):
    """{name: text}, those with most guests first: they take longest."""
    made = {f"bench-{axis.name}-{value}": _scenario(axis, value)
            for axis in AXES for value in axis.values + (axis.long if long else ())}
    made |= {f"bench-today-{what}": _today(what) for what in TODAY}
    return dict(sorted(made.items(), key=lambda item: -item[1].count("\nguest ")))


def write(long=False, only=None):
    """Writes the scenarios, and forgets the figures of those; lines for tests/run."""
    for folder in (SCENARIOS, ROWS):
        folder.mkdir(parents=True, exist_ok=True)
    for old in () if only else ROWS.glob("*.json"):
        old.unlink()
    yield "bed-build 5400 tests/nested/bed build --all"
    for name, text in scenarios(long).items():
        if only and not re.search(only, name):
            continue
        (ROWS / f"{name}.json").unlink(missing_ok=True)
        path = SCENARIOS / f"{name}.scn"
        path.write_text(text, encoding="utf-8")
        yield f"&{name} {LIMIT} tests/nested/bed run --no-build {path.relative_to(TOP)}"


# ---- what a host leaves ----


def leave(name, figures):
    """Keeps the figures of this host."""
    ROWS.mkdir(parents=True, exist_ok=True)
    (ROWS / f"{name}.json").write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")


def figures_of(axis, value, reports, status):
    """Of interrex's reports of the drills and the one update, and its status when the heap was full."""
    update, = [report for report in reports if report["result"] == "updated"]
    blackouts = {way: [us for report in reports for guest in report["guests"]
                       if (us := guest[f"blackout_{way}_us"]) is not None] for way in ("enter", "leave")}
    return {"axis": axis, "value": value, "stall_ms": update["service_stall_ms"],
            "phases_ms": {phase["name"]: phase["length"] for phase in update["phases"]},
            "claimed_ms": update["host"].get("guests_claimed_ms"), "cpus_back_ms": update["host"].get("cpus_back_ms"),
            "brownout_ms": update["brownout_ms"], "heap_full_ms": status["host"].get("heap_full_ms"),
            "guests": len(update["guests"]), "blackouts_us": blackouts}


# ---- all of them ----


def gathered():
    """{"axes": {axis: [row]}, "today": {what: figures}}; BedError: there is nothing."""
    rows = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(ROWS.glob("bench-*.json"))]
    axes = {axis.name: sorted((row for row in rows if row.get("axis") == axis.name), key=lambda row: row["value"])
            for axis in AXES}
    found = {"axes": {name: of for name, of in axes.items() if of},
             "today": {what: json.loads((ROWS / f"bench-today-{what}.json").read_text(encoding="utf-8"))
                       for what in TODAY if (ROWS / f"bench-today-{what}.json").exists()}}
    if not found["axes"] and not found["today"]:
        raise BedError("nothing has been measured: see `make bench`")
    return found


def _ms(value):
    return "-" if value is None else f"{value:.1f}"


def _us(values):
    return f"{statistics.median(values):g} ({max(values)})" if values else "-"


HEAD = ("stall", *STALL, "claimed", "CPUs back", "heap full", "enter us", "leave us")


def cells(row):
    """Of a line of a table, in the order of HEAD; ms where nothing is said."""
    phases = row["phases_ms"]
    return [_ms(row["stall_ms"]), *(_ms(phases.get(name)) for name in STALL),
            *(_ms(row.get(name)) for name in ("claimed_ms", "cpus_back_ms", "heap_full_ms")),
            *(_us(row["blackouts_us"][way]) for way in ("enter", "leave"))]


def spread(rows, way):
    """How far a blackout's medians are apart: (us, of the smallest); without bounds where one has none."""
    medians = [statistics.median(row["blackouts_us"][way] or [0]) for row in rows]
    return (max(medians) - min(medians), max(medians) / min(medians) - 1) if min(medians) else (math.inf, math.inf)


def checks(found):
    """[(good, what was checked)]"""
    for axis in AXES:
        rows = found["axes"].get(axis.name, [])
        for way in axis.flat if len(rows) > 1 else ():
            us, part = spread(rows, way)
            yield (part <= FLAT or us <= FLAT_US,
                   f"{axis.title}: blackouts on {way} differ by {part:.0%}, {us:g} us; limit {FLAT:.0%} or {FLAT_US} us")


def _table(head, rows):
    lines = [head, ["---:"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


TODAY_TEXT = {
    "kexec": lambda f: f"nobody runs for {f['service_stall_ms']:.0f} ms, until Xen begins dom0 anew; the guest is lost",
    "save": lambda f: f"{f['save_ms']:.0f} ms and {f['restore_ms']:.0f} ms, for nearly all of which the guest stands; and "
                      "for Xen's kexec and dom0's boot in between",
    "migrate": lambda f: f"it takes {f['takes_ms']:.0f} ms, and a second host, or as much memory once more",
}
ABOUT = """\
<!-- SPDX-License-Identifier: GPL-2.0-only -->
# What an update costs, and what it depends on

Made by `make bench` and `tests/nested/bed bench --document`, not by hand: one host of the bed a row, instructions counted
(one is one nanosecond; hardware will have other figures). PV dom0, 3 CPUs, a guest of 256 MiB
and a host of 2 GiB where nothing else is said. **stall**: dom0 and its I/O stand still; it is the sum of *jump*, *boot*,
*rebuild* and *resume*. Nobody waits for the rest, which is from dom0's first step in the new Xen on: **claimed**, until it has
every guest; **CPUs back**, until all are; **heap full**, until all free memory is listed. **enter**, **leave**: how long a
vCPU stands still on its way into the shim and out of it, median (worst) of all guests in three drills and the update.
Times in ms, blackouts in us.
"""


def _apart(axis, rows):
    """A sentence on the blackouts, and a picture, where there is something to compare."""
    if len(rows) < 2:
        return ""
    return "\nFrom the smallest to the largest median the blackouts differ by " + " and ".join(
        f"{spread(rows, way)[1]:.0%} on {way}" for way in ("enter", "leave")) \
        + f".\n\n![{axis.title}](benchmarks/{axis.name}.svg)\n"


def document(found):
    """docs/benchmarks.md"""
    parts = [ABOUT]
    if found["today"]:
        parts.append("## Without Interrex, on Debian's Xen\n\n" + "\n".join(
            f"- {TODAY[what][0]}: {TODAY_TEXT[what](figures)}." for what, figures in found["today"].items()) + "\n")
    for axis in AXES:
        rows = found["axes"].get(axis.name)
        if rows:
            head = [axis.title, *HEAD]
            parts.append(f"## {axis.title[0].upper()}{axis.title[1:]}\n\n"
                         + _table(head, [[str(row["value"]), *cells(row)] for row in rows])
                         + "\n" + _apart(axis, rows))
    return "\n".join(parts)


def _compared(row):
    """{what: ms} of a row; what is not there is as no other."""
    return {"stall": row["stall_ms"],
            **{way: statistics.median(row["blackouts_us"][way] or [math.nan]) / 1000 for way in ("enter", "leave")}}


def differences(old, new, limit):
    """Sentences: what is apart by more than a part of the earlier figure, and more than 10 us; and what only one has."""
    one, two = ({(name, row["value"]): row for name, rows in found["axes"].items() for row in rows} for found in (old, new))
    for name, value in sorted(one.keys() ^ two.keys()):
        yield f"{name} {value}: only {'then' if (name, value) in one else 'now'}"
    for name, value in sorted(one.keys() & two.keys()):
        was, row = _compared(one[name, value]), _compared(two[name, value])
        for what, ms in row.items():
            if not abs(ms - was[what]) <= max(limit * was[what], 0.01):
                yield f"{name} {value}: {what} {was[what]:g} ms then, {ms:g} ms now"


def summary(into_docs=False, against=None):
    """Writes build/bench/results.json, benchmarks.md and the pictures; returns whether all limits hold and, with
    against (an earlier results.json), whether the figures are those of then to 1 %."""
    found = gathered()
    text = document(found)
    (OUT / "results.json").write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    (OUT / "benchmarks.md").write_text(text, encoding="utf-8")
    pictures = [plots.draw(OUT / f"{axis.name}.svg", axis.title, found["axes"][axis.name], STALL)
                for axis in AXES if len(found["axes"].get(axis.name, [])) > 1]
    if into_docs:
        PICTURES.mkdir(exist_ok=True)
        DOCUMENT.write_text(text, encoding="utf-8")
        for picture in pictures:
            shutil.copy(picture, PICTURES / picture.name)
    results = list(checks(found))
    if against:
        apart = list(differences(json.loads(against.read_text(encoding="utf-8")), found, 0.01))
        results.append((not apart, f"the figures are those of {against}, to 1 %" + "".join(f"; {d}" for d in apart)))
    print(text)
    for number, (good, what) in enumerate(results, 1):
        print(f"{'ok' if good else 'not ok'} {number} - {what}")
    print(f"1..{len(results)}")
    return all(good for good, _ in results)
