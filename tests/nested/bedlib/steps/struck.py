# SPDX-License-Identifier: GPL-2.0-only
"""Steps that give held CPUs NMIs and machine checks, or have them hang, and look what came of it (../struck.py)."""

import json
import re

from .. import meanwhile, struck
from ..errors import StepFailed
from ..monitor import command
from .context import Kind
from .guests import GONE
from .usage import RUNS, WHOLE, check, step

PLACES = ("idle", "guest")
ENDS = (*PLACES, "lock")
NOBODY = (None, None)
INTERRUPTS = 1 << 9  # the flag IF
DEAD = r"(apic)?[0-9]+(:[a-z0-9]+)?"


class Struck(Kind):
    """While guests are held. A CPU is named by Xen's number."""

    def __init__(self, context):
        super().__init__(context)
        self.expected = {}  # of the next report: CPU: (guest or None, severity)

    def _status(self):
        return json.loads(self.must("interrex status --json"))

    def _cpu(self, status, number):
        found = [cpu for cpu in status["cpus"] if cpu["cpu"] == number]
        if not found:
            raise StepFailed(f"CPU {number} is not the shim's")
        return found[0]

    @staticmethod
    def _nmi_exits(status):
        """{guest: exits by an NMI}"""
        return {domain["name"]: sum(vcpu["exits_served"].get("nmi", 0) for vcpu in domain["vcpus"])
                for domain in status["domains"]}

    @staticmethod
    def _place(words):
        place, cpu = words
        if not re.fullmatch(WHOLE, cpu):
            raise StepFailed(f"'{cpu}' is no CPU")
        return place, int(cpu)

    def _strike(self, action, timeout):
        """Has the machine stand, and this done."""
        # Longer than it takes the CPU to come where it is to be: `stand` has not ended by then.
        status, output = self.dom0.run("stand 2 sleep 4", int(timeout), meanwhile=lambda: meanwhile.while_it_stands(
            self.context.channel, [action]))
        if status:
            raise StepFailed(f"stand ended with {status}: {output.strip()}")

    @step(2, word="|".join(PLACES), after=("hold",), times=WHOLE)
    def step_nmi(self, words, times="1", timeout="120"):
        """nmi PLACE CPU: a held CPU gets NMIs, asleep in the shim (idle) or in a guest."""
        place, number = self._place(words)
        before = self._status()
        region = int(before["host"]["region"]["base"], 16)
        for _ in range(int(times)):
            self._strike(struck.nmi(region, place, number), timeout)
        after = self._status()
        came = self._cpu(after, number)["nmis"] - self._cpu(before, number)["nmis"]
        exits = sum(self._nmi_exits(after).values()) - sum(self._nmi_exits(before).values())
        wanted = int(times) if place == "guest" else 0
        if came != int(times) or exits != wanted:
            raise StepFailed(f"CPU {number} took {came} of {times} NMIs, {exits} of them out of guests (not {wanted})")

    def _look(self, number, severity, owner):
        """The shim has a machine check of this CPU, of this vCPU (guest, number) or NOBODY."""
        seen = self._cpu(self._status(), number)["machine_check"]
        if severity == "corrected" and owner == NOBODY:
            if seen:
                raise StepFailed(f"CPU {number} met a machine check, though the error was corrected")
            return
        if not seen:
            raise StepFailed(f"CPU {number} met no machine check")
        got = (seen["guest"], seen["vcpu"], seen["severity"], seen["bank"], seen["addr"], seen["misc"])
        wanted = (*owner, severity, struck.BANK, hex(struck.ADDR), hex(struck.MISC))
        if got != wanted:
            raise StepFailed(f"CPU {number}: the machine check is {got}, not {wanted}")

    @step(2, word="|".join(PLACES), after=("hold",), severity="|".join(struck.SEVERITIES))
    def step_mce(self, words, severity="uncorrected", timeout="120"):
        """mce PLACE CPU: a held CPU meets one, asleep in the shim (idle), or in the only vCPU of the only
        guest that has this CPU as its own (guest; corrected, whatever is asked for: struck.py)."""
        place, number = self._place(words)
        region = int(self._status()["host"]["region"]["base"], 16)
        severity = severity if place == "idle" else "corrected"
        owner = NOBODY if place == "idle" else (self._owner(number), 0)
        self._strike(struck.machine_check(self.context.channel.directory, region, place, number, severity), timeout)
        self._look(number, severity, owner)
        if (severity, owner) != ("corrected", NOBODY):
            self.expected[number] = (owner[0], severity)

    def _owner(self, number):
        owners = [name for name in self.running.names if self.host.guests[name].cpus == str(number)]
        if len(owners) != 1 or self.host.guests[owners[0]].vcpus != 1:
            raise StepFailed(f"not one guest with one vCPU has CPU {number} as its own, but {owners}")
        return owners[0]

    @step(2, word="guest", after=("baseline",), unless=("hold",))
    def step_mce_meanwhile(self, words, timeout="60"):
        """mce-meanwhile guest CPU: the same in the next `update`, while it has no dom0."""
        _, number = self._place(words)
        region = int(json.loads(self.must("interrex status --json", int(timeout)))["host"]["region"]["base"], 16)
        self.expected[number] = (self._owner(number), "corrected")
        self.context.meanwhile.append(struck.machine_check(self.context.channel.directory, region, "guest", number,
                                                           "corrected"))

    @check(after=("abort or update",))
    def check_machine_checks(self, _words, **_):
        """The last report tells of those that there were, whose they were, and of no others."""
        found = {one["cpu"]: (one["guest"], one["severity"]) for one in self.results.report["machine_checks"]}
        expected, self.expected = self.expected, {}
        if found != expected:
            raise StepFailed(f"machine checks in the report: {found}, not {expected}")
        self.must("interrex report")  # for the log of the steps

    @step(2, word="|".join(ENDS), after=("hold",), how="|".join(struck.HANGS))
    def step_hang(self, words, how="deaf", timeout="120"):
        """hang PLACE CPU: a held CPU does nothing any more, asleep in the shim (idle), coming out of a guest, or
        with a domain's lock."""
        place, number = self._place(words)
        region = int(self._status()["host"]["region"]["base"], 16)
        self._strike(struck.hang(region, place, number, how), timeout)

    @step(2, word="|".join(ENDS), after=("baseline",), unless=("hold",), how="|".join(struck.HANGS))
    def step_hang_meanwhile(self, words, how="deaf", timeout="60"):
        """hang-meanwhile PLACE CPU: the same in the next `update`, while it has no dom0, or `drill`."""
        place, number = self._place(words)
        region = int(json.loads(self.must("interrex status --json", int(timeout)))["host"]["region"]["base"], 16)
        self.context.meanwhile.append(struck.hang(region, place, number, how))

    @check(1, 16, word=DEAD, after=(RUNS,))
    def check_dead(self, words, timeout="30"):
        """check dead CPU[:GUEST]...: these CPUs are dead, and each had this guest, or none; report and status say
        so, and all others are online. A CPU: Xen's number, or apicID."""
        wanted = {cpu: [guest] if guest else [] for cpu, _, guest in (word.partition(":") for word in words)}
        for what in (self.results.report, self._status()):
            by_apic = {f"apic{cpu['apic_id']}" for cpu in what["dead_cpus"]} & set(wanted)
            found = {name if (name := f"apic{cpu['apic_id']}") in by_apic else str(cpu["cpu"]):
                     sorted({lost["guest"] for lost in cpu["lost"]}) for cpu in what["dead_cpus"]}
            if found != wanted:
                raise StepFailed(f"dead CPUs, and who was lost with them: {found}, not {wanted}")
        online = int(self.must("xl info | awk '/^nr_cpus/ { print $3 }'", int(timeout)))
        if online != self.host.cpus - len(wanted):
            raise StepFailed(f"{online} CPUs are online, not {self.host.cpus - len(wanted)}")

    @check(1, 16, word=WHOLE, after=(RUNS,))
    def check_halted(self, words, timeout="60"):
        """check halted CPU...: of the machine's own count; each stands in a HLT that no interrupt ends, whatever it
        is for Xen."""
        said = []
        self._strike(lambda _: said.append(command(self.context.channel.directory, "info registers -a")), timeout)
        registers = dict(re.findall(r"CPU#(\d+)\r?\n(.*?)(?=CPU#|\Z)", said[0], re.S))
        for number in words:
            found = registers.get(number, "")
            flags = re.search(r"RFL=([0-9a-f]+)", found)
            if not flags or int(flags[1], 16) & INTERRUPTS or "HLT=1" not in found:
                raise StepFailed(f"CPU {number} is not halted for ever: {found[:600]}")

    @check(1, 16, guests="all", after=(RUNS,), ends=GONE)
    def check_crashed(self, names, timeout="30"):
        """These guests have crashed, and are kept so (on_crash="preserve"); nothing more is asked of them."""
        for name in names:
            state = self.must(f"xl list {name} | awk 'END {{ print $5 }}'", int(timeout)).strip()
            if "c" not in state:
                raise StepFailed(f"{name} has not crashed: it is {state}")
            self.running.names.remove(name)
            self.must(f"xl destroy {name} && while xl domid {name} 2>/dev/null; do sleep 0.2; done", int(timeout))
