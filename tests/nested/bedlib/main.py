# SPDX-License-Identifier: GPL-2.0-only
"""The command line of the bed."""

import argparse
import signal
import subprocess
import sys
from pathlib import Path

from progress import tail

from . import bench
from . import boot
from . import building
from . import compare
from . import costs
from . import faults
from . import host as hosts
from . import listing
from . import run as runs
from . import turns
from .channel import Channel
from .errors import BedError, StepFailed
from .listing import find
from .qemu import BUILD, TOP, Machine
from .story import Story

UP = BUILD / "nested/up"


def cmd_build(args):
    """bed build"""
    more = {name for name in building.MORE if (getattr(args, name) if name in building.ASKED else args.all)}
    building.build(discard=args.discard, xens=args.xen, stock=args.all, more=more)


def cmd_run(args):
    """bed run"""
    host = turns.read(find(args.scenario), dict(args.set))
    if args.dom0:
        host.has_dom0(args.dom0)
    host.counted = args.counted
    if not args.no_build:
        building.build(stock=host.stock, more=host.more)
    return runs.scenario(host, args.fresh)


def cmd_demo(_args):
    """bed demo"""
    host = turns.read(find("demo"))
    building.build()
    return runs.scenario(host, fresh=True, shown=Story())


def cmd_compare(args):
    """bed compare"""
    host = turns.read(find(args.scenario))
    if not args.no_build:
        building.build(stock=host.stock, more=host.more)
    return compare.scenarios(host, args.again)


def cmd_costs(args):
    """bed costs"""
    described = {name: turns.read(find(name)) for name in costs.SCENARIOS}
    if not args.no_build:
        building.build(stock=True)

    def scenario(name):
        return runs.scenario(described[name])

    return costs.run(scenario)


def cmd_list(args):
    """bed list"""
    found = listing.pick(listing.all_of_them(), args.wanted, args.without)
    if args.jobs:
        print("\n".join(listing.jobs(found)))
    else:
        print(listing.as_json(found) if args.json else listing.table(found))


def cmd_faults(args):
    """bed faults"""
    if args.jobs:
        print("\n".join(faults.write(args.rounds, args.only)))
        return 0
    text, sound = faults.summary()
    print(text)
    return 0 if sound else 1


def cmd_bench(args):
    """bed bench"""
    if args.jobs:
        print("\n".join(bench.write(args.long, args.only)))
        return 0
    return 0 if bench.summary(args.document, args.against) else 1


def cmd_up(args):
    """bed up"""
    host = turns.read(find(args.scenario))
    if args.append:
        host.xen_options = f"{host.xen_options} {args.append}".strip()
    if not args.no_build:
        building.build(more=host.more)
    machine = Machine(UP)
    machine.stop()
    try:
        boot.leave_up(host, machine, args.lifetime)
    except BedError as e:
        raise BedError(f"{e}\n     see {UP / 'console.log'}") from e
    print(f"up; console in {UP.relative_to(TOP)}/console.log")


def cmd_down(_args):
    """bed down"""
    Machine(UP).stop()


def cmd_exec(args):
    """bed exec"""
    machine = Machine(UP)
    machine.check_alive()

    def show(text):
        sys.stdout.write(text)
        sys.stdout.flush()

    return Channel(UP, machine.check_alive).run(" ".join(args.command), args.timeout, show)[0]


def cmd_put(args):
    """bed put"""
    Channel(UP, Machine(UP).check_alive).put(Path(args.file).read_bytes(), args.target, "755")


def cmd_log(args):
    """bed log"""
    command = ["tail", *(["-f"] if args.follow else []), "-n", str(args.lines),
               str(UP / "console.log")]
    return subprocess.run(command, check=False).returncode


def cmd_xendiff(_args):
    """bed xendiff"""
    return subprocess.run([str(building.SCRIPTS / "xen-tree.py"), "--diff"], check=False).returncode


def pair(text):
    """NAME=VALUE as a pair."""
    name, sep, value = text.partition("=")
    if not sep:
        raise argparse.ArgumentTypeError(f"'{text}' is not of the form NAME=VALUE")
    return name, value


