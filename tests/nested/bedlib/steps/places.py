# SPDX-License-Identifier: GPL-2.0-only
"""Where a program of the bed runs that is in guests and in dom0: a place is a guest's name, or
"dom0"."""


def inside(dom0, place, command, timeout):
    """The output of a command there that has to succeed."""
    if place == "dom0":
        return dom0.must(command, int(timeout))
    quoted = command.replace("'", "'\\''")
    return dom0.must(f"guest-sh {place} '{quoted}' {timeout}", int(timeout) + 10)
