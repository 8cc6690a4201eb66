# SPDX-License-Identifier: GPL-2.0-only
"""Guests that ask what no sane guest asks (hostile/), in Xen and held."""

import json
import re

from .. import hostile, probe
from ..errors import StepFailed
from ..qemu import BUILD
from .context import Kind
from .guests import GONE
from .usage import RUNS, WHOLE, check, step

SHOWN = 12  # cases that are named


class Hostile(Kind):
    """Has them ask, and compares the answers."""

    def __init__(self, context, interrex):
        super().__init__(context)
        self.interrex = interrex
        self.parks = {}  # class and detail of a park: how often it was seen

    def _command(self, name, words=""):
        return f"guest-hostile $(xl domid {name}) {words}".rstrip()

    def _asked(self, name):
        return probe.parse(self.must(self._command(name)))

    def await_board(self, name, seconds):
        """Waits until it has come up."""
        self.must(f"for i in $(seq {int(seconds) * 5}); do {self._command(name)} >/dev/null 2>&1 && exit 0; "
                  f"sleep 0.2; done; {self._command(name)}", int(seconds) + 10)

    def _pass(self, names, number, seconds):
        """All of them ask all that is left; the names of those that need vCPUs served first."""
        for name in names:
            self.must(self._command(name, f"order {number}"))
        for name in names:
            self.must(self._command(name, f"wait {seconds}"), int(seconds) + 10)
        states = {name: self._asked(name) for name in names}
        for name, report in states.items():
            if report["state"] not in ("ready", "short"):
                raise StepFailed(f"{name} is {report['state']} at '{report['at']}', question {report['at_word']}, "
                                 f"trap {report['trap']}")
        return [name for name, report in states.items() if report["state"] == "short"]

    @step(kind="hostile", after=(RUNS,), unless=("hold",), seconds=WHOLE)
    def step_ask(self, _words, seconds="120", **_):
        """ask: all hostile guests ask, in this Xen, twice."""
        names = self.running.of_kind("hostile")
        for number in range(hostile.HELD):
            if self._pass(names, number, seconds):
                raise StepFailed("in Xen a vCPU does not come back from a question")

    def _look_for_parks(self):
        """Remembers why vCPUs are parked now."""
        status = json.loads(self.must("interrex status --json"))
        for domain in status.get("domains", ()):
            for vcpu in domain["vcpus"]:
                if vcpu["park"]:
                    why = f"{vcpu['park']['class']} {vcpu['park']['detail']}"
                    self.parks[why] = self.parks.get(why, 0) + 1

    @step(kind="hostile", after=("ask",), unless=("hold",), seconds=WHOLE, times=WHOLE)
    def step_ask_held(self, _words, seconds="120", times="40", timeout="120"):
        """ask-held: the same in the shim. Whoever has no vCPU left that is not parked goes on after
        an abort and another hold, so often at most."""
        names = self.running.of_kind("hostile")
        for held in range(1, int(times) + 1):
            self.interrex.step_hold((), timeout=timeout)
            short = self._pass(names, hostile.HELD, seconds)
            self._look_for_parks()
            self.interrex.step_abort((), timeout=timeout)
            for name in names:
                self.must(self._command(name, f"late {seconds}"), int(seconds) + 10)
            names = short
            if not names:
                self.say(f"held {held} times; {sum(self.parks.values())} vCPUs were parked, for {len(self.parks)} reasons")
                return
        raise StepFailed(f"after {times} holds there are questions left of {', '.join(names)}")

    @check(kind="hostile", after=("ask-held",), min=WHOLE)
    def check_answers(self, _words, min="250", **_):  # pylint: disable=redefined-builtin
        """The answers were Xen's, but for the differences that are known; of at least so many cases all were
        given in the shim."""
        cases = [case for name in self.running.of_kind("hostile") for case in self._asked(name)["cases"]]
        served = sum(1 for case in cases if not case["late"][hostile.HELD])
        if served < int(min):
            raise StepFailed(f"only {served} cases were answered in the shim (least: {min})")
        entries = hostile.known(hostile.KNOWN.read_text(encoding="utf-8"))
        outcomes, needed = hostile.judged(cases, entries)
        wrong = [one for one in outcomes if one.word != "SUCCESS"]
        whole = not any("every=" in self.host.guests[name].asks for name in self.running.of_kind("hostile"))
        old = list(hostile.outdated(entries, needed, [case["name"] for case in cases])) if whole else []
        self._keep(outcomes, entries)
        for one in wrong[:SHOWN]:
            self.say(f"{one.word}: {one.name}: {one.detail}")
        for text in old[:SHOWN]:
            self.say(text)
        known = sum(1 for one in outcomes if one.word == "SUCCESS" and one.ways)
        self.say(f"{len(cases)} cases, {sum(case['words'] for case in cases)} questions: "
                 f"{len(cases) - len(wrong) - known} as in Xen, {known} known differences, {len(wrong)} others; "
                 f"{served} were answered in the shim")
        if wrong or old:
            raise StepFailed(f"{len(wrong)} cases are not as in Xen, {len(old)} known differences are none any more: "
                             f"see build/nested/{self.host.name}/answers.tap, and known.txt beside it")

    def _end(self, name, seconds):
        """How a domain ended, in the letters of `xl list`."""
        end = self.dom0.clock() + int(seconds)
        while True:
            # running, blocked, paused; shut down and why (reboot, suspend, crash, ...); dying
            state = re.search(r" [r-][b-][p-]([s-][a-z-][d-]) ", self.must(f"xl list {name}"))
            if state and state[1] != "---":
                return state[1]
            if self.dom0.clock() > end:
                raise StepFailed(f"{name} has not ended")
            self.must("sleep 0.2")

    @step(2, guests="all", kind="hostile", after=(RUNS,), unless=("hold",), ends=GONE)
    def step_ends(self, names, timeout="120"):
        """ends G H: both end themselves (asks=end=N), G in Xen, H in the shim; Xen ends H in the same way
        when it has it back."""
        ways = []
        for name, held in zip(names, (False, True)):
            if held:
                self.interrex.step_hold((), timeout=timeout)
            self.must(self._command(name, f"order {hostile.HELD if held else 0}"))
            if held:
                self.must("sleep 1")
                self._look_for_parks()
                self.interrex.step_abort((), timeout=timeout)
            ways.append(self._end(name, 20))
            self.must(f"xl destroy {name}", int(timeout))
            self.running.names.remove(name)
        self.say(f"{names[0]} ended in Xen: {ways[0]}, {names[1]} after the shim: {ways[1]}")
        if ways[0] != ways[1]:
            raise StepFailed(f"{names[1]} did not end as in Xen")

    def _keep(self, outcomes, entries):
        """Beside the logs: all outcomes, and what would have to be in known.txt."""
        folder = BUILD / "nested" / self.host.name
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "answers.tap").write_text("\n".join(hostile.tap(outcomes)) + "\n", encoding="utf-8")
        (folder / "known.txt").write_text("\n".join(hostile.proposed(outcomes, entries)) + "\n", encoding="utf-8")
        (folder / "parks.json").write_text(json.dumps(self.parks, indent=1, sort_keys=True) + "\n", encoding="utf-8")
