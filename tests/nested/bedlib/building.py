# SPDX-License-Identifier: GPL-2.0-only
"""Builds what a boot needs, in parts: one line a part, with how far it is; what it says goes to a
log.

Each part brings itself up to date: done once, it takes no time the next time. The scripts are in
tests/nested/build.
"""

import dataclasses
import re
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from progress import Line, read_log, span

from . import images
from .errors import BedError
from .qemu import BUILD, TOP

SCRIPTS = TOP / "tests/nested/build"
LOGS = BUILD / "nested/build"
SHOWN_S = 1  # a part that takes less has nothing to do, and no line
XEN_LINES = 700  # of the log of one Xen's build from nothing
XEN_SHARES = {"A": 0.75, "B": 0.25}  # of the time for both: the compiler's cache has most of B
MIB = 1 << 20


@dataclasses.dataclass(frozen=True)
class Part:
    """name: of its log. what: for people. do: called with the log, open for writing. usual_s: what
    it takes from nothing on the machine of reference. far: (how far it is in words, which share
    of it is done or None), called with the time at which it began. worth: a regular expression of what in its log is worth showing when it
    is done."""
    name: str
    what: str
    do: Callable
    usual_s: int
    far: Callable = lambda _since: ("", None)
    worth: str = r"(?!)"


def command(*words):
    """For Part.do: runs a program, whose exit status says whether it was good."""
    def do(log):
        run = subprocess.run(words, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, check=False)
        if run.returncode:
            raise BedError(f"{Path(words[0]).name} failed", Path(log.name))
    return do


def script(name, *arguments):
    """For Part.do: the same with a script of tests/nested/build."""
    return command(str(SCRIPTS / name), *arguments)


def python(*functions):
    """For Part.do: calls functions of ours, which raise BedError."""
    def do(_log):
        for function in functions:
            function()
    return do


def fetched(folder, mib):
    """For Part.far: how much of so many MiB is in a folder below build/."""
    def far(_since):
        there = sum(path.stat().st_size for path in (BUILD / folder).rglob("*.deb")) // MIB
        return (f"{there} of {max(there, mib)} MiB" if there else ""), None
    return far


def compiled(since):
    """For Part.far: how far the compilation of Xen is, by the newest log of the two."""
    logs = [path for path in (BUILD / "xen").glob("*/build.log") if path.stat().st_mtime >= since]
    if not logs:
        return "", None
    newest = max(logs, key=lambda path: path.stat().st_mtime)
    name, share = newest.parent.name, min(0.99, newest.read_bytes().count(b"\n") / XEN_LINES)
    before = sum(other for n, other in XEN_SHARES.items() if n < name)
    return f"Xen {name} {share:.0%}", before + share * XEN_SHARES.get(name, 1)


def our_programs():
    """make's targets of what a boot needs of ours: the shim, the operator's command, what seals
    images."""
    parts = [name for name, path in (("shim", "shim/shim.mk"), ("dom0", "xen-integration/dom0/dom0.mk"))
             if (TOP / path).exists()]
    return ["build/abi/interrex-abi", *parts]


# What only some hosts need behind dom0's initrd (Host.more).
MORE = {"newer": images.build_newer, "xenstore": images.build_xenstore_domain, "debug": images.build_debug,
        "counted": images.build_counted}
ASKED = ("debug", "counted")  # of them those that `bed build --all` leaves out


