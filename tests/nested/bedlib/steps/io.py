# SPDX-License-Identifier: GPL-2.0-only
"""PV disks and network interfaces: what the program io in the guests saw since the baseline."""

from .. import host as hosts
from .. import probe, pvio
from ..errors import StepFailed
from .context import Kind
from .usage import NUMBER, WHOLE, check, step

PEER = "peer"  # dom0's end, beside the guests


class Io(Kind):
    """Checks of the guests' I/O."""

    def __init__(self, context, logs):
        super().__init__(context)
        self.logs = logs
        self.before = {}  # reports at the baseline
        self.rates = {}  # guest: how many a second before it
        self.updates = 0  # there had been so many
        self._flowed = {}  # reports as soon as all traffic flowed
        self.empty_kib = None  # free memory when there was no guest

    def guests(self):
        """The running guests that have a device."""
        return self.running.of_kind("io")

    def ask_all(self):
        """{guest: its report}, and dom0's end."""
        found = {guest: probe.parse(self._ask(guest, "report")) for guest in self.guests()}
        found[PEER] = probe.parse(self.must("nc 127.0.0.1 7003 </dev/null"))
        return found

    def _ask(self, guest, verb):
        return self.must(f"guest-probe {guest} {verb} program=io seconds=60", 70)

    def _flowing(self, seconds=60):
        """Reports, as soon as all traffic flows."""
        for _ in range(seconds):
            found = self.ask_all()
            still = [text for guest, report in found.items() if guest != PEER
                     for text in pvio.not_begun(report)]
            if not still:
                return found
            self.must("sleep 1")
        raise StepFailed(f"after {seconds} s there is no {', '.join(still)}")

    def before_baseline(self):
        """Where there are devices: waits until they are at work."""
        self._flowed = self._flowing() if self.guests() else {}

    def at_baseline(self):
        """Where there are devices: from here on it counts, for them and for the kernels' logs."""
        if not self.guests():
            return
        self.before = self.ask_all()
        for guest in self.guests():
            self._ask(guest, "reset")
        self.rates = {guest: pvio.rates(self._flowed[guest], self.before[guest]) for guest in self.guests()}
        self.updates = len(self.results.updates)
        self.logs.step_logs([])

    def _stalls(self):
        """For people: the longest service stall since the baseline, as interrex reported it."""
        stalls = [u["service_stall_ms"] for u in self.results.updates[self.updates:]]
        return f"interrex's longest service stall {max(stalls):.0f} ms" if stalls else "no update"

    @check(kind="io", after=("baseline *",), starved="on|off")
    def check_io(self, _words, starved="off"):
        """All blocks, pings and streams came through, no device was reset, no kernel complained. starved: on
        the host's clock all of it may stand for a while, by which pings are lost and kernels complain."""
        before, now = self.before, self.ask_all()
        for guest in self.guests():
            found = pvio.faults(before[guest], now[guest])
            if self.host.guests[guest].net:
                found += pvio.peer_faults(before[PEER], now[PEER], hosts.address(self.host.guests[guest]))
            if starved == "on":
                self.say(f"{guest}: {'; '.join(filter(pvio.is_lost_ping, found)) or 'no ping lost'}")
                found = [text for text in found if not pvio.is_lost_ping(text)]
            waits = ", ".join(f"{name} {ms:.0f} ms"
                              for name, ms in pvio.worst_ms(now[guest]).items())
            self.say(f"{guest}: longest waits {waits}; {self._stalls()}")
            if found:
                raise StepFailed(f"{guest}: {'; '.join(found)}")
        if starved == "off":
            self.logs.check_logs([])

    @check(kind="io", after=("baseline *",), min=NUMBER, seconds=NUMBER)
    def check_io_rate(self, _words, min="0.5", seconds="5", **_):  # pylint: disable=redefined-builtin
        """All I/O has now so much of its speed before the baseline."""
        earlier = self.ask_all()
        self.must(f"sleep {seconds}", int(float(seconds)) + 60)
        now = self.ask_all()
        for guest in self.guests():
            rates = self.rates[guest]
            for name, rate in pvio.rates(earlier[guest], now[guest]).items():
                self.say(f"{guest}: {name} {rate:.0f}/s, {rates[name]:.0f}/s before")
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
        self.empty_kib = self.dom0.free_memory_kib()

    @check(after=("empty",), slack_mib=WHOLE)
    def check_empty(self, _words, slack_mib="0", timeout="30", **_):
        """Nothing is left of the guests: no domain, and as much memory is free as when `empty` was
        done."""
        self.must(f"for i in $(seq {timeout}); do [ \"$(xl list | wc -l)\" = 2 ] && break; "
                  "sleep 1; done", int(timeout) + 30)
        domids, free = self._domids(), self.dom0.free_memory_kib()
        if domids != ["0"]:
            raise StepFailed(f"there are still the domains {' '.join(domids)}")
        if self.empty_kib - free > int(slack_mib) * 1024:
            raise StepFailed(f"{self.empty_kib - free} KiB of memory are lost")
        self.say(f"{self.empty_kib - free} KiB less are free than before the guests")
