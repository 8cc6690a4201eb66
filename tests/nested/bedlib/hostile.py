# SPDX-License-Identifier: GPL-2.0-only
"""The guest of hostile/: building it, and what its answers come to (dom0's guest-hostile).

A case is asked in Xen, in Xen again, and held. ERROR: it is not the same twice in Xen, so it says
nothing of who holds. CRASH: it was not answered at all. FAILURE: held it differs, or it had to wait
for a Xen, and hostile/known.txt does not say so, or says so though it does not. What is asked at
CPL 3 (its name ends with " user") may not have to wait, whatever known.txt says.
"""

import dataclasses
import re

from .qemu import BUILD, TOP
from .regs import kernel

SOURCE = TOP / "tests/nested/hostile"
IMAGE = BUILD / "nested/bin/hostile.elf"
KNOWN = SOURCE / "known.txt"
HELD = 2  # the third pass
WAYS = ("parks", "differs")
USER = " user"  # the end of the name of what is asked at CPL 3


def build():
    """build/nested/bin/hostile.elf"""
    kernel(IMAGE, SOURCE, "start.S")


@dataclasses.dataclass(frozen=True)
class Outcome:
    """Of one case. word: SUCCESS, FAILURE, ERROR or CRASH; ways: how the held answers are others."""
    name: str
    word: str
    ways: tuple = ()
    detail: str = ""


def known(text):
    """{name of a case: ({way}, reason)} of known.txt; ValueError names the line that is none. A line
    is `NAME: WAY...: REASON`; the name's '*' stands for any end."""
    found = {}
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        match = re.fullmatch(r"([a-z0-9_.:+ -]+\*?): (parks|differs|parks differs): (\S.*)", line)
        if not match:
            raise ValueError(f"line {number} is not NAME: parks|differs: REASON: '{line}'")
        if match[1].endswith(USER) and "parks" in match[2]:
            raise ValueError(f"line {number}: a process must not have its vCPU wait: '{line}'")
        if match[1] in found:
            raise ValueError(f"line {number}: '{match[1]}' is there twice")
        found[match[1]] = (frozenset(match[2].split()), match[3])
    return found


def _entry(name, entries):
    """The key of what is known of a case, the longest that fits; None."""
    fits = [key for key in entries if key == name or (key.endswith("*") and name.startswith(key[:-1]))]
    return max(fits, key=len, default=None)


def words(case):
    """Where its answers differ, as text: question, in Xen, held."""
    shown = "; ".join(f"question {n}: {a} in Xen, {'' if a == b else b + ' again, '}{held} held"
                      for n, a, b, held in case["differs"])
    rest = case["differing"] - len(case["differs"])
    return shown + (f"; and {rest} more" if rest > 0 else "")


def outcome(case):
    """What a case came to, without what is known."""
    name = case["name"]
    twice = [d for d in case["differs"] if d[1] != d[2]]
    if twice or case["late"][0] or case["late"][1]:
        return Outcome(name, "ERROR", (), f"not the same twice in Xen: {words(case)}; late: {case['late'][:HELD]}")
    for number in range(HELD + 1):
        if case["answered"][number] < case["asked"][number] or not case["asked"][number]:
            return Outcome(name, "CRASH", (), f"{case['answered'][number]} of {case['words']} answers, pass {number}")
    ways = ("parks",) * bool(case["late"][HELD]) + ("differs",) * bool(case["differing"])
    detail = f"waited for a Xen from question {case['first_late'][HELD]} on" if case["late"][HELD] else ""
    if case["differing"]:
        detail = "; ".join(filter(None, (detail, words(case))))
    return Outcome(name, "FAILURE" if ways else "SUCCESS", ways, detail)


def judged(cases, entries):
    """([Outcome] beside what is known, {key of entries that was needed})"""
    found, needed = [], set()
    for one in map(outcome, cases):
        key = _entry(one.name, entries)
        excused = key is not None and set(one.ways) <= entries[key][0]
        if one.word == "FAILURE" and excused and not (one.name.endswith(USER) and "parks" in one.ways):
            needed.update((key, way) for way in one.ways)
            one = dataclasses.replace(one, word="SUCCESS", detail=f"known: {entries[key][1]}")
        found.append(one)
    return found, needed


def outdated(entries, needed, names):
    """Sentences: what is known and is no longer so. names: of all cases that were asked."""
    for key, (ways, _) in entries.items():
        if not any(_entry(name, entries) == key for name in names):
            yield f"known.txt: no case is called '{key}'"
            continue
        for way in sorted(ways):
            if (key, way) not in needed:
                yield f"known.txt: '{key}' {way} no longer"


def proposed(outcomes, entries):
    """Lines for known.txt as it would have to be, with the reasons that are known."""
    for one in outcomes:
        if one.ways:
            key = _entry(one.name, entries)
            yield f"{one.name}: {' '.join(one.ways)}: {entries[key][1] if key else '?'}"


def tap(outcomes):
    """TAP, a line a case."""
    yield f"1..{len(outcomes)}"
    for number, one in enumerate(outcomes, 1):
        good = "ok" if one.word == "SUCCESS" else "not ok"
        yield f"{good} {number} - {one.name}: {one.word}{': ' + one.detail if one.detail else ''}"