def parts(discard=False, xens=(), stock=False, more=()):
    """What is to be brought up to date. discard: drops edits by hand in Xen's tree. xens: only
    these. stock: also a host without Interrex. more: names of MORE."""
    (BUILD / "nested").mkdir(parents=True, exist_ok=True)
    discarding = ["--discard"] if discard else []
    yield Part("host-packages", "packages of this machine", script("host-packages.sh"), 1)
    yield Part("emulator", "a newer QEMU, of Debian's backports", script("emulator.sh"), 25,
               fetched("emulator/apt/cache", 38))
    if "newer" in more:
        yield Part("kernel-newer", "the kernel of the next Debian release", script("kernel-newer.sh"), 20,
                   fetched("kernel-newer", 90))
    yield Part("packages", "Debian packages that dom0 and the guests are made of", script("packages.sh"), 30,
               fetched("packages/debs", 89))
    yield Part("xen-source", "Xen's source", script("xen-source.sh"), 20)
    yield Part("xen", "Xen, twice: A and B", script("xen.sh", *discarding, *xens), 150, compiled,
               r"patches: [^;\n]*\)(?=\)$)")
    if "debug" in more:
        yield Part("xen-debug", "Xen with its assertions, twice", script("xen.sh", *images.DEBUG), 150, compiled)
    if "counted" in more:
        yield Part("xen-counted", "Xen with counters, twice", script("xen.sh", *images.COUNTED), 150, compiled)
    yield Part("programs", "the shim and the operator's command",
               command("make", "-s", "-C", str(TOP), "--no-print-directory", *our_programs()), 10)
    made = [images.build_guest, images.build_dom0, *(MORE[name] for name in more),
            *[images.build_stock] * bool(stock)]
    yield Part("images", "what dom0 and the guests boot", python(*made), 25)


def is_first():
    """Whether nothing is built yet."""
    return not (BUILD / "xen/B/.done").exists()


class Pace:
    """How much longer a first build takes, by what the parts usually take and what those before
    took."""

    def __init__(self, todo, first):
        self.first = first
        self.left = {part.name: part.usual_s for part in todo}
        self.usual = self.took = 0

    def done(self, part, seconds):
        """A part is."""
        usual = self.left.pop(part.name)
        if seconds >= SHOWN_S:
            self.usual, self.took = self.usual + usual, self.took + seconds

    def to_go(self, part, seconds, share=None):
        """In words, when the part that is under way has taken so long and this share of it is done
        (None: nobody knows); empty where nothing can be said."""
        if not self.first:
            return ""
        usual, took = self.usual, self.took
        if share:
            usual, took = usual + part.usual_s * share, took + seconds
        slowness = max(1.0, took / usual) if usual else 1.0
        of_part = self.left[part.name] * slowness
        others = sum(self.left.values()) * slowness - of_part
        left = others + (of_part * (1 - share) if share else max(0, of_part - seconds))
        return f"about {max(1, round(left / 60))} min to go" if left > 45 else ""


def build(**wanted):
    """Brings everything up to date that a boot needs. wanted: of parts()."""
    LOGS.mkdir(parents=True, exist_ok=True)
    todo, begin, first = list(parts(**wanted)), time.monotonic(), is_first()
    if first:
        print("the first build takes 5 to 10 minutes: Debian's packages are fetched, Xen is compiled twice; "
              f"logs in {LOGS.relative_to(TOP)}", flush=True)
    pace = Pace(todo, first)
    for number, part in enumerate(todo, 1):
        built(f"[{number}/{len(todo)}] {part.what}", part, pace)
    took = time.monotonic() - begin
    if took >= SHOWN_S:
        print(f"built in {span(took)}", flush=True)


def built(title, part, pace):
    """Builds a part, and shows it."""
    since, begin = time.time(), time.monotonic()

    def far():
        words, share = part.far(since)
        return ", ".join(filter(None, (words, pace.to_go(part, time.monotonic() - begin, share))))

    with open(LOGS / f"{part.name}.log", "w", encoding="utf-8") as log:
        with Line(title, far) as line:
            try:
                part.do(log)
            except BedError:
                line.say(f"{title}: FAILED")
                raise
            pace.done(part, line.seconds())
            if line.seconds() >= SHOWN_S:
                found = re.findall(part.worth, read_log(log.name), re.M)
                line.say("; ".join([f"{title}: {span(line.seconds())}", *found[:1]]))
