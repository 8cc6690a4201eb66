# SPDX-License-Identifier: GPL-2.0-only
"""What the bed concludes from the reports on PV I/O, and that it sees each fault."""

import copy
import sys
import unittest
from pathlib import Path
from types import SimpleNamespace

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import played  # pylint: disable=wrong-import-position
from bedlib import host, pvio  # pylint: disable=wrong-import-position
from bedlib.errors import StepFailed  # pylint: disable=wrong-import-position
from bedlib.steps import Io, Logs  # pylint: disable=wrong-import-position

ADDRESS = "10.17.0.2"
MS = 1_000_000


def report(now_s=0, work=0):
    """A guest's report after so much work."""
    return {"io": 1, "now_ns": now_s * 1000 * MS, "boot_id": "one", "carrier_changes": "2",
            "disk": [{"turns": work, "written": work, "verified": work, "flushes": work,
                      "io_errors": 0, "errno": 0, "corrupt": 0, "stale": 0,
                      "worst": [100 * MS, 400 * MS]} for _ in range(2)],
            "ping": {"sent": work, "answered": work, "lost": 0, "doubled": 0, "out_of_order": 0,
                     "strange": 0, "send_errors": 0, "worst": [0, 500 * MS]},
            "stream": {"connections": 1, "sent": work, "received": work, "wrong": 0,
                       "retransmits": 0, "send_worst": [0, 0], "receive_worst": [0, 600 * MS]}}


def peer(work=0):
    """dom0's end after so much work."""
    return {"peer": 1, "pings": work, "ping_errors": 0,
            "guests": [{"address": ADDRESS, "connections": 1, "sent": work, "received": work,
                        "wrong": 0, "bad": [0, 0]}]}


def changed(original, path, value):
    """A copy of a report with one value changed; path: keys, joined by dots."""
    copied = copy.deepcopy(original)
    *keys, last = [int(k) if k.isdigit() else k for k in path.split(".")]
    inner = copied
    for key in keys:
        inner = inner[key]
    inner[last] = value
    return copied


class Faults(unittest.TestCase):
    """faults() and peer_faults(): every kind of trouble is named."""

    def test_none(self):
        self.assertEqual(pvio.faults(report(), report(work=10)), [])
        self.assertEqual(pvio.peer_faults(peer(), peer(work=10), ADDRESS), [])

    def test_each(self):
        for path, value, text in (
                ("disk.1.io_errors", 1, "thread 1: 1 I/O errors"),
                ("disk.0.corrupt", 2, "thread 0: 2 blocks corrupt"),
                ("disk.0.stale", 1, "earlier content"),
                ("disk.1.written", 0, "written has stopped"),
                ("disk.1.verified", 0, "verified has stopped"),
                ("disk.0.flushes", 0, "flushes has stopped"),
                ("carrier_changes", "4", "interface was down"),
                ("ping.lost", 1, "1 pings lost"), ("ping.doubled", 1, "1 pings doubled"),
                ("ping.out_of_order", 1, "out of order"), ("ping.strange", 1, "no ping"),
                ("ping.send_errors", 1, "refused"), ("ping.answered", 0, "answered has stopped"),
                ("ping.sent", 0, "sent has stopped"), ("stream.wrong", 1, "1 wrong messages"),
                ("stream.connections", 2, "1 new connections"),
                ("stream.sent", 0, "sent has stopped"),
                ("stream.received", 0, "received has stopped"),
                ("boot_id", "two", "booted anew")):
            found = pvio.faults(report(), changed(report(work=10), path, value))
            self.assertEqual(len(found), 1, path)
            self.assertIn(text, found[0])
            self.assertEqual(pvio.is_lost_ping(found[0]), path == "ping.lost")

    def test_first_wrong_one(self):
        after = changed(report(work=10), "disk.0.stale", 1)
        after["disk"][0]["bad"] = [7, 5, 4]
        self.assertIn("[7, 5, 4]", pvio.faults(report(), after)[0])

    def test_peer(self):
        for path, value, text in (("guests.0.wrong", 1, "wrong messages"),
                                  ("guests.0.connections", 2, "new connections"),
                                  ("guests.0.sent", 0, "sent has stopped"),
                                  ("guests.0.received", 0, "received has stopped"),
                                  ("ping_errors", 1, "not answered")):
            found = pvio.peer_faults(peer(), changed(peer(work=10), path, value), ADDRESS)
            self.assertEqual(len(found), 1, path)
            self.assertIn(text, found[0])
        self.assertIn("knows nothing", pvio.peer_faults(peer(), peer(10), "10.17.0.9")[0])

    def test_not_begun(self):
        self.assertEqual(pvio.not_begun(report(work=1)), [])
        self.assertEqual(pvio.not_begun(report()),
                         ["disk, thread 0", "disk, thread 1", "ping", "stream"])
        self.assertEqual(pvio.not_begun({"io": 1}), [])


