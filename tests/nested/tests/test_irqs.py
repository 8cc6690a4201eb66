# SPDX-License-Identifier: GPL-2.0-only
"""What the bed concludes from dom0's interrupts: nothing from sound figures, and each fault."""

import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bedlib import irqs  # pylint: disable=wrong-import-position


def device(kind="level", asked=10, came=10, twice=0, missing=0, calls=10, empty=0, waited=0):
    """A line of /proc/edu-irq."""
    return {"kind": kind, "asked": asked, "came": came, "twice": twice, "missing": missing,
            "calls": calls, "empty": empty, "waited": waited}


def clock(ticks, elapsed):
    """A line of rtc-ticks."""
    return {"ticks": ticks, "elapsed": elapsed}


class Devices(unittest.TestCase):
    """device_faults()"""

    def faults(self, updates=1, strays=0, **now):
        """Of a device that was sound before."""
        return irqs.device_faults("edu", device(now.get("kind", "level"), 2, 2), device(**now),
                                  updates, strays)

    def test_sound(self):
        self.assertEqual(self.faults(), [])
        self.assertEqual(self.faults(kind="msi"), [])
        self.assertEqual(self.faults(kind="msi", empty=1, calls=11), [])

    def test_one_lost(self):
        self.assertEqual(self.faults(came=9, missing=1), ["edu: 1 lost"])
        self.assertEqual(self.faults(came=9), ["edu: 9 came of 10"])

    def test_one_doubled(self):
        self.assertEqual(self.faults(twice=1), ["edu: 1 came twice"])

    def test_for_nothing(self):
        self.assertEqual(self.faults(empty=1), ["edu: 1 interrupts for nothing"])
        self.assertEqual(self.faults(kind="msi", empty=2), ["edu: 2 interrupts for nothing"])
        self.assertEqual(self.faults(kind="msi", empty=1, updates=0),
                         ["edu: 1 interrupts for nothing"])

    def test_at_a_held_cpu(self):
        self.assertEqual(self.faults(kind="msi", updates=0, strays=1, empty=1), [])
        self.assertEqual(self.faults(kind="msi", updates=0, strays=1),
                         ["edu: 1 at a held CPU lost"])
        self.assertEqual(self.faults(kind="msi", updates=0, strays=1, empty=2),
                         ["edu: 1 interrupts for nothing"])

    def test_waited(self):
        self.assertEqual(irqs.waited_faults("edu", device(waited=2000), 2000), [])
        self.assertEqual(irqs.waited_faults("edu", device(), 0), [])
        self.assertEqual(irqs.waited_faults("edu", device(waited=1999), 2000),
                         ["edu did not interrupt while dom0 stood: waited 1999 ms"])


class Clock(unittest.TestCase):
    """clock_faults()"""

    def test_sound(self):
        for ticks, elapsed in ((20, 20), (19, 20), (21, 20)):
            self.assertEqual(irqs.clock_faults(clock(3, 3), clock(3 + ticks, 3 + elapsed)), [])

    def test_ended(self):
        self.assertEqual(irqs.clock_faults(clock(7, 7), clock(7, 7)),
                         ["the clock's interrupts have ended after 7"])

    def test_lost_or_too_many(self):
        self.assertEqual(irqs.clock_faults(clock(3, 3), clock(10, 12)),
                         ["the clock's interrupts: 2 lost"])
        self.assertEqual(irqs.clock_faults(clock(3, 3), clock(12, 10)),
                         ["the clock's interrupts: 2 too many"])


class Config(unittest.TestCase):
    """config_faults()"""

    def test_sound(self):
        self.assertEqual(irqs.config_faults({"0:0": "8680"}, {"0:0": "8680"}), [])
        # The status register tells of an error; the command register beside it is what it was.
        self.assertEqual(irqs.config_faults({"0:0": "361b0c000705100010"}, {"0:0": "361b0c000705104010"}), [])
        self.assertNotEqual(irqs.config_faults({"0:0": "361b0c000705100010"},
                                               {"0:0": "361b0c000701100010"}), [])

    def test_faults(self):
        self.assertEqual(irqs.config_faults({"0:0": "8680c0"}, {"0:0": "8680c1"}),
                         ["0:0: configuration space differs at 0x2"])
        self.assertEqual(irqs.config_faults({"0:0": "8680"}, {"0:1": "8680"}),
                         ["0:0 is gone", "0:1 is new"])

    def test_message(self):
        """Which differs from Xen to Xen; the rest of its capability does not."""
        space = bytearray(260)
        space[6], space[0x34], space[0x40:0x42], space[0x50:0x54] = 0x10, 0x40, b"\1\x50", b"\5\0\x81\0"
        for at, with_message, right in ((0x54, False, True), (0x5d, False, True), (0x54, True, False),
                                        (0x52, False, False), (0x5e, False, False), (0x40, False, False)):
            other = bytearray(space)
            other[at] ^= 2
            self.assertEqual(not irqs.config_faults({"0:0": space.hex()}, {"0:0": other.hex()}, with_message), right,
                             (at, with_message))


if __name__ == "__main__":
    unittest.main()
