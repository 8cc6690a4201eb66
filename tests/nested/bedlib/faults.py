# SPDX-License-Identifier: GPL-2.0-only
"""`bed faults`: every fault of faults.table, each in an update or a drill of its own, with the guests'
own meters as judge. Runs of one place share a host; what became of each is left by the step
`attempt`, and is counted here."""

import collections
import json
import re

from .errors import BedError
from .qemu import BUILD, TOP
from .steps.attempts import OUT
from .steps.struck import ENDS
from .struck import HANGS

TABLE = TOP / "tests/nested/faults.table"
SOURCES = TOP / "xen-integration/src"
SCENARIOS = OUT / "scenarios"
ROLES = ("running", "next", "held", "tool")
KINDS = {"panic", "bug", "halt", "restart", "hang", "deaf", "error", "again", "nomem", "delay", "kill", *HANGS}
LIMIT = 1800  # seconds, of one scenario
ROUNDS = 2  # of each fault
HEAD = """\
# {name}
host cpus=3 memory=2048 region=96M
guest g1 vcpus=1 memory=256 cpus=1 probe=service_ms=100
guest g2 vcpus=2 memory=256 cpus=1-2 probe=service_ms=100

start g1 g2
baseline
"""
TAIL = """\
attempt update must=updated
check same
check watch
check console
check free-memory
"""
# A CPU that does not answer any more is gone for good: one a fault, and the last one is left.
HELD_HEAD = """\
# {name}
host cpus={cpus} memory=2048 region=96M
{guests}

start {names}
baseline
"""
HELD_TAIL = """\
attempt update must=updated
check console
"""
RESULTS = ("goes on", "went back", "recovered", "finished by hand", "its CPU's guest", "lost", "not met")


def lines(text):
    """[(role, verb, [place], [kind])] of the table; BedError where a line cannot be meant."""
    for number, line in enumerate(text.splitlines(), 1):
        words = line.split("#")[0].split()
        if not words:
            continue
        kinds = [w for w in words[2:] if w in KINDS]
        places = [w for w in words[2:] if w not in KINDS]
        # Held CPUs fail in their own ways, and nobody else does in those but "deaf".
        strange = set(places) - set(ENDS) | set(kinds) - set(HANGS) if words[0] == "held" else \
            set(kinds) & (set(HANGS) - {"deaf"})
        if words[0] not in ROLES or words[1:2] not in (["update"], ["drill"]) or not kinds or not places or strange:
            raise BedError(f"faults.table:{number}: '{line}' means nothing")
        yield words[0], words[1], places, kinds


def points(sources=SOURCES):
    """The places that the sources have."""
    found = set()
    for path in sources.rglob("*.c"):
        found |= set(re.findall(r'interrex_fault\("([a-z0-9-]+)"\)', path.read_text()))
    stages = re.search(r"\*const stages\[\] = \{(.*?)\};", (sources / "resume/recover.c").read_text(), re.S)
    return found | set(re.findall(r'"([a-z0-9]+)"', stages.group(1)))


def complete(table, there):
    """BedError where a place of the sources is in no line, or one of the table nowhere."""
    named = {place for role, _, places, _ in table for place in places if role in ("running", "next")}
    for what, missing in (("is in no line of faults.table", there - named),
                          ("is no place of the sources", named - there)):
        if missing:
            raise BedError(f"{', '.join(sorted(missing))} {what}")


def _of_held_cpus(name, verb, place, kinds):
    """A scenario in which CPUs that the shim has fail one after the other, each with a guest of its own."""
    guests = "\n".join(f"guest g{cpu} vcpus=1 memory=128 cpus={cpu} probe=service_ms=100"
                       for cpu in range(1, len(kinds) + 2))
    names = " ".join(f"g{cpu}" for cpu in range(1, len(kinds) + 2))
    steps = "".join(f"attempt-held {verb} {place} {cpu} held={kind}\n" for cpu, kind in enumerate(kinds, 1))
    return HELD_HEAD.format(name=name, cpus=len(kinds) + 2, guests=guests, names=names) + steps + HELD_TAIL


def scenarios(table, rounds=ROUNDS):
    """{name: text}: a scenario a place; held CPUs fail once."""
    made = {}
    for role, verb, places, kinds in table:
        for place in places:
            name = f"faults-{role}-{verb}-{place.replace('/', '-')}"
            if role == "held":
                made[name] = _of_held_cpus(name, verb, place, kinds)
                continue
            steps = "".join(f"attempt {verb} " + (f"killed='  {place}  '" if role == "tool"
                                                  else f"{role}={place}:{kind}") + "\n" for kind in kinds)
            made[name] = HEAD.format(name=name) + f"repeat {rounds}\n{steps}end\n" + TAIL
    return made


def write(rounds=ROUNDS, only=None):
    """Writes the scenarios, and forgets what earlier ones left; lines for tests/run."""
    table = list(lines(TABLE.read_text()))
    complete(table, points())
    SCENARIOS.mkdir(parents=True, exist_ok=True)
    for old in [*OUT.glob("*.jsonl"), *SCENARIOS.glob("*.scn")]:
        old.unlink()
    yield "bed-build 5400 tests/nested/bed build"
    for name, text in scenarios(table, rounds).items():
        if only and not re.search(only, name):
            continue
        path = SCENARIOS / f"{name}.scn"
        path.write_text(text)
        yield f"&{name} {LIMIT} tests/nested/bed run --no-build {path.relative_to(TOP)}"


def outcome(line):
    """One of RESULTS, of what a step `attempt` left."""
    guests = str(line.get("guests"))
    if guests != "intact" and not guests.startswith("named: "):
        return "lost"
    if not line.get("met"):
        return "not met"
    if guests != "intact":
        return "its CPU's guest"
    if line["result"] == "recovered":
        return "recovered"
    if line["then"]:
        return "finished by hand"
    return "went back" if line["result"] in ("aborted", "refused") else "goes on"


def gathered():
    """{(role, verb, place): Counter of RESULTS}, of all that ran."""
    found = collections.defaultdict(collections.Counter)
    for path in sorted(OUT.glob("*.jsonl")):
        for text in path.read_text().splitlines():
            line = json.loads(text)
            if line["role"] == "none":
                continue
            place = line["fault"].partition(":")[0] if line["role"] != "tool" else line["fault"].split()[-1]
            found[line["role"], line["what"], place][outcome(line)] += 1
    return found


def table(found):
    """What `make faults` says: a line a place, and the sums."""
    rows = [("who", "in", "at", "runs", *RESULTS)]
    total = collections.Counter()
    for (role, verb, place), counts in found.items():
        rows.append((role, verb, place, str(sum(counts.values())), *(str(counts[r] or "") for r in RESULTS)))
        total += counts
    rows.append(("all", "", "", str(sum(total.values())), *(str(total[r]) for r in RESULTS)))
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    return "\n".join("  ".join(f"{cell:{width}}" for cell, width in zip(row, widths)).rstrip() for row in rows)


def summary():
    """Writes build/faults/table.txt; (its text, whether nothing was lost)."""
    found = gathered()
    if not found:
        raise BedError("no fault has been tried: see `make faults`")
    text = table(found)
    (BUILD / "faults/table.txt").write_text(text + "\n")
    return text, not any(counts["lost"] + counts["not met"] for counts in found.values())
