# SPDX-License-Identifier: GPL-2.0-only
"""What the guests' meters saw since the mark."""

from .. import meter
from ..errors import StepFailed
from .base import NUMBER, Base, check


class Meters(Base):
    """Checks of the guests' reports."""

    def after(self):
        """The guests' reports after all that counted."""
        if "after" not in self.marked:
            self.marked["after"] = self.meters()
        return {guest: self.marked["after"][guest] for guest in self.linux_guests()}

    def after_held(self):
        """The same, with their windows of the time in which no Xen ran."""
        return {guest: self.meter(guest, "report {} {}".format(
            *meter.window_span(report, *self.held(report))))
                for guest, report in self.after().items()}

    @check(kind="linux", after=("mark *",))
    def check_guests(self, _words, **_):
        """Nothing went wrong in any guest."""
        self.marked["after"] = self.meters()
        for guest, report in self.after().items():
            found = meter.faults(self.marked["meters"][guest], report)
            if found:
                raise StepFailed(f"{guest}: {'; '.join(found)}")

    @check(kind="linux", after=("mark *",), max_ms=NUMBER)
    def check_gap(self, _words, max_ms, **_):
        """No guest stood still for longer."""
        for guest, report in self.after().items():
            gap = meter.largest_gap_ms(report)
            if gap > float(max_ms):
                raise StepFailed(f"{guest} stood still for {gap:.3f} ms (limit {max_ms} ms)")

    @check(kind="linux", after=("mark *",), max_ms=NUMBER)
    def check_stall(self, _words, max_ms, **_):
        """No guest waited longer for xenstore."""
        for guest, report in self.after().items():
            worst = meter.service_worst(report)
            if worst is None:
                raise StepFailed(f"{guest}: its meter was started without service_ms")
            stall = meter.ms(report, worst[1] - worst[0])
            if stall > float(max_ms):
                raise StepFailed(f"{guest} waited {stall:.0f} ms for xenstore (limit {max_ms} ms)")

    def held(self, report):
        """The time, in the guest's TSC, in which no Xen ran: the longest wait for
        xenstore. Where there was no jump, all of it since the mark."""
        jumped = self.report and self.report.get("result") == "updated"
        return jumped and meter.service_worst(report) or (report["since"], report["tsc"])

    @check(kind="linux", after=("mark *",), min=NUMBER)
    def check_progress(self, _words, min="0.6", **_):  # pylint: disable=redefined-builtin
        """The guests kept so much of their speed."""
        speeds = []
        for guest, report in self.after_held().items():
            before, now, still, seen = meter.progress(self.marked["meters"][guest], report,
                                                      *self.held(report))
            speeds.append((before, now))
            print(f"# {guest}: {now / before:.0%} of its speed before, in {seen:.0f} ms")
            if still > meter.STILL_MS - 2 * meter.WINDOW_MS:
                raise StepFailed(f"{guest}: a vCPU stood still for {still:.0f} ms")
        total = sum(now for _, now in speeds) / sum(before for before, _ in speeds)
        if total < float(min):
            raise StepFailed(f"the guests ran at {total:.0%} of their speed before (least: {min})")

    def guest_figures(self):
        """What the meters say, in the form that `interrex report --merge-guests` reads."""
        figures = []
        for guest, report in self.after_held().items():
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
