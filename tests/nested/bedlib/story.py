# SPDX-License-Identifier: GPL-2.0-only
"""A run as people want to see it (`make demo`): what happens, as it happens, and at the end what it
comes to."""

import time

from progress import Line, span, tail

from . import steps
from .qemu import BUILD, TOP
from .shown import Shown

# What is said of a step while it goes on, and when it is done. {all}: its words, joined. A check is
# said when it is done only.
GOES_ON = {
    "boot": "Xen A and its dom0 boot",
    "start": "Linux boots in {all}",
    "stop": "{all} shuts down",
    "baseline": "the guests run, and nothing else happens",
    "update": "the update goes on",
}
DONE = {
    "boot": "Xen A and its dom0 have booted",
    "start": "Linux has booted in {all}; a probe there counts what the guest does",
    "stop": "{all} has shut down",
    "baseline": "baseline: how fast the guests are while nothing happens",
    "update": "updated",
    "check xen": "Xen {all} runs",
    "check same": "dom0's processes and all domains are the same as before",
    "check watch": "a watch in xenstore that was set before fires",
    "check guests": "in the guests no timer tick is lost or doubled, memory is right, no clock stepped",
    "check progress": "every vCPU of the guests went on while no Xen ran",
    "check console": "the console of {all} answers",
    "check free-memory": "no memory is lost",
}
SILENT = ("dom0", "report")  # what they find is in the log, and at the end
LEGEND = """enter, leave: how long a vCPU stood still on its way into the shim, and out of it; turns of other
CPUs that came between are in it (make check measures it without: build/costs/table.txt)
ran meanwhile: instructions that the guest executed itself while no Xen ran
(*) one host core emulates all CPUs in turn: no figures of Interrex, nor of hardware"""


def heading(host):
    """Of all that follows."""
    guests = ", ".join(f"{guest.name} ({guest.vcpus} vCPU{'s' * (guest.vcpus > 1)}, {guest.memory} MiB)"
                       for guest in host.guests.values())
    return (f"An emulated machine: {host.cpus} CPUs, {host.memory} MiB, "
            f"a {'PV' if host.dom0 == 'pv' else 'PVH'} dom0; guests {guests}.\n"
            "Times are its own: one instruction counts as one nanosecond.")


class Story(Shown):
    """On a terminal it says at any time what goes on."""

    def __init__(self):
        self._line = None  # while a step is under way
        self._begin = time.monotonic()
        self._words = ()
        self._where = ""
        self._good = True
        self._summary = None
        self._wanted_ms = 0  # for which the update waited because it was told to

    def scenario(self, host, where):
        self._where = where
        print(f"\n{heading(host)}\n", flush=True)

    def begins(self, name, words=()):
        super().begins(name, words)
        self._words = list(words)
        if self._words[:1] == ["update"]:
            given = steps.split(self._words)[1]
            self._wanted_ms = int(given.get("boot_delay_ms", 0))
            print("\nThe update:", flush=True)
        self._line = Line(self._said(GOES_ON, name))
        self._line.__enter__()  # pylint: disable=unnecessary-dunder-call

    def ended(self, good, took):
        self._line.__exit__()
        self._good &= good
        name = steps.name_of(self._words) if self._words else "boot"
        if good and name not in SILENT:
            how = "ok" if name.startswith("check ") else took_short(took)
            print(f"{how:>8}  {self._said(DONE, self.name)}", flush=True)
        if good and name == "update":
            print("\nAfterwards:", flush=True)

    def _said(self, texts, otherwise):
        """Of the step that is under way."""
        if not self._words:
            return texts["boot"]
        name, plain, _ = steps.taken(self._words)
        return texts.get(name, otherwise).format(all=" and ".join(plain) or "each guest")

    def progress(self, line):
        self._line.say(line.rstrip())

    def report(self, report, progress):
        self._summary = summary(report, progress, self._wanted_ms)

    def failed(self, text):
        print(f"FAILED: {text}\nThe end of the log:")
        for line in tail(TOP / self._where / "steps.log"):
            print(f"    | {line}")

    def end(self):
        took = span(time.monotonic() - self._begin)
        if not self._good or not self._summary:
            print(f"\nThe demo failed after {took}; logs in {self._where}", flush=True)
            return
        print("\n" + "\n".join(self._summary))
        print(f"\nIt took {took} of this machine's time. Report: {BUILD.name}/demo/report.json; logs: {self._where}",
              flush=True)


def took_short(took):
    """A time as it is in results (12.345678901 s), for people."""
    return f"{float(took.removesuffix(' s')):.1f} s"


# ---- what it comes to ----


def ms(us):
    """Microseconds as milliseconds, in words; "-" where nobody measured."""
    return "-" if us is None else f"{us / 1000:.2f}"


COLUMNS = ("guest", "enter ms", "leave ms", "ran meanwhile", "events lost", "memory", "largest gap ms", "speed kept")
COUNTED = 6  # of these are before those that the emulator makes


def row(guest, progress):
    """A guest's line of the table. progress: of its vCPUs, while no Xen ran ([probe.Progress]), or
    empty."""
    own = sum(p.own_ticks for p in progress)
    kept = guest["held_progress"]
    return (guest["name"], ms(guest["blackout_enter_us"]), ms(guest["blackout_leave_us"]),
            f"{own / 1e6:.0f} million" if own else "-", str(guest["events_lost"]),
            "right" if guest["checksum_ok"] else "WRONG", f"{guest['largest_gap_us'] / 1000:.0f}",
            "-" if kept is None else f"{kept:.0%}")


def table(report, progress):
    """The guests' figures: those that are counted in instructions, and beside them those that the
    emulator makes."""
    rows = [COLUMNS, *(row(guest, progress.get(guest["name"], [])) for guest in report["guests"])]
    widths = [max(len(line[i]) for line in rows) for i in range(len(COLUMNS))]
    counted = sum(widths[:COUNTED]) + 2 * (COUNTED - 1)
    yield f"{'counted in instructions':{counted}}  | of the emulator (*)"
    for line in rows:
        cells = [cell.rjust(width) if i else cell.ljust(width) for i, (cell, width) in enumerate(zip(line, widths))]
        yield "  ".join(cells[:COUNTED]) + "  | " + "  ".join(cells[COUNTED:])
    yield from LEGEND.splitlines()


def in_three_lines(report, wanted_ms):
    """What a person wants to know. wanted_ms: of the stall, what the update was told to wait."""
    guests = report["guests"]
    lost = sum(guest["events_lost"] for guest in guests)
    right = all(guest["checksum_ok"] for guest in guests)
    stood = max(guest[f"blackout_{way}_us"] or 0 for guest in guests for way in ("enter", "leave"))
    stall = report["service_stall_ms"]
    yield (f"Xen A was replaced by Xen B under {len(guests)} running Linux guests: no reboot, "
           f"{lost or 'no'} event lost, memory {'right' if right else 'WRONG'}.")
    yield (f"The guests stood still twice, for {ms(stood)} ms at most, and ran on in the "
           f"{stall / 1000:.1f} s in which no Xen did.")
    yield (f"dom0 and its I/O stood still for {stall - wanted_ms:.0f} ms"
           + (f"; {wanted_ms / 1000:.1f} s more, because Xen B was told to wait so long." if wanted_ms else "."))


def summary(report, progress, wanted_ms):
    """Lines: the table, and what it comes to."""
    return [*table(report, progress), "", *in_three_lines(report, wanted_ms)]
