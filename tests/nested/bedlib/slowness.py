# SPDX-License-Identifier: GPL-2.0-only
"""How much slower than the machine of reference this one is: the factor for what may take real
time."""

import os


def slowness():
    """As tests/run measured it (tests/speed.py); at least 1."""
    try:
        return max(1.0, float(os.environ.get("INTERREX_SPEED", "1")))
    except ValueError:
        return 1.0
