# SPDX-License-Identifier: GPL-2.0-only
"""Steps that create and end guests and run commands in them and in dom0."""

from ..errors import StepFailed
from .context import Kind
from .usage import NUMBER, REGEX, RUNS, WHOLE, check, step

# What is no longer so of a guest that is gone.
GONE = ("start *", "moved *", "create *", "pause *", "baseline *")

CONSOLE_S = 20  # for an answer, by dom0's clock
CONSOLE_REAL_S = 300  # where that is the host's


class Guests(Kind):
    """Domains and commands."""

    def __init__(self, context, probes, regs, hostile, pv_hostile):
        super().__init__(context)
        self.probes, self.regs, self.hostile, self.pv_hostile = probes, regs, hostile, pv_hostile

    @step(1, 16, guests="all", unless=(RUNS, "create *"))
    def step_start(self, names, timeout="240"):
        """start GUEST...: create guests and wait until their probes answer."""
        for name in names:
            self.must(f"xl create -q /root/{name}.cfg", int(timeout))
            self.running.names.append(name)
        for name in names:
            if self.host.guests[name].kind == "regs":
                self.regs.await_round(name, int(timeout))
            elif self.host.guests[name].kind == "hostile":
                self.hostile.await_board(name, int(timeout))
            elif self.host.guests[name].kind == "pv-hostile":
                self.pv_hostile.await_report(name, int(timeout))
            else:
                self.probes.await_answer(name, timeout)

    @step(1, 16, guests="all", after=(RUNS,), unless=("pause *",), ends=GONE)
    def step_stop(self, names, timeout="180"):
        """stop GUEST...: shut guests down and wait until they are gone."""
        for name in names:
            # xl waits for the end of the domain, the xl that created it then destroys it.
            self.must(f"xl shutdown -w {name} && while xl domid {name} 2>/dev/null; do sleep 0.2; done",
                      int(timeout))
            self.running.names.remove(name)

    @step(1, 16, guests="all", unless=(RUNS, "create *"))
    def step_create(self, names, timeout="120"):
        """create GUEST...: create guests and leave them paused."""
        for name in names:
            self.must(f"xl create -p -q /root/{name}.cfg", int(timeout))

    @step(1, 16, guests="all", after=(f"{RUNS} or create *",), ends=GONE)
    def step_destroy(self, names, timeout="60"):
        """destroy GUEST...: end guests at once and wait until they are gone."""
        for name in names:
            self.must(f"xl destroy {name} && while xl domid {name} 2>/dev/null; do sleep 0.2; done",
                      int(timeout))
            if name in self.running.names:
                self.running.names.remove(name)

    @step(2, guests="first", kind="linux", text=2, after=(RUNS,), unless=("pause *",),
          status=WHOLE, expect=REGEX)
    def step_in(self, words, status="0", expect=None, timeout="30"):
        """in GUEST COMMAND: run a command on its console."""
        quoted = words[1].replace("'", "'\\''")
        self.dom0.expect(f"guest-sh {words[0]} '{quoted}' {timeout}", status, expect,
                    int(timeout) + 10)

    @step(1, text=1, status=WHOLE, expect=REGEX)
    def step_dom0(self, words, status="0", expect=None, timeout="60"):
        """dom0 COMMAND: run a command in dom0."""
        self.dom0.expect(words[0], status, expect, int(timeout))

    @step(1, word=NUMBER)
    def step_wait(self, words, **_):
        """wait SECONDS (dom0's)"""
        self.must(f"sleep {words[0]}", int(float(words[0])) + 30)

    @check(0, 16, guests="all", kind="linux", after=(RUNS,), unless=("pause *",))
    def check_console(self, words, **_):
        """The console of these guests, or of all that have one, answers."""
        # In real time only what hangs is to be found: a machine may be slow.
        seconds = CONSOLE_S if self.host.icount else CONSOLE_REAL_S
        for guest in words or self.running.of_kind("linux"):
            output = self.must(f"guest-sh {guest} 'echo $((6 * 7))' {seconds}", seconds + 10)
            if output.strip() != "42":
                raise StepFailed(f"{guest}'s console answered {output.strip()!r}")
