# SPDX-License-Identifier: GPL-2.0-only
"""What the guests' probes saw since the baseline."""

from .. import probe
from ..errors import StepFailed
from .base import NUMBER, Base, check, step


class Probes(Base):
    """Checks of the guests' reports."""

    def after(self):
        """The guests' reports after all that counted."""
        if "after" not in self.marked:
            self.marked["after"] = self.probes()
        return {guest: self.marked["after"][guest] for guest in self.linux_guests()}

    def after_held(self):
        """The same, with their windows of the time in which no Xen served it."""
        return {guest: self.probe(guest, "report {} {}".format(
            *probe.window_span(report, *self.held(report))))
                for guest, report in self.after().items()}

    @check(kind="linux", after=("baseline *",))
    def check_guests(self, _words, **_):
        """Nothing went wrong in any guest."""
        self.marked["after"] = self.probes()
        for guest, report in self.after().items():
            found = probe.faults(self.marked["probes"][guest], report)
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

    def held(self, report):
        """The time, in the guest's TSC, in which no Xen ran: the longest wait for
        xenstore. Where there was no jump, all of it since the baseline."""
        jumped = self.report and self.report.get("result") == "updated"
        return jumped and probe.service_worst(report) or (report["since"], report["tsc"])

    @check(kind="linux", after=("baseline *",), min=NUMBER)
    def check_progress(self, _words, min="0.6", **_):  # pylint: disable=redefined-builtin
        """The vCPUs kept so much of their speed, by what they did themselves. Counting instructions, each of
        them; else the guests together, beside the step `control`, where there was one."""
        control = self.marked.get("control", {})
        speeds = []
        for guest, report in self.after_held().items():
            before = control.get(guest, self.marked["probes"][guest])
            found = probe.progress(before, report, *self.held(report))
            speeds += found
            print(f"# {guest}: {probe.share(found):.0%} of its speed {'beside' if control else 'before'}, in "
                  f"{found[0].seen_ms:.0f} ms; by vCPU "
                  + ", ".join(f"{p.own_ticks / 1e6:.2f}" for p in found)
                  + (" million instructions of its own" if self.host.icount else " million ticks of its own"))
            limit = self._still_limit(before) if control else probe.STILL_MS
            still = max(p.still_ms for p in found)
            if still > limit - 2 * probe.WINDOW_MS:
                raise StepFailed(f"{guest}: a vCPU stood still for {still:.0f} ms (limit {limit:.0f} ms)")
            for number, p in enumerate(found if self.host.icount else []):
                if p.now < float(min) * p.before:
                    raise StepFailed(f"{guest}: vCPU {number} ran at {p.now / p.before:.0%} of its speed "
                                     f"before (least: {min})")
        if probe.share(speeds) < float(min):
            raise StepFailed(f"the guests ran at {probe.share(speeds):.0%} of their speed before "
                             f"(least: {min})")

    @staticmethod
    def _still_limit(control):
        """How long a vCPU may stand still beside a control in which it did for so long itself."""
        whole = probe.progress(control, control, control["since"], control["tsc"])
        return max(probe.STILL_MS, 3 * max(p.still_ms for p in whole))

    @step(after=("baseline",), seconds=NUMBER)
    def step_control(self, _words, seconds="3", timeout="60"):
        """control: what the guests do in so many seconds in which dom0 keeps its CPU busy and nothing else
        happens, for `check progress`: an update is judged beside it."""
        self.probes("reset")
        self.must(f"timeout {seconds} sh -c 'while :; do :; done'; true", int(float(seconds)) + int(timeout))
        reports = self.probes()
        self.marked["control"] = {
            guest: self.probe(guest, "report {} {}".format(
                *probe.window_span(report, report["since"], report["tsc"])))
            for guest, report in reports.items()}
        self.probes("reset")

    def guest_figures(self):
        """What the probes say, in the form that `interrex report --merge-guests` reads."""
        figures = []
        for guest, report in self.after_held().items():
            before = self.marked["probes"][guest]
            try:
                held = round(probe.share(probe.progress(before, report, *self.held(report))), 3)
            except StepFailed:
                held = None
            figures.append({"name": guest,
                            "largest_gap_us": round(probe.largest_gap_ms(report) * 1000, 1),
                            "held_progress": held,
                            "events_lost": probe.events_lost(before, report),
                            "checksum_ok": probe.checksum_ok(before, report)})
        return {"guests": figures}
