# SPDX-License-Identifier: GPL-2.0-only
"""Whether two runs of a scenario say the same."""

import contextlib
import io
import re
import sys

from . import boot
from .run import scenario
from .turns import unrolled

REAL = re.compile(r"# (real time|saved host)")
TIME = re.compile(r" \(([0-9.]+) s\)$")
ROUGHLY = 0.1
LEAST_S = 0.25  # of virtual time: less is no difference. A step that polls (a console, CPUs) looks once or thrice
SHOWN = 8  # differences that are named


class Tee(io.StringIO):
    """Keeps what is printed, and prints it."""

    def write(self, s):
        sys.__stdout__.write(s)
        sys.__stdout__.flush()
        return super().write(s)


def _run(host, fresh):
    """(exit status, lines)"""
    with contextlib.redirect_stdout(Tee()) as out:
        status = scenario(host, fresh)
    return status, out.getvalue().splitlines()


def exactly(lines):
    """What must be equal of two runs that begin alike: all but the host's time and work."""
    return [line for line in lines if not REAL.match(line)]


def results(lines):
    """What must be equal of a run on a saved host and one on a fresh host: each step's result, and
    how long it took to ROUGHLY a part."""
    return [(TIME.sub("", line), float(TIME.search(line).group(1)))
            for line in lines if re.match(r"(not )?ok ", line)]


def alike(one, two):
    """Whether two lines, or two results, are equal as far as they must be."""
    if isinstance(one, str):
        return one == two
    return one[0] == two[0] and abs(one[1] - two[1]) <= ROUGHLY * max(one[1], two[1]) + LEAST_S


def differences(one, two):
    """Sentences."""
    found = [f"'{a}' and '{b}'" for a, b in zip(one, two) if not alike(a, b)]
    if len(one) != len(two):
        found.append(f"{len(one)} lines and {len(two)} lines")
    return found


def scenarios(host, again):
    """Runs a scenario twice and compares: on a saved host and on a fresh one; with again, alike."""
    say = exactly if again else results
    status, lines = _run(host, False)
    status2, lines2 = _run(host, not again)
    found = differences(say(lines), say(lines2))
    if not again and not boot.is_shared(host, unrolled(host.steps)):
        found.append("no other scenario begins like this one: nothing of it is saved")
    what = "two runs, line by line" if again else "the results on a saved host and on a fresh one"
    print(f"{'not ok' if found else 'ok'} 1 - {host.name}: {what} are equal\n1..1")
    for text in found[:SHOWN]:
        print(f"# {host.name}, comparison: {text}")
    return status or status2 or int(bool(found))
