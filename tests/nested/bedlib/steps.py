# SPDX-License-Identifier: GPL-2.0-only
"""The steps of scenarios. README.md describes them for those who write scenarios.

A step is a method step_NAME of Steps; its arguments are words and key=value
pairs. USAGE says which, and is checked before anything starts.
"""

import json
import re
import statistics
import subprocess
import sys
import time

from . import costs, meter
from .channel import NoAnswer
from .errors import StepFailed
from .qemu import BUILD, DOM0_OPTIONS, TOP, xen_command_line

# name: (words: least, most), {key: pattern of its value}
NUMBER = r"[0-9]+(\.[0-9]+)?"
COMMON = {"timeout": r"[0-9]+"}
USAGE = {
    "start": ((1, 16), {}),
    "stop": ((1, 16), {}),
    "create": ((1, 16), {}),
    "destroy": ((1, 16), {}),
    "wait": ((1, 1), {}),
    "mark": ((0, 0), {"seconds": NUMBER}),
    "dom0": ((1, 1), {"status": r"[0-9]+", "expect": r".*"}),
    "in": ((2, 2), {"status": r"[0-9]+", "expect": r".*"}),
    "hold": ((0, 0), {}),
    "drill": ((0, 0), {"seconds": r"[0-9]+", "result": r"[a-z]+", "reason": r".*",
                       "interrupt": r"[a-z]+"}),
    "update": ((1, 1), {"result": r"[a-z]+", "reason": r".*", "linger_ms": r"[0-9]+",
                        "interrupt": r"[a-z]+"}),
    "refuse": ((2, 32), {}),
    "abort": ((0, 0), {}),
    "report": ((1, 1), {}),
    "kexec": ((0, 0), {}),
    "costs": ((0, 0), {}),
    "check": ((1, 2), {"max_ms": NUMBER, "max": NUMBER, "min": NUMBER, "reason": r".*", "slack_mib": r"[0-9]+"}),
    "repeat": ((1, 1), {}),
    "end": ((0, 0), {}),
}
CHECKS = ("same", "guests", "xen", "gap", "stall", "progress", "free-memory", "console", "watch",
          "blackout", "trend")


def split(words):
    """A line's words -> (plain words, {key: value})."""
    plain, keys = [], {}
    for word in words:
        key, sep, value = word.partition("=")
        if sep and re.fullmatch(r"[a-z_]+", key) and not plain_text(words, word):
            keys[key] = value
        else:
            plain.append(word)
    return plain, keys


def plain_text(words, word):
    """Whether a word that contains '=' is the command of a dom0 or in step."""
    at = {"dom0": 1, "in": 2}.get(words[0])
    return at is not None and len(words) > at and words[at] is word


# What interrex has to exit with for a result (interrex.8).
EXITS = {"ok": 0, "updated": 0, "drilled": 0, "held": 0, "refused": 3, "aborted": 4, "failed": 5}


def check(host, words):
    """Refuses a step that cannot be meant; ValueError says why."""
    name = words[0]
    if name not in USAGE:
        raise ValueError(f"'{name}' is not a step (known: {', '.join(USAGE)})")
    (least, most), keys = USAGE[name]
    plain, given = split(words)
    if not least <= len(plain) - 1 <= most:
        raise ValueError(f"{name} takes {least} to {most} words, not {len(plain) - 1}")
    for key, value in given.items():
        pattern = {**keys, **COMMON}.get(key)
        if pattern is None:
            raise ValueError(f"{name} knows no '{key}'")
        if not re.fullmatch(pattern, value):
            raise ValueError(f"'{value}' is not a value for {key}")
    if name in ("start", "stop", "create", "destroy", "in"):
        for guest in plain[1:2] if name == "in" else plain[1:]:
            if guest not in host.guests:
                raise ValueError(f"no guest {guest} is described above")
    if name in ("wait", "repeat") and not re.fullmatch(NUMBER, plain[1]):
        raise ValueError(f"{name} takes a number")
    if name == "kexec" and not host.stock:
        raise ValueError("kexec is for a host of stock Xen")
    if name == "check" and plain[1] not in CHECKS:
        raise ValueError(f"'{plain[1]}' cannot be checked (known: {', '.join(CHECKS)})")


TREND_FLOOR_MS = 1  # less may vary with where in its work a guest was met


def trends(updates):
    """[(name, [ms of every update])] of what must not grow from update to update."""
    yield "the service stall", [u["service_stall_ms"] for u in updates]
    for i, guest in enumerate(updates[0]["guests"]):
        for key in ("blackout_enter_us", "blackout_leave_us"):
            yield f"{guest['name']}'s {key[:-3]}", [u["guests"][i][key] / 1000 for u in updates]


