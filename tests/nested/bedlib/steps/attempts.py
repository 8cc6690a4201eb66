# SPDX-License-Identifier: GPL-2.0-only
"""Updates in which something is made to fail: what became of the guests, and whether what the
command says puts things right. For `bed faults` each leaves a line in build/faults/SCENARIO.jsonl."""

import json

from ..errors import StepFailed
from ..qemu import BUILD
from .context import Kind
from .interrex import LOADED, parsed
from .usage import REGEX, WHOLE, step

OUT = BUILD / "faults"
PLACE = r"[a-z0-9-]+:[a-z]+"
TRIES = 3  # at what the command says is next


class Attempts(Kind):
    """Tries, settles, judges."""

    def __init__(self, context, probes):
        super().__init__(context)
        self.probes = probes

    def _fault_lines(self):
        """How often a fault point has been met, by the machine's console."""
        console = BUILD / "nested" / self.host.name / "console.log"
        return console.read_text(errors="replace").count("Interrex: fault ")

    def _status(self):
        return parsed("\n" + self.must("interrex status --json"))[1]["host"]

    def _settle(self):
        """Does what `interrex status` names until nothing is left to do: the commands, in order."""
        done = []
        while len(done) < TRIES:
            following = self._status()["next"]
            if not following:
                return done
            done.append(following)
            self.dom0.run(f"interrex {following}", 120)
        raise StepFailed(f"after {', '.join(done)} it is still {self._status()['state']}")

    def _judge(self):
        """Raises StepFailed where a guest, dom0 or the host is not as it was."""
        self.probes.check_guests([])
        status = self._status()
        if status["online_cpus"] != status["cpus"]:
            raise StepFailed(f"{status['online_cpus']} of {status['cpus']} CPUs are online")

    def _leave(self, line):
        OUT.mkdir(parents=True, exist_ok=True)
        with open(OUT / f"{self.host.name}.jsonl", "a", encoding="utf-8") as out:
            out.write(json.dumps(line) + "\n")

    @step(1, running=PLACE, next=PLACE, killed=REGEX, silence_ms=WHOLE, must=r"[a-z|]+",
          word="update|drill", after=("baseline",))
    # pylint: disable-next=too-many-arguments,redefined-builtin
    def step_attempt(self, words, running=None, next=None, killed=None, silence_ms="400", must=None,
                     timeout="240"):
        """attempt update|drill: an update to the Xen that does not run, or a drill, whatever
        becomes of it; then what `interrex status` names, until nothing is held. The guests have to
        be as they were, and the command to say one of must=A|B (a killed one says nothing)."""
        here = self.must("xl info | sed -n 's/^xen_extra *: *//p'").strip()[-1]
        target = "B" if here == "A" else "A"
        before = self._fault_lines()
        if running:
            self.must(f"xl set-parameters interrex-fault={running}")
        command = f"{words[0]} {LOADED} --json"
        command += " --seconds 1" if words[0] == "drill" else \
            f" --xen /boot/xen-{target} --silence-limit {silence_ms}"
        if next:
            command += f' --cmdline "$(xl info xen_commandline) interrex-fault={next}"'
        program = f"kill-at '{killed}' interrex" if killed else "interrex"
        line = {"what": words[0], "fault": running or next or (f"tool:kill at {killed}" if killed else "none"),
                "role": "running" if running else "next" if next else "tool" if killed else "none"}
        try:
            status, output = self.dom0.run(f"{program} {command} >/tmp/report.json; s=$?; echo; "
                                           "cat /tmp/report.json; exit $s", int(timeout))
            self.results.report = parsed(output)[1]
            line["result"] = "killed" if killed and status == 0 else (self.results.report or {}).get("result")
            line["then"] = self._settle()
            line["met"] = bool(killed and status == 0) or self._fault_lines() > before
            self.must("xl set-parameters interrex-fault=none")
            self._judge()
            line["guests"] = "intact"
        except StepFailed as e:
            line["guests"] = f"lost: {e}"
            raise
        finally:
            self._leave(line)
            self.say(", ".join(f"{key} {value}" for key, value in line.items()))
        if must and line["result"] not in must.split("|"):
            raise StepFailed(f"the command said {line['result']}, not {must}")
        if line["role"] != "none" and not line["met"]:
            raise StepFailed(f"nothing was there to fail: {line['fault']} was not met")
