# SPDX-License-Identifier: GPL-2.0-only
"""Which scenarios there are, which of them are meant by names and tags, and how they are run by
`make check`."""

import json
from pathlib import Path

from . import costs, turns
from .errors import BedError
from .host import TAGS
from .qemu import TOP

SCENARIOS = TOP / "tests/nested/scenarios"
# Seconds for `make check`: a protection against a hang, no measure of anything.
BUILD_LIMIT = 5400
LIMIT = 1800  # of one scenario
BOTH_WAYS = "drill"  # the scenario that runs on a saved host and on a fresh one, for comparison


def find(name):
    """A scenario's file: a path, or a name in scenarios/ or scenarios/long/."""
    for path in (Path(name), SCENARIOS / f"{name}.scn", SCENARIOS / f"long/{name}.scn"):
        if path.is_file():
            return path
    raise BedError(f"no scenario {name} (known: "
                   + ", ".join(sorted(p.stem for p in SCENARIOS.rglob('*.scn'))) + ")")


def all_of_them(folder=SCENARIOS):
    """[Host] of all scenarios, by name."""
    return sorted((turns.read(path) for path in folder.rglob("*.scn")), key=lambda host: host.name)


def pick(hosts, wanted=(), without=()):
    """Those of the hosts whose name or one of whose tags is wanted (all, if nothing is), and that
    have none of the tags in without. BedError where a word is neither."""
    names = [host.name for host in hosts]
    for word in [*wanted, *without]:
        if word not in TAGS and (word in without or word not in names):
            raise BedError(f"'{word}' is neither a scenario nor a tag\n     scenarios: {' '.join(names)}\n"
                           f"     tags: {' '.join(TAGS)}")
    return [host for host in hosts if (not wanted or {host.name, *host.tags} & set(wanted))
            and not set(host.tags) & set(without)]


def table(hosts):
    """For people: name, tags, what it is about."""
    width = max((len(host.name) for host in hosts), default=0)
    tags = max((len(" ".join(host.tags)) for host in hosts), default=0)
    return "\n".join(f"{host.name:{width}}  {' '.join(host.tags):{tags}}  {host.about}".rstrip()
                     for host in hosts)


def as_json(hosts):
    """The same for programs."""
    return json.dumps([{"name": host.name, "tags": list(host.tags), "about": host.about,
                        "counted": host.icount} for host in hosts], indent=1)


def jobs(hosts):
    """Lines for tests/run: the build, then each scenario. Those that need real concurrency run
    alone, the others beside each other. The hosts of `bed costs`, where all are there, are one."""
    bed = "tests/nested/bed"
    together = [host for host in hosts if host.name in costs.SCENARIOS]
    if len(together) < len(costs.SCENARIOS):
        together = []
    alone = [host for host in hosts if "concurrent" in host.tags]
    more = any(host.more or host.stock for host in hosts)
    debug = any(host.debug for host in hosts)
    yield f"bed-build {BUILD_LIMIT} {bed} build{' --all' if more else ''}{' --debug' if debug else ''}"
    for host in [*alone, *(host for host in hosts if host not in alone and host not in together)]:
        beside = "" if host in alone else "&"
        command = "compare" if host.name == BOTH_WAYS else "run"
        yield f"{beside}nested-{host.name} {LIMIT} {bed} {command} --no-build {host.name}"
    if together:
        yield f"&costs {LIMIT * len(together)} {bed} costs --no-build"
