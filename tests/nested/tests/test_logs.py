# SPDX-License-Identifier: GPL-2.0-only
"""bedlib/logs.py: which lines of a kernel's log are faults."""

import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bedlib import logs  # pylint: disable=wrong-import-position


class Faults(unittest.TestCase):
    """faults()"""

    def test_empty(self):
        """Empty lines are none."""
        self.assertEqual(logs.faults(["", " "]), [])

    def test_known(self):
        """What is known to be harmless is none, all else is."""
        line = "[   12.3] vbd vbd-1-51712: 9 reading ring-ref"
        self.assertEqual(logs.faults(["[    9.1] random: crng init done", line]), [line])

# Of Linux 6.1 and 6.12: kernel/hung_task.c, watchdog.c, rcu/tree_stall.h, workqueue.c, time/clocksource.c.
COMPLAINTS = (
    ("hung task", "[  242.3] INFO: task probe:71 blocked for more than 30 seconds."),
    ("hung task", "[  242.3] INFO: task probe:71 is blocked on a mutex; hung_task_timeout_secs"),
    ("soft lockup", "[   60.0] watchdog: BUG: soft lockup - CPU#1 stuck for 22s! [probe:71]"),
    ("hard lockup", "[   60.0] watchdog: Watchdog detected hard LOCKUP on cpu 0"),
    ("RCU stall", "[   99.1] rcu: INFO: rcu_sched self-detected stall on CPU"),
    ("RCU stall", "[   99.1] rcu: INFO: rcu_preempt detected stalls on CPUs/tasks:"),
    ("RCU stall", "[   99.1] rcu: rcu_sched kthread starved for 5250 jiffies! g1 f0x0 RCU_GP_WAIT_FQS(5)"),
    ("workqueue lockup", "[   99.1] BUG: workqueue lockup - pool cpus=0 node=0 flags=0x0 nice=0 stuck for 33s!"),
    ("clocksource", "[   12.3] clocksource: timekeeping watchdog on CPU0: Marking clocksource 'tsc' as unstable"),
    ("clocksource", "[   12.3] tsc: Marking TSC unstable due to clocksource watchdog"),
    ("clocksource", "[   12.3] clocksource: Switched to clocksource hpet"),
)


class Stalls(unittest.TestCase):
    """stalls()"""

    def test_each_is_named(self):
        for what, line in COMPLAINTS:
            with self.subTest(line):
                self.assertEqual(logs.stalls(["", line]), [(what, line)])

    def test_nothing_else_is(self):
        self.assertEqual(logs.stalls(["", "[    1.0] vbd vbd-1-51712: 9 reading ring-ref", "[    2.0] tsc: Refined TSC",
                                      "[  9.1] clocksource: Long readout interval, skipping watchdog check: cs_nsec: 1"]), [])


if __name__ == "__main__":
    unittest.main()
