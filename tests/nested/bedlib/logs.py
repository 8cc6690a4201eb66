# SPDX-License-Identifier: GPL-2.0-only
"""What kernels write in their logs: which lines mean that something went wrong."""

import re

# Lines that may come while all is well.
EXPECTED = (
    # Its timer came late, as it does after a stall (and where emulation is slow): nothing is
    # compared.
    r"clocksource: Long readout interval, skipping watchdog check",
    # The same, of all timers of a CPU: said once, of the first time that it takes longer than ever.
    r"hrtimer: interrupt took [0-9]+ ns",
    # The same where a real-time thread ran: the time that its vCPU stood still counts as its own.
    r"sched: RT throttling activated",
    # Enough randomness has been collected since boot, whenever that is.
    r"random: crng init done",
)


def faults(lines):
    """The lines but for empty ones and those that are known to be harmless."""
    return [line for line in lines
            if line.strip() and not any(re.search(known, line) for known in EXPECTED)]


# What a kernel says when it finds that something stood still for too long, or its clock went wrong.
STALLS = (
    ("hung task", r"task .* blocked for more than [0-9]+ seconds|hung_task"),
    ("soft lockup", r"soft lockup"),
    ("hard lockup", r"hard LOCKUP"),
    ("RCU stall", r"rcu.*(stall|starved)|rcu:.*detected"),
    ("workqueue lockup", r"workqueue lockup"),
    ("clocksource", r"clocksource|Clocksource|TSC.*unstable|time went backwards"),
)


def stalls(lines):
    """[(what it is about, line)] of those that tell of something that stood still, or of a clock that did not
    keep time. Of the harmless lines (EXPECTED) none."""
    return [(what, line) for line in faults(lines)
            for what in [next((name for name, pattern in STALLS if re.search(pattern, line)), None)] if what]
