# SPDX-License-Identifier: GPL-2.0-only
"""Updates in which something is made to fail: what became of the guests, and whether what the
command says puts things right. For `bed faults` each leaves a line in build/faults/SCENARIO.jsonl."""

import contextlib
import json
import random

from ..errors import StepFailed
from ..qemu import BUILD
from ..struck import HANGS
from .context import Kind
from .interrex import LOADED, parsed
from .struck import ENDS
from .usage import REGEX, WHOLE, step

OUT = BUILD / "faults"
PLACE = r"[a-z0-9-]+:[a-z]+"
TRIES = 3  # at what the command says is next
PATIENCE_S = "12"  # until a CPU that does not answer is given up, and whoever waits for it goes on


class Attempts(Kind):
    """Tries, settles, judges."""

    def __init__(self, context, probes, interrex, held):
        super().__init__(context)
        self.probes, self.interrex, self.held = probes, interrex, held
        self.dead = set()  # CPUs that were made so on purpose
        self.random = random.Random(context.host.name)  # the same in every run

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
        """Raises StepFailed where a guest, dom0 or the host is not as it was, but for those CPUs."""
        self.probes.check_guests([])
        status = self._status()
        if status["online_cpus"] != self.host.cpus - len(self.dead):
            raise StepFailed(f"{status['online_cpus']} of {self.host.cpus} CPUs are online, "
                             f"{len(self.dead)} are to be dead")

    @contextlib.contextmanager
    def _left(self, line):
        """What is known of an attempt is written down and said, however it ends."""
        try:
            yield
        except StepFailed as e:
            line["guests"] = f"lost: {e}"
            raise
        finally:
            OUT.mkdir(parents=True, exist_ok=True)
            with open(OUT / f"{self.host.name}.jsonl", "a", encoding="utf-8") as out:
                out.write(json.dumps(line) + "\n")
            self.say(", ".join(f"{key} {value}" for key, value in line.items()))

    @staticmethod
    def _begun(verb, running, following, killed):
        """What an attempt leaves, as far as it is known before it."""
        role = "running" if running else "next" if following else "tool" if killed else "none"
        return {"what": verb, "fault": running or following or (f"tool:kill at {killed}" if killed else "none"),
                "role": role}

    @staticmethod
    def _started(command, killed, moment):
        """The line of shell that runs it."""
        command = f"interrex {command} >/tmp/report.json"
        if killed:
            return f"kill-at '{killed}' {command}"
        if moment is None:
            return command
        return f"{{ {command} & }}; p=$!; sleep {moment / 1000}; kill -9 $p; wait $p"

    @step(1, running=PLACE, next=PLACE, killed=REGEX, within_ms=WHOLE, silence_ms=WHOLE, must=r"[a-z|]+",
          word="update|drill", after=("baseline",))
    # pylint: disable-next=too-many-arguments,redefined-builtin
    def step_attempt(self, words, running=None, next=None, killed=None, within_ms=None, silence_ms="400",
                     must=None, timeout="240"):
        """attempt update|drill: an update to the Xen that does not run, or a drill, whatever
        becomes of it; then what `interrex status` names, until nothing is held. The guests have to
        be as they were, and the command to say one of must=A|B (a killed one says nothing).
        within_ms: the command is killed at some moment of so many."""
        target = self._other()
        before = self._fault_lines()
        if running:
            self.must(f"xl set-parameters interrex-fault={running}")
        command = f"{words[0]} {LOADED} --json"
        command += " --seconds 1" if words[0] == "drill" else \
            f" --xen /boot/xen-{target} --silence-limit {silence_ms}"
        if next:
            command += f' --cmdline "$(xl info xen_commandline) interrex-fault={next}"'
        moment = self.random.randrange(int(within_ms)) if within_ms else 0
        line = self._begun(words[0], running, next, killed or within_ms and f"{moment} ms")
        with self._left(line):
            status, output = self.dom0.run(f"{self._started(command, killed, within_ms and moment)}; s=$?; echo; "
                                           "cat /tmp/report.json; exit $s", int(timeout))
            self.results.report = parsed(output)[1]
            line["result"] = (self.results.report or {}).get("result")
            if line["role"] == "tool" and status == (0 if killed else 128 + 9):
                line["result"] = "killed"
            line["then"] = self._settle()
            line["met"] = line["result"] == "killed" or self._fault_lines() > before
            self.must("xl set-parameters interrex-fault=none")
            self._judge()
            line["guests"] = "intact"
        if must and line["result"] not in must.split("|"):
            raise StepFailed(f"the command said {line['result']}, not {must}")
        if line["role"] != "none" and not line["met"] and not within_ms:
            raise StepFailed(f"nothing was there to fail: {line['fault']} was not met")

    def _other(self):
        """The letter of the Xen that does not run."""
        return "B" if self.must("xl info | sed -n 's/^xen_extra *: *//p'").strip()[-1] == "A" else "A"

    @step(3, held="|".join(HANGS), word="update|drill", after=("baseline",), unless=("hold",))
    def step_attempt_held(self, words, held):
        """attempt-held update|drill PLACE CPU: an update to the Xen that does not run, or a drill, in which a CPU
        that the shim has stops answering (`hang-meanwhile`). At most the guest is lost that has this
        CPU as its own, the report names it, and all others are as they were."""
        verb, place, cpu = words
        if place not in ENDS:
            raise StepFailed(f"'{place}' is none of {', '.join(ENDS)}")
        line = {"what": verb, "fault": f"{place}:{held}", "role": "held"}
        with self._left(line):
            self.held.step_hang_meanwhile([place, cpu], how=held)
            if verb == "drill":
                self.interrex.step_drill((), seconds=PATIENCE_S)
            else:
                self.interrex.step_update([self._other()], boot_delay_ms=f"{PATIENCE_S}000")
            dead = {one["cpu"]: sorted({lost["guest"] for lost in one["lost"]})
                    for one in self.results.report["dead_cpus"]}
            line.update(result=self.results.report["result"], then=[], met=int(cpu) in dead)
            lost = dead.get(int(cpu), [])
            if any(self.host.guests[name].cpus != cpu for name in lost):
                raise StepFailed(f"with CPU {cpu} went {', '.join(lost)}, which may run elsewhere")
            self.held.check_crashed(lost)
            self.dead |= {int(cpu)}
            if set(dead) != self.dead:
                raise StepFailed(f"dead CPUs: {sorted(dead)}, not {sorted(self.dead)}")
            self._judge()
            line["guests"] = f"named: {lost[0]}" if lost else "intact"