class Figures(unittest.TestCase):
    """rates() and worst_ms()"""

    def test_rates(self):
        self.assertEqual(pvio.rates(report(10, 100), report(20, 200)),
                         {"disk": 20, "ping": 10, "stream": 20})

    def test_worst(self):
        self.assertEqual(pvio.worst_ms(report()), {"disk": 300, "ping": 500, "stream": 600})


class Steps(unittest.TestCase):
    """check io and check io-rate, on a dom0 that answers from a table."""

    def io(self, now, log=""):
        """On a host with a baseline, whose only guest now reports so."""
        steps = played.steps({"dmesg": (0, log), "guest-sh g1 'dmesg": (0, log)}, ["g1"],
                             g1=host.Guest("g1", disk=8, net=True))
        steps.kind(Logs).logs = {"dom0": 5, "g1": 7}
        made = steps.kind(Io)
        made.before = {"g1": report(), "peer": peer()}
        made.rates = {"g1": {"disk": 20, "ping": 10, "stream": 20}}
        made.ask_all = lambda: now.pop(0)
        return made

    def test_good(self):
        made = self.io([{"g1": report(9, 9), "peer": peer(9)}])
        made.check_io([])
        self.assertEqual(made.context.shown.said,
                         ["g1: longest waits disk 300 ms, ping 500 ms, stream 600 ms; no update"])
        self.io([{"g1": report(1, 10)}, {"g1": report(2, 20)}]).check_io_rate([])

    def test_bad(self):
        for now, peer_now, log, text in (
                (changed(report(work=9), "ping.lost", 3), peer(9), "", "g1: 3 pings lost"),
                (report(work=9), changed(peer(9), "guests.0.wrong", 1), "", "dom0's end"),
                (report(work=9), peer(9), "[ 1.0] xen_netfront: broken\n", "broken")):
            with self.assertRaisesRegex(StepFailed, text):
                self.io([{"g1": now, "peer": peer_now}], log).check_io([])

    def test_slow(self):
        with self.assertRaisesRegex(StepFailed, "g1: disk at 8/s, was 20/s"):
            self.io([{"g1": report(1, 10)}, {"g1": report(2, 14)}]).check_io_rate([])


class Backends(unittest.TestCase):
    """What dom0 is told of the guests' devices."""

    @staticmethod
    def command(*guests):
        """For guests with these disks, interfaces and options."""
        guests = {f"g{i}": host.Guest(f"g{i}", number=i, disk=disk, net=net, io=options)
                  for i, (disk, net, options) in enumerate(guests)}
        return host.backends(SimpleNamespace(guests=guests))

    def test_none(self):
        self.assertIsNone(self.command((0, False, "")))

    def test_devices(self):
        self.assertEqual(self.command((0, True, ""), (8, False, "disk_rest_us=7")),
                         "io-backends 8:1")

    def test_longest_rest(self):
        self.assertEqual(self.command((4, True, "stream_rest_us=20"),
                                      (8, True, "ping_rest_us=900,stream_rest_us=100")),
                         "io-backends stream_rest_us=100 4:0 8:1")


if __name__ == "__main__":
    unittest.main()