class Follower:  # pylint: disable=too-few-public-methods
    """Takes output as it comes: all to the log, interrex's progress to the screen."""

    PROGRESS = re.compile(r" *[0-9.]+ s +[0-9]+/[0-9]+ ")

    def __init__(self, log):
        self.log = log
        self.line = ""

    def __call__(self, text):
        self.log.write(text)
        self.log.flush()
        *lines, self.line = (self.line + text).split("\n")
        for line in lines:
            if self.PROGRESS.match(line):
                print(f"# {line}", flush=True)


class Steps:
    """Runs steps on a booted machine and remembers what they found."""

    def __init__(self, host, channel, log):
        self.host = host
        self.channel = channel
        self.log = log
        self.running = []
        self.marked = None
        self.report = None
        self.updates = []  # the reports of all updates
        self.reports = []  # of all updates and drills

    # ---- helpers ----

    def run(self, command, timeout=120):
        """A command in dom0: (status, output); both go to the log."""
        if self.host.icount:
            timeout *= 4
        self.log.write(f"$ {command}\n")
        status, output = self.channel.run(command, timeout, Follower(self.log))
        self.log.write(f"[status {status}]\n")
        self.log.flush()
        return status, output

    def must(self, command, timeout=120):
        """The output of a command that has to succeed."""
        status, output = self.run(command, timeout)
        if status:
            last = output.strip().splitlines()[-1:] or ["no output"]
            raise StepFailed(f"'{command}' ended with {status}: {last[0]}")
        return output

    def meters(self, verb="report"):
        """{guest: report} of all running guests."""
        found = {}
        for guest in self.running:
            output = self.must(f"guest-meter {guest} {verb} seconds=90")
            found[guest] = meter.parse(output) if verb.startswith("report") else None
        return found

    def facts(self):
        """What must not change: of dom0's processes and of all domains."""
        lines = self.must("dom0-witness show").splitlines()
        return dict(line.split("=", 1) for line in lines if "=" in line)

    def free_memory_kib(self):
        """Free memory as Xen sees it (xl info says it in whole MiB only)."""
        output = self.must("xl info | sed -n 's/^free_memory *: *//p'")
        return int(output) * 1024

    # ---- guests ----

    def step_start(self, names, timeout="240"):
        """start GUEST...: create guests and wait until their meters answer."""
        for name in names:
            self.must(f"xl create -q /root/{name}.cfg", int(timeout))
            self.running.append(name)
        for name in names:
            self.must(f"guest-meter {name} seconds={timeout} >/dev/null", int(timeout) + 10)

    def step_stop(self, names, timeout="180"):
        """stop GUEST...: shut guests down and wait until they are gone."""
        for name in names:
            self.must(f"xl shutdown -w {name}", int(timeout))
            self.running.remove(name)
            status, output = self.run(f"xl domid {name}")
            if status == 0:
                raise StepFailed(f"{name} is still there after its shutdown: domid {output.strip()}")

    def step_create(self, names, timeout="120"):
        """create GUEST...: create guests and leave them paused."""
        for name in names:
            self.must(f"xl create -p -q /root/{name}.cfg", int(timeout))

    def step_destroy(self, names, timeout="60"):
        """destroy GUEST...: end guests at once and wait until they are gone."""
        for name in names:
            self.must(f"xl destroy {name} && while xl domid {name} 2>/dev/null; do sleep 0.2; done",
                      int(timeout))
            if name in self.running:
                self.running.remove(name)

    def step_in(self, words, status="0", expect=None, timeout="30"):
        """in GUEST COMMAND: run a command on its console."""
        quoted = words[1].replace("'", "'\\''")
        self._command(f"guest-sh {words[0]} '{quoted}' {timeout}", status, expect,
                      int(timeout) + 10)

    def step_dom0(self, words, status="0", expect=None, timeout="60"):
        """dom0 COMMAND: run a command in dom0."""
        self._command(words[0], status, expect, int(timeout))

    def _command(self, command, status, expect, timeout):
        got, output = self.run(command, timeout)
        if got != int(status):
            last = output.strip().splitlines()[-1:] or ["no output"]
            raise StepFailed(f"'{command}' ended with {got}, not {status}: {last[0]}")
        if expect is not None and not re.search(expect, output):
            raise StepFailed(f"'{expect}' is not in the output of '{command}'")

    def step_wait(self, words, **_):
        """wait SECONDS (dom0's)"""
        self.must(f"sleep {words[0]}", int(float(words[0])) + 30)

    def step_mark(self, _words, seconds="5", timeout="60"):
        """mark: from here on it counts; watch the guests' speed for some seconds."""
        self.must("dom0-witness start", int(timeout))
        self.meters("reset")
        self.must(f"sleep {seconds}", int(float(seconds)) + int(timeout))
        reports = self.meters("report 0")
        self.marked = {"meters": reports, "facts": self.facts(),
                       "beats": int(self.must("dom0-witness beats")),
                       "free": self.free_memory_kib(), "at": time.monotonic()}
        self.meters("reset")

    # ---- interrex ----

    def _interrex(self, command, result, reason, timeout, interrupt=None, exits=None):
        """Runs interrex with --json; checks its result, its exit status and, if any, a reason.
        interrupt: SIGINT as soon as it reports progress of that phase."""
        verb = command.split()[0]
        program = f"interrex-interrupt {interrupt}" if interrupt else "interrex"
        status, output = self.run(f"{program} {command} --json >/tmp/report.json; s=$?; "
                                  "echo; cat /tmp/report.json; exit $s", int(timeout))
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
            raise StepFailed(f"interrex {verb} ended with {status}, result {got}, "
                             f"not {result}: {why}")
        if exits is None:
            exits = EXITS.get(result, status)
        if status != exits:
            raise StepFailed(f"interrex {verb} said {result}, but ended with {status}, not {exits}")
        if reason and not any(re.search(reason, json.dumps(r))
                              for r in self.report.get("reasons") or []):
            raise StepFailed(f"none of the reasons matches '{reason}'")

    def step_hold(self, _words, timeout="120"):
        """hold: put the guests into the shim and leave them there."""
        self._interrex("hold --shim /boot/shim.elf", "held", None, timeout)

    def step_drill(self, _words, seconds="10", result="drilled", reason=None, interrupt=None,
                   timeout="120"):
        """drill: hold for some seconds, then go back."""
        self._interrex(f"drill --shim /boot/shim.elf --seconds {seconds}", result, reason, timeout,
                       interrupt)

    def step_update(self, words, result="updated", reason=None, linger_ms="0", interrupt=None,
                    timeout="180"):
        """update X: to /boot/xen-X."""
        try:
            self._interrex(f"update --shim /boot/shim.elf --xen /boot/xen-{words[0]} "
                           f"--linger {linger_ms}", result, reason, timeout, interrupt)
        except NoAnswer as e:
            raise StepFailed(f"dom0 did not come back ({e})") from e
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

    def step_abort(self, _words, timeout="120"):
        """abort: take everything back."""
        self._interrex("abort", "aborted", None, timeout, exits=0)

    def _guest_figures(self):
        """What the meters say, in the form that `interrex report --merge-guests` reads."""
        figures = []
        for guest, report in self._after().items():
            before = self.marked["meters"][guest]
            try:
                speed, held_speed, _, _ = meter.progress(before, report, *self.held(report))
            except StepFailed:
                speed, held_speed = 1, None
            figures.append({"name": guest,
                            "largest_gap_us": round(meter.largest_gap_ms(report) * 1000, 1),
                            "held_progress": held_speed and round(held_speed / speed, 3),
                            "events_lost": meter.events_lost(before, report),
                            "checksum_ok": meter.checksum_ok(before, report)})
        return {"guests": figures}

    def step_report(self, words, timeout="60"):
        """report FILE: complete interrex's last report with what the guests saw, show it,
        write it to build/FILE and validate it."""
        figures = json.dumps(self._guest_figures()).encode()
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

    # ---- costs ----

    def _figures(self, figures):
        path = BUILD / f"costs/{self.host.name}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")

    def step_costs(self, _words, **_):
        """costs: the figures of all drills and of the update of this host, for `bed costs`."""
        self._figures(costs.interrex_figures(self.reports))

    def step_kexec(self, _words, timeout="120"):
        """kexec: Debian's Xen starts itself anew; the figures, for `bed costs`. dom0 is gone."""
        console = BUILD / "nested" / self.host.name / "console.log"
        self.must(f"kexec -l /boot/xen --command-line='{xen_command_line(self.host)}' "
                  f"--module='/boot/vmlinux {DOM0_OPTIONS}' --module=/boot/initrd", int(timeout))
        begin = int(self.must("tsc"), 16)
        self.must("echo 'sleep 1; echo stock: $(tsc) >/dev/hvc0; exec kexec -e' >/tmp/exec; "
                  "setsid sh /tmp/exec >/tmp/exec.log 2>&1 &")
        end = time.monotonic() + 3 * int(timeout)
        while time.monotonic() < end:
            text = console.read_text(errors="replace")
            marks = [int(m, 16) for m in re.findall(r"stock: ([0-9a-f]{16})\b", text)]
            marks = [m for m in marks if m > begin]
            figures = costs.stock_figures(text, marks[0]) if marks else None
            if figures:
                self._figures(figures)
                return
            time.sleep(0.5)
        raise StepFailed("the next Xen did not hand over to dom0")

    # ---- checks ----

    def step_check(self, words, timeout="60", **keys):
        """check WHAT: see README.md."""
        if words[0] != "xen" and self.marked is None:
            raise StepFailed(f"check {words[0]} needs a mark before it")
        getattr(self, "_check_" + words[0].replace("-", "_"))(words[1:], **keys)

    def _check_xen(self, words):
        extra = self.must("xl info | sed -n 's/^xen_extra *: *//p'").strip()
        if not extra.endswith("-" + words[0]):
            raise StepFailed(f"the running Xen calls itself {extra}, not ...-{words[0]}")

    def _check_same(self, _words):
        now, before = self.facts(), self.marked["facts"]
        for key in sorted(set(now) | set(before)):
            if now.get(key) != before.get(key):
                raise StepFailed(f"{key} was {before.get(key)}, is {now.get(key)}")
        first = int(self.must("dom0-witness beats"))
        self.must("sleep 1")
        if not self.marked["beats"] < first < int(self.must("dom0-witness beats")):
            raise StepFailed("the shell loop in dom0 does not go on")

    def _check_watch(self, _words):
        if self.must("dom0-witness fire").strip() != "fired":
            raise StepFailed("the watch that was set before did not fire as it should")

    def _check_guests(self, _words):
        now = self.meters("report 4000")
        self.marked["after"] = now
        for guest, report in now.items():
            found = meter.faults(self.marked["meters"][guest], report)
            if found:
                raise StepFailed(f"{guest}: {'; '.join(found)}")

    def _after(self):
        if "after" not in self.marked:
            self.marked["after"] = self.meters("report 4000")
        return self.marked["after"]

    def _check_gap(self, _words, max_ms):
        for guest, report in self._after().items():
            gap = meter.largest_gap_ms(report)
            if gap > float(max_ms):
                raise StepFailed(f"{guest} stood still for {gap:.3f} ms (limit {max_ms} ms)")

    def _check_stall(self, _words, max_ms):
        for guest, report in self._after().items():
            worst = meter.service_worst(report)
            if worst is None:
                raise StepFailed(f"{guest}: its meter was started without service_ms")
            stall = meter.ms(report, worst[1] - worst[0])
            if stall > float(max_ms):
                raise StepFailed(f"{guest} waited {stall:.0f} ms for xenstore (limit {max_ms} ms)")

    def _check_blackout(self, _words, max_ms):
        for guest in (self.report or {}).get("guests", []):
            for key in ("blackout_enter_us", "blackout_leave_us"):
                value = guest[key]
                if value is None or value > float(max_ms) * 1000:
                    raise StepFailed(f"{guest['name']}: {key} is {value} (limit {max_ms} ms)")

    def _check_trend(self, _words, max="1.5"):  # pylint: disable=redefined-builtin
        if len(self.updates) < 8:
            raise StepFailed(f"{len(self.updates)} updates are too few for a trend (least: 8)")
        part = len(self.updates) // 4
        for name, figure in trends(self.updates):
            first, last = (statistics.median(figure[:part]), statistics.median(figure[-part:]))
            print(f"# {name}: {first:.1f} ms at first, {last:.1f} ms at last")
            if last > float(max) * first and last > TREND_FLOOR_MS:
                raise StepFailed(f"{name} has grown from {first:.1f} to {last:.1f} ms")

    def held(self, report):
        """The time, in the guest's TSC, in which no Xen ran: the longest wait for
        xenstore. Where there was no jump, all of it since the mark."""
        jumped = self.report and self.report.get("result") == "updated"
        return jumped and meter.service_worst(report) or (report["since"], report["tsc"])

    def _check_progress(self, _words, min="0.6"):  # pylint: disable=redefined-builtin
        speeds = []
        for guest, report in self._after().items():
            before, now, still, seen = meter.progress(self.marked["meters"][guest], report,
                                                      *self.held(report))
            speeds.append((before, now))
            print(f"# {guest}: {now / before:.0%} of its speed before, in {seen:.0f} ms")
            if still > meter.STILL_MS - 2 * meter.WINDOW_MS:
                raise StepFailed(f"{guest}: a vCPU stood still for {still:.0f} ms")
        total = sum(now for _, now in speeds) / sum(before for before, _ in speeds)
        if total < float(min):
            raise StepFailed(f"the guests ran at {total:.0%} of their speed before (least: {min})")

    def _check_free_memory(self, _words, slack_mib="0"):
        free = self.free_memory_kib()
        if self.marked["free"] - free > int(slack_mib) * 1024:
            raise StepFailed(f"{self.marked['free'] - free} KiB of memory are lost")

    def _check_console(self, words):
        for guest in words or self.running:
            output = self.must(f"guest-sh {guest} 'echo $((6 * 7))'", 30)
            if output.strip() != "42":
                raise StepFailed(f"{guest}'s console answered {output.strip()!r}")
