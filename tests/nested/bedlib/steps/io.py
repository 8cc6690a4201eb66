# SPDX-License-Identifier: GPL-2.0-only
"""PV disks and network interfaces: what the program io in the guests saw since the baseline."""

from .. import host as hosts
from .. import probe, pvio
from ..errors import StepFailed
from .base import NUMBER, WHOLE, check, step
from .interrex import Interrex
from .logs import Logs


class Io(Interrex, Logs):
    """Checks of the guests' I/O."""

    empty = None  # free memory in KiB when there was no guest

    def _with_io(self):
        """The running guests that have a device."""
        return [name for name in self.running
                if self.host.guests[name].disk or self.host.guests[name].net]

    def _io(self, verb="report"):
        """{guest: its report}, and dom0's end as "peer"."""
        found = {}
        for guest in self._with_io():
            output = self.must(f"guest-probe {guest} {verb} program=io seconds=60", 70)
            if verb == "report":
                found[guest] = probe.parse(output)
        if verb == "report":
            found["peer"] = probe.parse(self.must("nc 127.0.0.1 7003 </dev/null"))
        return found

    def _flowing(self, seconds=60):
        """Reports, as soon as all traffic flows."""
        for _ in range(seconds):
            found = self._io()
            still = [text for guest, report in found.items() if guest != "peer"
                     for text in pvio.not_begun(report)]
            if not still:
                return found
            self.must("sleep 1")
        raise StepFailed(f"after {seconds} s there is no {', '.join(still)}")

    @step(kind="linux", some=False, ends=("baseline", "check watch"), seconds=NUMBER)
    def step_baseline(self, words, seconds="5", timeout="60"):
        """baseline, for the I/O too where there is any."""
        guests = self._with_io()
        if not guests:
            super().step_baseline(words, seconds=seconds, timeout=timeout)
            return
        earlier = self._flowing()
        super().step_baseline(words, seconds=seconds, timeout=timeout)
        now = self._io()
        self._io("reset")
        self.marked["io"] = now
        self.marked["io_rates"] = {g: pvio.rates(earlier[g], now[g]) for g in guests}
        self.marked["updates"] = len(self.updates)
        self.step_logs([])

    def _stalls(self):
        """For people: the longest service stall since the baseline, as interrex reported it."""
        stalls = [u["service_stall_ms"] for u in self.updates[self.marked["updates"]:]]
        return f"interrex's longest service stall {max(stalls):.0f} ms" if stalls else "no update"

    @check(kind="io", after=("baseline *",))
    def check_io(self, _words, **_):
        """All blocks, pings and streams came through, no device was reset, no kernel complained."""
        before, now = self.marked["io"], self._io()
        for guest in self._with_io():
            found = pvio.faults(before[guest], now[guest])
            if self.host.guests[guest].net:
                found += pvio.peer_faults(before["peer"], now["peer"],
                                          hosts.address(self.host.guests[guest]))
            waits = ", ".join(f"{name} {ms:.0f} ms"
                              for name, ms in pvio.worst_ms(now[guest]).items())
            print(f"# {guest}: longest waits {waits}; {self._stalls()}")
            if found:
                raise StepFailed(f"{guest}: {'; '.join(found)}")
        self.check_logs([])

    @check(kind="io", after=("baseline *",), min=NUMBER, seconds=NUMBER)
    def check_io_rate(self, _words, min="0.5", seconds="5", **_):  # pylint: disable=redefined-builtin
        """All I/O has now so much of its speed before the baseline."""
        earlier = self._io()
        self.must(f"sleep {seconds}", int(float(seconds)) + 60)
        now = self._io()
        for guest in self._with_io():
            rates = self.marked["io_rates"][guest]
            for name, rate in pvio.rates(earlier[guest], now[guest]).items():
                print(f"# {guest}: {name} {rate:.0f}/s, {rates[name]:.0f}/s before")
                if rate < float(min) * rates[name]:
                    raise StepFailed(f"{guest}: {name} at {rate:.0f}/s, was {rates[name]:.0f}/s "
                                     f"(least: {min} of that)")

    def _domids(self):
        """All domains that Xen knows, also those that are on their way out."""
        return self.must("xl list | awk 'NR > 1 { print $(NF - 4) }'").split()

    @step()
    def step_empty(self, _words, **_):
        """empty: no guest is there; remembers how much memory is free."""
        if self._domids() != ["0"]:
            raise StepFailed(f"there are the domains {' '.join(self._domids())}")
        self.empty = self.free_memory_kib()

    @check(after=("empty",), slack_mib=WHOLE)
    def check_empty(self, _words, slack_mib="0", timeout="30", **_):
        """Nothing is left of the guests: no domain, and as much memory is free as when `empty` was done."""
        self.must(f"for i in $(seq {timeout}); do [ \"$(xl list | wc -l)\" = 2 ] && break; "
                  "sleep 1; done", int(timeout) + 30)
        domids, free = self._domids(), self.free_memory_kib()
        if domids != ["0"]:
            raise StepFailed(f"there are still the domains {' '.join(domids)}")
        if self.empty - free > int(slack_mib) * 1024:
            raise StepFailed(f"{self.empty - free} KiB of memory are lost")
        print(f"# {self.empty - free} KiB less are free than before the guests")
