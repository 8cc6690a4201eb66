# SPDX-License-Identifier: GPL-2.0-only
"""Steps of the traffic between domains and vCPUs (guest/traffic)."""

from .. import traffic
from ..errors import StepFailed
from .context import Kind
from .places import inside
from .usage import RUNS, WHOLE, check, step

MODULES = "[ -e /dev/xen/gntdev ] || while read -r m; do insmod $m; done </lib/traffic.list"


class Traffic(Kind):
    """Pairs of ends, each in a guest or in dom0."""

    def __init__(self, context):
        super().__init__(context)
        self.pairs = {}  # {name: [(place, file)]}
        self.updates_seen = 0

    def _domid(self, place):
        return "0" if place == "dom0" else self.must(f"xl domid {place}").strip()

    @step(2, guests="places", kind="linux", after=(RUNS,), unless=("traffic @", "pause *"),
          lanes=WHOLE, late_ms=WHOLE, rest_us=WHOLE)
    def step_traffic(self, places, timeout="60", **options):
        """traffic A B: messages between two domains, whose first grants the page; traffic A A:
        between vCPUs 0 and 1 of a guest, over event channels and by IPIs."""
        one, two = places
        name = f"{one}-{two}"
        options = "".join(f" {key}={value}" for key, value in options.items())
        for place in places:
            if place != "dom0":
                inside(self.dom0, place, MODULES, timeout)
        if one == two:
            inside(self.dom0, one, f"traffic local {name} 0 1{options}", timeout)
            inside(self.dom0, one, f"traffic ipi {one}-ipi 0 1{options}", timeout)
            self.pairs[name] = [(one, f"{name}.0"), (one, f"{name}.1")]
            self.pairs[f"{one}-ipi"] = [(one, f"{one}-ipi")]
            return
        offer = f"traffic offer {name} {self._domid(two)}{options}"
        ref = inside(self.dom0, one, offer, timeout).split()[-1]
        inside(self.dom0, two, f"traffic join {name} {self._domid(one)} {ref}{options}", timeout)
        self.pairs[name] = [(one, name), (two, name)]

    @step(2, guests="first", kind="linux", after=(RUNS,))
    def step_ports(self, words, timeout="300"):
        """ports G N: so many event channels of the guest's are bound to one another, and stay."""
        inside(self.dom0, words[0], MODULES, timeout)
        inside(self.dom0, words[0], f"ports {words[1]}", timeout)

    def _places(self):
        """Those that have an end, each once, in the order in which they came."""
        return list({end[0]: None for ends in self.pairs.values() for end in ends})

    def _gap(self, place):
        """The traffic of this place that stands still when dom0 does."""
        for name, ends in self.pairs.items():
            places = [end[0] for end in ends]
            if place != "dom0" and place in places and "dom0" in places:
                return f" gap={name}"
        return ""

    def _show(self, reset, timeout):
        """{pair: {end: report}}"""
        found = {place: traffic.parse(inside(self.dom0, place, f"traffic show{reset}{self._gap(place)}", timeout))
                 for place in self._places()}
        missing = [end for ends in self.pairs.values() for end in ends
                   if end[1] not in found[end[0]]]
        if missing:
            raise StepFailed(f"no traffic {missing[0][1]} in {missing[0][0]}")
        return {name: {end: found[end[0]][end[1]] for end in ends}
                for name, ends in self.pairs.items()}

    def _say(self, pairs, total, counts):
        for name, pair in pairs.items():
            gap = traffic.in_gap(pair)
            self.say(f"{name}: {traffic.total(pair)} messages; longest gap "
                     f"{max(r['gap_ms'] for r in pair.values()):.0f} ms"
                     + ("" if gap is None or any(e[0] == "dom0" for e in pair)
                        else f"; {gap} while dom0 stood still"))
        self.say(f"all: {total} messages; " + ", ".join(f"{count} {fault}" for fault, count in counts.items()))

    def _check_held(self, pairs):
        """What needs no dom0 went on while there was none."""
        for name, pair in pairs.items():
            count = traffic.in_gap(pair)
            if count == 0 and not any(end[0] == "dom0" for end in pair):
                gap = max(report["gap_ms"] for report in pair.values())
                raise StepFailed(f"{name}: no message while dom0 stood still (its own longest gap: "
                                 f"{gap:.0f} ms)")

    @check(after=("traffic",), lost=WHOLE, doubled=WHOLE, messages=WHOLE)
    def check_traffic(self, _words, messages="1", timeout="60", **expected):
        """Every message came once, in its turn; all went on since the last check, and what needs no
        dom0 also while an update had none. lost=N, doubled=N: so many, no more and no fewer.
        messages=N: at least so many since it began; waits for them."""
        expected = {fault: int(count) for fault, count in expected.items()}
        end = self.dom0.clock() + int(timeout)
        while True:
            pairs = self._show(" reset", timeout)
            counts = traffic.counts(pairs)
            total = sum(traffic.total(pair) for pair in pairs.values())
            there = total >= int(messages) and all(counts[f] >= n for f, n in expected.items())
            if there or self.dom0.clock() > end:
                break
            self.must("sleep 1")
        self._say(pairs, total, counts)
        wrong = traffic.faults(pairs, expected)
        if wrong:
            raise StepFailed("; ".join(wrong))
        if total < int(messages):
            raise StepFailed(f"{total} messages are too few (least: {messages})")
        if len(self.results.updates) > self.updates_seen:
            self.updates_seen = len(self.results.updates)
            self._check_held(pairs)

    def _spoil(self, places, how, timeout):
        place, file = self.pairs["-".join(places)][0]
        inside(self.dom0, place, f"traffic spoil {file} {how}", timeout)

    @step(2, guests="places", after=("traffic @",))
    def step_traffic_drop(self, places, timeout="30"):
        """traffic-drop A B: A sends one message without its event."""
        self._spoil(places, "drop", timeout)

    @step(2, guests="places", after=("traffic @",))
    def step_traffic_double(self, places, timeout="30"):
        """traffic-double A B: A sends one event without a message."""
        self._spoil(places, "double", timeout)

    @step(after=("traffic",), ends=("traffic",))
    def step_traffic_stop(self, _words, timeout="30"):
        """traffic-stop: ends all of it."""
        for place in self._places():
            inside(self.dom0, place, "traffic stop", timeout)
        self.pairs = {}