def parser():
    """The commands and their options."""
    top = argparse.ArgumentParser(prog="bed", description=__doc__)
    sub = top.add_subparsers(dest="cmd", required=True)

    p = sub.add_parser("build", help="fetch and build everything that is not up to date")
    p.add_argument("--discard", action="store_true",
                   help="drop edits made by hand in build/xen/src")
    p.add_argument("--all", action="store_true",
                   help="also what only some scenarios need: Debian's own Xen, a newer kernel")
    p.add_argument("--debug", action="store_true",
                   help="also both Xens with their assertions, for scenarios with debug=on")
    p.add_argument("--counted", action="store_true",
                   help="also both Xens with counters, for `bed run --counted`")
    p.add_argument("xen", nargs="*",
                   help="build only these Xens: A, B, or hardware (without the emulator's patches)")
    p.set_defaults(run=cmd_build)

    p = sub.add_parser("run", help="run a scenario; the exit status says whether it succeeded")
    p.add_argument("scenario")
    p.add_argument("--no-build", action="store_true", help="take what is built")
    p.add_argument("--fresh", action="store_true",
                   help="boot its host, though one like it may be saved")
    p.add_argument("--set", action="append", default=[], type=pair, metavar="NAME=VALUE",
                   help="a value instead of that of the scenario's line `set NAME ...`")
    p.add_argument("--dom0", choices=("pvh", "pv"),
                   help="another kind of dom0 than the scenario's; PV: in as much more memory as it needs")
    p.add_argument("--counted", action="store_true",
                   help="with Xens that count which lines of ours they go through: build/nested/SCENARIO/counts")
    p.set_defaults(run=cmd_run)

    sub.add_parser("demo", help="the scenario demo, for people: what happens, and what it comes to"
                   ).set_defaults(run=cmd_demo)

    p = sub.add_parser("list", help="the scenarios of these names or tags (all), with what they are about",
                       epilog="tags: " + "; ".join(f"{tag}: {text}" for tag, text in hosts.TAGS.items()))
    p.add_argument("wanted", nargs="*", metavar="NAME-OR-TAG")
    p.add_argument("--without", action="append", default=[], metavar="TAG", help="none with this tag")
    p.add_argument("--json", action="store_true", help="for programs")
    p.add_argument("--jobs", action="store_true", help="as lines for tests/run")
    p.set_defaults(run=cmd_list)

    p = sub.add_parser("compare", help="run a scenario on a saved host and on a fresh one: the same results?")
    p.add_argument("scenario")
    p.add_argument("--no-build", action="store_true", help="take what is built")
    p.add_argument("--again", action="store_true",
                   help="run it twice alike instead, and compare all lines and virtual times")
    p.set_defaults(run=cmd_compare)

    p = sub.add_parser("costs", help="measure an update and the same way with stock Xen")
    p.add_argument("--no-build", action="store_true", help="take what is built")
    p.set_defaults(run=cmd_costs)

    p = sub.add_parser("faults", help="what became of the guests in each fault that was tried (make faults)")
    p.add_argument("--jobs", action="store_true", help="write the scenarios, as lines for tests/run")
    p.add_argument("--rounds", type=int, default=faults.ROUNDS, help="how often each fault is tried")
    p.add_argument("--only", metavar="REGEX", help="only the scenarios whose name matches")
    p.set_defaults(run=cmd_faults)

    p = sub.add_parser("bench", help="what updates cost, by sizes, of the hosts that were measured (make bench)")
    p.add_argument("--jobs", action="store_true", help="write the hosts, as lines for tests/run")
    p.add_argument("--long", action="store_true", help="also those that take longest")
    p.add_argument("--only", metavar="REGEX", help="only the hosts whose name matches")
    p.add_argument("--document", action="store_true", help="write docs/benchmarks.md and its pictures")
    p.add_argument("--against", metavar="FILE", type=Path, help="compare with an earlier build/bench/results.json")
    p.set_defaults(run=cmd_bench)

    p = sub.add_parser("up", help="boot a scenario's host and leave it running")
    p.add_argument("scenario", nargs="?", default="demo")
    p.add_argument("--no-build", action="store_true", help="take what is built")
    p.add_argument("--append", help="more options for Xen")
    p.add_argument("--lifetime", type=int, default=3600, help="seconds until it is ended")
    p.set_defaults(run=cmd_up)

    p = sub.add_parser("exec", help="run a command in dom0 of the running machine")
    p.add_argument("--timeout", type=int, default=60)
    p.add_argument("command", nargs="+")
    p.set_defaults(run=cmd_exec)

    p = sub.add_parser("put", help="copy a file into dom0 of the running machine")
    p.add_argument("file")
    p.add_argument("target")
    p.set_defaults(run=cmd_put)

    p = sub.add_parser("log", help="show the console of the running machine")
    p.add_argument("-f", "--follow", action="store_true")
    p.add_argument("-n", "--lines", type=int, default=60)
    p.set_defaults(run=cmd_log)

    sub.add_parser("down", help="end the running machine").set_defaults(run=cmd_down)
    sub.add_parser("xendiff", help="edits made by hand in build/xen/src, as a patch"
                   ).set_defaults(run=cmd_xendiff)
    return top


def show_error(error):
    """The end of its log, where it has one, and what it says."""
    log, text = getattr(error, "log", None), f"bed: {error}"
    if log:
        for line in tail(log):
            print(f"    | {line}", file=sys.stderr)
        text += f"; log: {log.relative_to(TOP)}"
    print(text, file=sys.stderr)


def main(argv):
    """Runs one command; returns the exit status."""
    args = parser().parse_args(argv)
    # A driver that is ended takes its machine with it.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        return args.run(args) or 0
    except (BedError, StepFailed) as e:
        show_error(e)
        return 1
    except KeyboardInterrupt:
        return 130
