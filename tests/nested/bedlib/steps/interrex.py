# SPDX-License-Identifier: GPL-2.0-only
"""Steps that run interrex."""

import functools
import json
import re

from .. import meanwhile
from ..errors import StepFailed
from ..qemu import xen_folder
from .context import Kind
from .usage import NUMBER, REGEX, WHOLE, XEN, check, step

# What interrex has to exit with for a result (interrex.8).
EXITS = {"ok": 0, "updated": 0, "finished": 0, "drilled": 0, "held": 0, "refused": 3, "aborted": 4,
         "recovered": 4, "failed": 5}
RESULT = "|".join(EXITS)
PHASE = r"[a-z]+"
FAULT = "(early|heap|guests|dom0|links|ready):(panic|bug|halt|restart|hang|deaf|stone)"
LOADED = "--shim /boot/shim.elf"
STANDS_IN_DRILL = "stand 6 "  # while it holds, and has some seconds left


def parsed(output):
    """(what comes before it, the report or None) in the output of interrex --json."""
    begin = output.rfind("\n{")
    try:
        return output[:begin], json.loads(output[begin:]) if begin >= 0 else None
    except ValueError:
        return output[:begin], None


def why_not(said, report):
    """Why interrex did not do what it was to do, as far as it says so."""
    report = report or {}
    why = [reason.get("what", "") for reason in report.get("reasons") or []]
    why.append(str(report.get("error") or ""))
    return "; ".join(filter(None, why)) or (said.strip().splitlines() or ["no output"])[-1]


def limits(max_blackout_ms, over_limit):
    """Options for what may be over which limit."""
    return ((f" --max-blackout {max_blackout_ms}" if max_blackout_ms else "")
            + (f" --over-limit {over_limit}" if over_limit else ""))


def interrupted(phase):
    """The program that runs interrex and sends it a SIGINT as soon as it comes to this phase; None:
    never."""
    return f"interrex-interrupt {phase}" if phase else "interrex"


class Interrex(Kind):
    """The operator's command."""

    def ask(self, command, result, timeout, exits=None, program="interrex", stands=None):
        """Runs interrex with --json; it has to say this result, and to exit as it should for it.
        program: what runs it. stands: called while it runs."""
        verb = command.split()[0]
        status, output = self.dom0.run(f"{program} {command} --json >/tmp/report.json; s=$?; "
                                       "echo; cat /tmp/report.json; exit $s", int(timeout), stands)
        said, report = parsed(output)
        self.results.report = report
        got = report.get("result") if report else None
        if report:
            self.results.reports.append(report)
        if got != result:
            self.dom0.run("interrex status --log; xl dmesg | tail -n 20")  # for the log of the steps
            raise StepFailed(f"interrex {verb} ended with {status}, result {got}, not {result}: "
                             f"{why_not(said, report)}")
        exits = EXITS.get(result, status) if exits is None else exits
        if status != exits:
            raise StepFailed(f"interrex {verb} said {result}, but ended with {status}, not {exits}")

    def check_reason(self, pattern):
        """One of the reasons of the last report has this in it; None: nothing is asked for."""
        reasons = self.results.report.get("reasons") or []
        if pattern and not any(re.search(pattern, json.dumps(reason)) for reason in reasons):
            raise StepFailed(f"none of the reasons matches '{pattern}'")

    @step()
    def step_hold(self, _words, timeout="120"):
        """hold: put the guests into the shim and leave them there."""
        self.ask(f"hold {LOADED}", "held", timeout)

    @step(result="drilled", keys={"result": RESULT}, seconds=WHOLE, times=WHOLE, reason=REGEX,
          interrupt=PHASE, max_blackout_ms=NUMBER, over_limit="abort|continue", status=WHOLE)
    # pylint: disable-next=too-many-arguments
    def step_drill(self, _words, seconds="10", times=None, result="drilled", reason=None,
                   interrupt=None, max_blackout_ms=None, over_limit=None, status=None, timeout="120"):
        """drill: hold for some seconds, then go back. status: what interrex has to exit with, if not
        as usual for the result."""
        command = f"drill {LOADED} --seconds {seconds}{limits(max_blackout_ms, over_limit)}"
        todo, self.context.meanwhile = self.context.meanwhile, []
        program, stands = interrupted(interrupt), None
        if todo:
            program = f"{STANDS_IN_DRILL}{program}"
            stands = functools.partial(meanwhile.while_it_stands, self.context.channel, todo)
        self.ask(f"{command} --times {times}" if times else command, result, timeout,
                 exits=int(status) if status else None, program=program, stands=stands)
        self.check_reason(reason)

    @step(1, word=XEN, result="updated", keys={"result": RESULT}, reason=REGEX, boot_delay_ms=WHOLE,
          interrupt=PHASE, fault=FAULT, silence_ms=WHOLE, moment="|".join(meanwhile.MOMENTS), ends=("raise-meanwhile", "port-error-meanwhile"))
    # pylint: disable-next=too-many-arguments
    def step_update(self, words, result="updated", reason=None, boot_delay_ms="0", interrupt=None,
                    fault=None, silence_ms=None, moment="waits", timeout="180"):
        """update X: to /boot/xen-X. moment: at which what is to be done meanwhile is done.
        fault: where in its boot, and how, the next Xen fails."""
        todo, self.context.meanwhile = self.context.meanwhile, []
        program, stands = interrupted(interrupt), None
        if todo:
            program = f"{meanwhile.MOMENTS[moment][0]}{program}"
            stands = functools.partial(meanwhile.do, self.context.channel, xen_folder(self.host, words[0]),
                                       moment, todo)
        more = f" --silence-limit {silence_ms}" if silence_ms else ""
        more += f' --cmdline "$(xl info xen_commandline) interrex-fault={fault}"' if fault else ""
        self.ask(f"update {LOADED} --xen /boot/xen-{words[0]} --boot-delay {boot_delay_ms}{more}", result,
                 timeout, program=program, stands=stands)
        self.check_reason(reason)
        if result in ("updated", "recovered"):
            self.results.updates.append(self.results.report)

    @step(ends=("hold",))
    def step_abort(self, _words, timeout="120"):
        """abort: take everything back."""
        self.ask("abort", "aborted", timeout, exits=0)

    @check(1, word=XEN)
    def check_xen(self, words, **_):
        """The running Xen is this one."""
        extra = self.must("xl info | sed -n 's/^xen_extra *: *//p'").strip()
        if not extra.endswith("-" + words[0]):
            raise StepFailed(f"the running Xen calls itself {extra}, not ...-{words[0]}")
