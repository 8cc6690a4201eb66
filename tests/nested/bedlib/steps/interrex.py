# SPDX-License-Identifier: GPL-2.0-only
"""Steps that run interrex, and checks of what it says."""

import functools
import json
import re
import statistics
import subprocess
import sys

from .. import meanwhile
from ..errors import StepFailed
from ..qemu import TOP
from .base import FILE, NUMBER, REGEX, WHOLE, XEN, check, step
from .meters import Meters
from .witness import Witness

# What interrex has to exit with for a result (interrex.8).
EXITS = {"ok": 0, "updated": 0, "drilled": 0, "held": 0, "refused": 3, "aborted": 4, "failed": 5}

TREND_FLOOR_MS = 1  # less may vary with where in its work a guest was met
NAME = r"[a-z]+"
RESULT = "|".join(EXITS)


def trends(updates):
    """[(name, [ms of every update])] of what must not grow from update to update."""
    yield "the service stall", [u["service_stall_ms"] for u in updates]
    guests = [{guest["name"]: guest for guest in u["guests"]} for u in updates]
    for name in guests[0]:
        for key in ("blackout_enter_us", "blackout_leave_us"):
            yield f"{name}'s {key[:-3]}", [g[name][key] / 1000 for g in guests]


class Interrex(Witness, Meters):
    """The operator's command."""

    # pylint: disable-next=too-many-arguments
    def _interrex(self, command, result, reason, timeout, interrupt=None, exits=None, stands=None,
                  moment=None):
        """Runs interrex with --json; checks its result, its exit status and, if any, a reason.
        interrupt: SIGINT as soon as it reports progress of that phase. stands: called when the machine
        has come to stand still at the moment (meanwhile.MOMENTS), which it then has to."""
        verb = command.split()[0]
        program = f"interrex-interrupt {interrupt}" if interrupt else "interrex"
        if stands:
            program = f"{meanwhile.MOMENTS[moment][0]}{program}"
        status, output = self.run(f"{program} {command} --json >/tmp/report.json; s=$?; "
                                  "echo; cat /tmp/report.json; exit $s", int(timeout), stands)
        begin = output.rfind("\n{")
        try:
            self.report = json.loads(output[begin:]) if begin >= 0 else None
        except ValueError:
            self.report = None
        got = self.report.get("result") if self.report else None
        if self.report:
            self.reports.append(self.report)
        if got != result:
            why = [r.get("what", "") for r in (self.report or {}).get("reasons") or []]
            why += [str((self.report or {}).get("error") or "")]
            why = "; ".join(w for w in why if w and w != "None")
            if not why:
                why = (output[:begin] if begin >= 0 else output).strip().splitlines()[-1:]
                why = why[0] if why else "no output"
            self.run("interrex status --log; xl dmesg | tail -n 20")  # for the log of the steps
            raise StepFailed(f"interrex {verb} ended with {status}, result {got}, "
                             f"not {result}: {why}")
        if exits is None:
            exits = EXITS.get(result, status)
        if status != exits:
            raise StepFailed(f"interrex {verb} said {result}, but ended with {status}, not {exits}")
        if reason and not any(re.search(reason, json.dumps(r))
                              for r in self.report.get("reasons") or []):
            raise StepFailed(f"none of the reasons matches '{reason}'")

    @step()
    def step_hold(self, _words, timeout="120"):
        """hold: put the guests into the shim and leave them there."""
        self._interrex("hold --shim /boot/shim.elf", "held", None, timeout)

    @step(result="drilled", keys={"result": RESULT}, seconds=WHOLE, times=WHOLE, reason=REGEX,
          interrupt=NAME)
    def step_drill(self, _words, seconds="10", times=None, result="drilled", reason=None,
                   interrupt=None, timeout="120"):
        """drill: hold for some seconds, then go back."""
        command = f"drill --shim /boot/shim.elf --seconds {seconds}"
        self._interrex(f"{command} --times {times}" if times else command, result, reason, timeout,
                       interrupt)

    @step(1, word=XEN, result="updated", keys={"result": RESULT}, reason=REGEX, linger_ms=WHOLE,
          interrupt=NAME, moment="|".join(meanwhile.MOMENTS), ends=("raise-meanwhile", "port-error-meanwhile"))
    # pylint: disable-next=too-many-arguments
    def step_update(self, words, result="updated", reason=None, linger_ms="0", interrupt=None,
                    moment="waits", timeout="180"):
        """update X: to /boot/xen-X. moment: at which what is to be done meanwhile is done."""
        todo, self.meanwhile = self.meanwhile, []
        self._interrex(f"update --shim /boot/shim.elf --xen /boot/xen-{words[0]} "
                       f"--boot-delay {linger_ms}", result, reason, timeout, interrupt,
                       stands=todo and functools.partial(meanwhile.do, self.channel, words[0], moment, todo),
                       moment=moment)
        if result == "updated":
            self.updates.append(self.report)

    def _state(self):
        """What a refusal must not change: {what: value}."""
        state = {"free memory": self.free_memory_kib(), **self.facts()}
        host = json.loads(self.must("interrex status --json"))["host"]
        state.update((f"interrex status: {key}", value) for key, value in host.items())
        return state

    def _check_reasons(self, patterns, domids):
        """Every pattern fits a reason, every reason fits a pattern, and names its domain."""
        lines = []
        for reason in self.report["reasons"]:
            subject = re.fullmatch(r"(\S+) \((\d+)\)", reason["subject"])
            name, domid = (subject.group(1), int(subject.group(2))) if subject else (
                reason["subject"], None)
            if reason["domid"] != domid or (subject and domids.get(f"domid_{name}") != str(domid)):
                raise StepFailed(f"a reason for {reason['subject']} has domid {reason['domid']}")
            if not reason["remedy"]:
                raise StepFailed(f"no remedy for {reason['subject']}: {reason['what']}")
            lines.append(f"{name} {reason['name']}: {reason['what']}")
        for pattern in patterns:
            if not any(re.match(pattern, line) for line in lines):
                raise StepFailed(f"no reason is '{pattern}' (there are: {'; '.join(lines)})")
        for line in lines:
            if not any(re.match(pattern, line) for pattern in patterns):
                raise StepFailed(f"a reason that was not expected: {line}")

    @step(2, 32, regexes=1)
    def step_refuse(self, words, timeout="60"):
        """refuse X REASON...: both check and update refuse /boot/xen-X, for exactly these
        reasons, and nothing has changed."""
        before = self._state()
        for command in ("check", "update"):
            self._interrex(f"{command} --shim /boot/shim.elf --xen /boot/xen-{words[0]}",
                           "refused", None, timeout)
            self._check_reasons(words[1:], before)
            after = self._state()
            for key in before.keys() | after.keys():
                if before.get(key) != after.get(key):
                    raise StepFailed(f"after a refused {command}, {key} is {after.get(key)}, "
                                     f"was {before.get(key)}")

    @step(ends=("hold",))
    def step_abort(self, _words, timeout="120"):
        """abort: take everything back."""
        self._interrex("abort", "aborted", None, timeout, exits=0)

    @step(1, word=FILE, kind="linux", after=("mark *", "update or drill"))
    def step_report(self, words, timeout="60"):
        """report FILE: complete interrex's last report with what the guests saw, show it,
        write it to build/FILE and validate it."""
        figures = json.dumps(self.guest_figures()).encode()
        self.channel.put(figures, "/tmp/guests.json")
        merge = "interrex report --merge-guests /tmp/guests.json"
        for line in self.must(merge, int(timeout)).splitlines():
            print(f"# {line}")
        text = self.must(merge + " --json 2>/dev/null", int(timeout))
        path = TOP / "build" / words[0]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        check_report = subprocess.run(
            [sys.executable, TOP / "tests/report/json_schema.py", TOP / "docs/report.schema.json",
             path], capture_output=True, text=True, check=False)
        if check_report.returncode:
            problems = (check_report.stdout + check_report.stderr).strip().splitlines()
            raise StepFailed(f"{path.relative_to(TOP)} is not as its schema says: {problems[0]}")

    @check(1, word=XEN)
    def check_xen(self, words, **_):
        """The running Xen is this one."""
        extra = self.must("xl info | sed -n 's/^xen_extra *: *//p'").strip()
        if not extra.endswith("-" + words[0]):
            raise StepFailed(f"the running Xen calls itself {extra}, not ...-{words[0]}")

    @check(after=("update or drill or hold",), max_ms=NUMBER)
    def check_blackout(self, _words, max_ms, **_):
        """No blackout in interrex's report is longer."""
        for guest in self.report.get("guests", []):
            for key in ("blackout_enter_us", "blackout_leave_us"):
                value = guest[key]
                if value is None or value > float(max_ms) * 1000:
                    raise StepFailed(f"{guest['name']}: {key} is {value} (limit {max_ms} ms)")

    @check(after=("8 update",), steady=("update",), max=NUMBER)
    def check_trend(self, _words, max="1.5", **_):  # pylint: disable=redefined-builtin
        """Stall and blackouts of all updates did not grow."""
        part = len(self.updates) // 4
        for name, figure in trends(self.updates):
            first, last = (statistics.median(figure[:part]), statistics.median(figure[-part:]))
            print(f"# {name}: {first:.1f} ms at first, {last:.1f} ms at last")
            if last > float(max) * first and last > TREND_FLOOR_MS:
                raise StepFailed(f"{name} has grown from {first:.1f} to {last:.1f} ms")
