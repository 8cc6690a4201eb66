#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""The state machines, gone through: handoff-abi/states.table is right, and what is wrong is found.

Run from the top of the project after `make build/model/model`. With --conditions each condition of
each step is left out in turn, with one domain and two CPUs, and what the model says of it is printed (minutes).
"""

import os
import re
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
MODEL = TOP / os.environ.get("BUILD", "build") / "model" / "model"

sys.path.insert(0, str(TOP / "handoff-abi/tools"))
import describe  # noqa: E402
import states  # noqa: E402

ABI = describe.load()
TABLE = states.TABLE.read_text()


def model(text, domains):
    """Exit status and what it says."""
    with tempfile.NamedTemporaryFile("w", suffix=".table") as file:
        file.write(states.model(states.load(ABI, text)))
        file.flush()
        run = subprocess.run([MODEL, file.name, str(domains)], capture_output=True, text=True,
                             check=False, timeout=600)
    return run.returncode, run.stdout + run.stderr


def edited(*edits):
    text = TABLE
    for old, new in edits:
        if text.count(old) != 1:
            raise AssertionError(f"{text.count(old)} places are: {old}")
        text = text.replace(old, new)
    return text


# After the jump no operator types anything.
NOBODY_COMES = ("operator starts the tool: tool gone|stood-in -> works when dom0 with-xen, xen a|next",
                "operator starts the tool: tool gone|stood-in -> works when dom0 with-xen, xen a")


class Right(unittest.TestCase):
    def test_two_cpus_and_two_domains(self):
        status, text = model(TABLE, 2)
        self.assertEqual(status, 0, text)
        self.assertGreater(int(re.search(r"(\d+) states", text)[1]), 500000, text)

    def test_two_cpus_and_a_domain_with_its_vcpu_and_the_tool(self):
        status, text = model(TABLE, 1)
        self.assertEqual(status, 0, text)
        self.assertGreater(int(re.search(r"(\d+) states", text)[1]), 100000, text)

    def test_nobody_has_to_come_after_the_jump(self):
        status, text = model(edited(NOBODY_COMES), 1)
        self.assertEqual(status, 0, text)


# What is wrong: (what the model calls it, a step that is on the way to it, edits of the table).
WRONG = {
    "xen_starts_a_cpu_that_still_drains":
        ("never a CPU with two owners|never a vCPU at a CPU that is not held", "xen starts it",
         [("xen starts it: cpu released ->", "xen starts it: cpu released|draining ->"),
          ("runs halted|moving -> xen", "runs halted|moving|shim -> xen")]),
    "a_late_cpu_does_not_see_that_xen_gave_it_up":
        ("never a CPU with two owners", "shim has it",
         [("shim has it: cpu lent -> held", "shim has it: cpu lent|released|xen -> held"),
          ("runs moving -> shim when runs moving", "runs moving|xen -> shim when runs moving|xen")]),
    "a_cpu_leaves_with_its_vcpu":
        ("never a vCPU at a CPU that is not held", "shim lets it go",
         [("runs shim|ill -> halted when none at this", "runs shim|ill -> halted")]),
    "the_shim_enters_what_xen_took_back":
        ("never a guest that runs here and there|never a guest that goes on with what it was before",
         "shim enters", [("shim enters: domain entering ->", "shim enters: domain entering|with-xen ->")]),
    "xen_runs_what_the_shim_has_just_entered":
        ("never a guest that (runs here and there|goes on with what it was before)", "xen lets it go on",
         [("domain preparing|prepared|failed|with-xen, away no", "domain prepared|with-xen|running")]),
    "xen_claims_what_is_not_frozen":
        ("never a guest that runs here and there", "xen claims",
         [("xen claims: domain frozen|failed ->", "xen claims: domain frozen|freezing|failed ->")]),
    "memory_of_one_that_still_runs_is_given_out":
        ("never memory that is given out", "xen abandons it",
         [("xen abandons it: domain frozen|failed ->", "xen abandons it: domain frozen|failed|freezing ->")]),
    "the_shim_does_not_see_that_it_is_another":
        ("never a domain prepared of what Xen took back", "xen asks to prepare anew",
         [("phase built, stale no,", "phase built,")]),
    "a_guest_is_left_behind":
        ("never a hand-over with a guest left behind", "xen hands over",
         [("all domain running|with-xen, none domain with-xen & guest runs|stands, ", "")]),
    "sections_are_consumed_too_early":
        ("never a Xen that boots without being told of memory", "xen jumps",
         [("there image -> free, each online", "there image -> free, sections * -> none, each online")]),
    "claims_before_dom0_runs":
        ("never a guest lost before dom0 runs again", "xen runs it",
         [("xen runs it: guest stands -> runs when xen a|next, domain claimed, away no",
           "xen runs it: guest stands -> runs when xen next-boots, domain running"),
          ("guest runs, away yes\n", "guest runs, away yes, xen next\n"),
          ("guest runs, phase live|freezing\n", "guest runs, phase live|freezing, xen next\n"),
          ("host handing-over, guest runs\n", "host handing-over, guest runs, xen next\n")]),
    "nobody_recovers":
        ("no way out|a deadlock", "fault the next crashes",
         [("xen recovers: host handing-over|claiming", "xen recovers: host loaded")]),
    "nobody_takes_back_what_no_cpu_enters":
        ("no way out|a deadlock", "xen refuses it",
         [("xen waits no longer: domain entering ->", "xen waits no longer: domain frozen ->")]),
    "a_held_guest_can_only_be_claimed_before_the_jump":
        ("no way out|a deadlock", "xen hands over",
         [("running -> freezing when asked-for, host", "running -> freezing when asked-in-a, host")]),
    "nobody_stands_in_for_the_tool_and_nobody_comes":
        ("no way out|a deadlock", "fault the tool dies",
         [NOBODY_COMES, ("stands in for the tool: tool gone ->", "stands in for the tool: tool works ->")]),
    "nobody_gives_up_a_dead_cpu":
        ("no way out|a deadlock", "fault a held CPU dies",
         [("gives up a dead CPU: cpu held|draining ->", "gives up a dead CPU: cpu draining ->")]),
    "nobody_stops_a_guest_when_no_cpu_is_left":
        ("no way out|a deadlock", "fault a held CPU dies",
         [("stops it alone: domain freezing ->", "stops it alone: domain preparing ->")]),
    "a_dead_cpu_keeps_its_vcpus":
        ("no way out|a deadlock", "fault a held CPU dies",
         [("what a dead CPU had: at other -> this when", "what a dead CPU had: at none -> this when")]),
    "a_guest_goes_on_without_its_registers":
        ("never a guest that (runs here and there|goes on)|no way out|a deadlock", "fault a held CPU dies",
         [("xen claims one that is lost: domain frozen", "xen claims one that is lost: domain running")]),
    "a_step_that_cannot_be":
        ("a step that is not taken", "xen dreams",
         [("# ---- Faults", "alone xen dreams: host recovering -> claiming when xen a\n# ---- Faults")]),
}


class Wrong(unittest.TestCase):
    """A wrong arrow is found, called by its name, and shown on the way."""


def add_wrong(name, what, step, edits):
    def test(self):
        status, text = model(edited(*edits), 1)
        self.assertEqual(status, 1, text)
        self.assertRegex(text, rf"(?m)^FOUND ({what})")
        self.assertRegex(text, rf"(?m)^ *{re.escape(step)}(,|$)")
    setattr(Wrong, f"test_{name}", test)


for key, (found, at, how) in WRONG.items():
    add_wrong(key, found, at, how)


class Form(unittest.TestCase):
    """What is not a table is refused, by line."""

    def refused(self, words, *edits):
        with self.assertRaisesRegex(states.Refused, words):
            states.load(ABI, edited(*edits))

    def test_a_value_that_there_is_not(self):
        self.refused(r"states.table:\d+: host is never lend,",
                     ("begins to lend: host loaded -> lending", "begins to lend: host loaded -> lend"))

    def test_a_variable_that_there_is_not(self):
        self.refused("not a variable", ("xen has lent: host lending", "xen has lent: hosts lending"))

    def test_a_step_that_is_there_twice(self):
        self.refused("two steps are called: xen jumps", ("xen hands over:", "xen jumps:"))

    def test_a_state_without_an_arrow_out_of_it(self):
        self.refused("cpu draining: no arrow leads out of it",
                     ("shim keeps it: cpu draining ->", "shim keeps it: cpu lent ->"),
                     ("shim lets it go: cpu draining ->", "shim lets it go: cpu lent ->"),
                     ("    cpu draining -> xen, runs shim -> xen,", "    cpu lent -> xen, runs shim -> xen,"),
                     ("gives up a dead CPU: cpu held|draining ->", "gives up a dead CPU: cpu held ->"))

    def test_a_state_that_only_a_reset_ends(self):
        self.refused("cpu dead: no arrow leads out of it", ("end cpu dead\n", ""))
        self.refused("cpu is never gone", ("end cpu dead\n", "end cpu gone\n"))

    def test_a_state_that_no_arrow_knows(self):
        self.refused("host recovering: no arrow knows it",
                     *((line, "") for line in re.findall(r"(?m)^(?:planned )?(?:xen|shim) [^:]*: host .*recovering.*\n(?: +.*\n)*",
                                                         TABLE)))

    def test_a_line_of_another_kind(self):
        self.refused("not understood", ("xen unloads:", "xenstored unloads:"))

    def test_numbers_that_are_no_table(self):
        with tempfile.NamedTemporaryFile("w") as file:
            file.write("vars 1\nhost 0 0 99")
            file.flush()
            self.assertEqual(subprocess.run([MODEL, file.name, "1"], capture_output=True,
                                            check=False, timeout=60).returncode, 2)


def without(step, part):
    """The table's text without one condition of a step."""
    lines = states.logical_lines(TABLE)
    out = []
    for number, line in lines:
        if number == step.line:
            changes, _, conditions = line.partition(" when ")
            left = [c.strip() for c in conditions.split(",")]
            left.pop(part)
            line = changes + (" when " + ", ".join(left) if left else "")
        out.append(line)
    return "\n".join(out) + "\n"


def conditions():
    """Leaves out each condition in turn."""
    tried = missed = 0
    for step in states.load(ABI).steps:
        text = next(line for number, line in states.logical_lines(TABLE) if number == step.line)
        for part, condition in enumerate(text.partition(" when ")[2].split(",") if " when " in text else []):
            status, said = model(without(step, part), 1)
            tried += 1
            missed += not status
            found = re.search(r"FOUND (.*)", said)
            print(f"{step.writer} {step.name}: without {condition.strip()}: "
                  f"{found[1] if found else 'nothing'}", flush=True)
    print(f"{tried} conditions, {tried - missed} are missed when they are not there")


if __name__ == "__main__":
    if "--conditions" in sys.argv[1:]:
        conditions()
    else:
        unittest.main()
