# SPDX-License-Identifier: GPL-2.0-only
"""What the guests' probes saw since the baseline."""

from .. import probe
from ..errors import StepFailed
from .context import Kind
from .usage import NUMBER, check, step

ANSWER_S = 90  # for one answer, by dom0's clock


class Probes(Kind):
    """Asks them, and checks their reports."""

    def __init__(self, context):
        super().__init__(context)
        self.before = {}  # guest: report at the baseline, on the time before it
        self.control = {}  # guest: report on the step `control`
        self._after = None  # guest: report after all that counted

    def ask(self, guest, verb="report"):
        """The answer of a guest's probe, None to a reset."""
        output = self.must(f"guest-probe {guest} {verb} seconds={ANSWER_S}")
        return probe.parse(output) if verb.startswith("report") else None

    def ask_all(self, verb="report"):
        """{guest: answer} of all that run and have one."""
        return {guest: self.ask(guest, verb) for guest in self.running.of_kind("linux")}

    def await_answer(self, guest, seconds):
        """Waits until a guest's probe answers, for so long at most."""
        self.must(f"guest-probe {guest} seconds={seconds} >/dev/null", int(seconds) + 10)

    def at_baseline(self):
        """What they say now is how the guests fared before anything that counts."""
        self.before, self.control, self._after = self.ask_all(), {}, None

    @step(after=("baseline",))
    def step_clear(self, _words, **_):
        """clear: forget what the probes saw since the baseline, but not how fast the guests were
        before it"""
        self.ask_all("reset")
        self._after = None

    def after(self):
        """The guests' reports after all that counted."""
        if self._after is None:
            self._after = self.ask_all()
        return {guest: self._after[guest] for guest in self.running.of_kind("linux")}

    def held(self, report):
        """The time, in the guest's TSC, in which no Xen ran: the longest wait for
        xenstore. Where there was no jump, all of it since the baseline."""
        last = self.results.report
        jumped = last and last.get("result") == "updated"
        return jumped and probe.service_worst(report) or (report["since"], report["tsc"])

    def after_held(self):
        """As after(), with their windows of the time in which no Xen served the guests."""
        return {guest: self.ask(guest, "report {} {}".format(
                *probe.window_span(report, *self.held(report))))
                for guest, report in self.after().items()}

    @check(kind="linux", after=("baseline *",))
    def check_guests(self, _words, **_):
        """Nothing went wrong in any guest."""
        self._after = self.ask_all()
        for guest, report in self.after().items():
            found = probe.faults(self.before[guest], report)
            if found:
                raise StepFailed(f"{guest}: {'; '.join(found)}")

    @check(kind="linux", after=("baseline *",), max_ms=NUMBER)
    def check_gap(self, _words, max_ms, **_):
        """No guest stood still for longer."""
        for guest, report in self.after().items():
            gap = probe.largest_gap_ms(report)
            if gap > float(max_ms):
                raise StepFailed(f"{guest} stood still for {gap:.3f} ms (limit {max_ms} ms)")

    @check(kind="linux", after=("baseline *",), max_ms=NUMBER)
    def check_stall(self, _words, max_ms, **_):
        """No guest waited longer for xenstore."""
        for guest, report in self.after().items():
            worst = probe.service_worst(report)
            if worst is None:
                raise StepFailed(f"{guest}: its probe was started without service_ms")
            stall = probe.ms(report, worst[1] - worst[0])
            if stall > float(max_ms):
                raise StepFailed(f"{guest} waited {stall:.0f} ms for xenstore (limit {max_ms} ms)")

    @check(kind="linux", after=("baseline *",), min=NUMBER)
    def check_progress(self, _words, min="0.6", **_):  # pylint: disable=redefined-builtin
        """The vCPUs kept their speed, by what they did themselves: so much of it. Counting
        instructions, each of them; else the guests together, beside the step `control`, where there
        was one."""
        speeds = []
        for guest, report in self.after_held().items():
            before = self.control.get(guest, self.before[guest])
            found = probe.progress(before, report, *self.held(report))
            speeds += found
            self._say_progress(guest, found)
            self._check_still(guest, before, found)
            for number, p in enumerate(found if self.host.icount else []):
                if p.now < float(min) * p.before:
                    raise StepFailed(f"{guest}: vCPU {number} ran at {p.now / p.before:.0%} of its speed "
                                     f"before (least: {min})")
        if probe.share(speeds) < float(min):
            raise StepFailed(f"the guests ran at {probe.share(speeds):.0%} of their speed before "
                             f"(least: {min})")

    def _say_progress(self, guest, found):
        unit = "instructions" if self.host.icount else "ticks"
        self.say(f"{guest}: {probe.share(found):.0%} of its speed {'beside' if self.control else 'before'}, in "
                 f"{found[0].seen_ms:.0f} ms; by vCPU "
                 + ", ".join(f"{p.own_ticks / 1e6:.2f}" for p in found) + f" million {unit} of its own")

    def _check_still(self, guest, before, found):
        """How long a vCPU may stand still; beside a control in which it did for so long itself."""
        limit = probe.STILL_MS
        if self.control:
            whole = probe.progress(before, before, before["since"], before["tsc"])
            limit = max(limit, 3 * max(p.still_ms for p in whole))
        still = max(p.still_ms for p in found)
        if still > limit - 2 * probe.WINDOW_MS:
            raise StepFailed(f"{guest}: a vCPU stood still for {still:.0f} ms (limit {limit:.0f} ms)")

    @step(after=("baseline",), seconds=NUMBER)
    def step_control(self, _words, seconds="3", timeout="60"):
        """control: what the guests do in so many seconds in which dom0 keeps its CPU busy and
        nothing else happens, for `check progress`: an update is judged beside it."""
        self.ask_all("reset")
        self.must(f"timeout {seconds} sh -c 'while :; do :; done'; true", int(float(seconds)) + int(timeout))
        reports = self.ask_all()
        self.control = {guest: self.ask(guest, "report {} {}".format(
                            *probe.window_span(report, report["since"], report["tsc"])))
                        for guest, report in reports.items()}
        self.ask_all("reset")

    def figures(self):
        """({guest: [probe.Progress]} while no Xen served it, what they say in the form that
        `interrex report --merge-guests` reads). Where the time was too short a guest's progress is
        not known."""
        progress, found = {}, []
        for guest, report in self.after_held().items():
            before = self.before[guest]
            try:
                progress[guest] = probe.progress(before, report, *self.held(report))
            except StepFailed:
                pass
            found.append({"name": guest,
                          "largest_gap_us": round(probe.largest_gap_ms(report) * 1000, 1),
                          "held_progress": round(probe.share(progress[guest]), 3) if guest in progress else None,
                          "events_lost": probe.events_lost(before, report),
                          "checksum_ok": probe.checksum_ok(before, report)})
        return progress, {"guests": found}
