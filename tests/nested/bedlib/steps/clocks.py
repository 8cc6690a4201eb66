# SPDX-License-Identifier: GPL-2.0-only
"""Steps about guests whose TSC is not simply the host's."""

from ..errors import StepFailed
from .context import Kind
from .usage import RUNS, WHOLE, check, step


class Clocks(Kind):
    """TSC modes."""

    def __init__(self, context, probes):
        super().__init__(context)
        self.probes = probes

    @step(1, guests="all", kind="linux", unless=(RUNS, "create *"), khz=WHOLE)
    def step_moved(self, words, khz="1000000", timeout="240"):
        """moved GUEST: start a guest as if it had come from a host with a TSC of so many kHz."""
        name = words[0]
        self.must(f"xl create -p -q /root/{name}.cfg && settsc $(xl domid {name}) {khz} && "
                  f"xl unpause {name}", int(timeout))
        self.running.names.append(name)
        self.probes.await_answer(name, timeout)

    @check(0, 16, guests="all", after=("update or drill or hold",))
    def check_emulated(self, words, **_):
        """The TSC of these guests was read through the shim while it held them; of no other."""
        guests = self.results.report.get("guests", [])
        for name in set(words) - {guest["name"] for guest in guests}:
            raise StepFailed(f"{name} was not held")
        for guest in guests:
            held = guest["held"] or {"exits_served": {}, "exits_parked": {}}
            served = held["exits_served"].get("tsc", 0)
            self.say(f"{guest['name']}: {served} RDTSC served")
            if (served > 0) != (guest["name"] in words):
                raise StepFailed(f"{guest['name']}: {served} RDTSC served by the shim")
            if held["exits_parked"].get("tsc", 0):
                raise StepFailed(f"{guest['name']}: RDTSC parked a vCPU")
