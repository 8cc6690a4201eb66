#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""How slow this machine is now: the factor for all limits in real time.

Does a fixed piece of work (hashing and plain Python) on as many processes at once as tests run
beside each other, and compares the time with REFERENCE. The factor is from 1 to MOST: limits never
become shorter, and always end. Busy neighbours count as much as a slow CPU.

usage: tests/speed.py [PROCESSES]    prints the factor
"""

import hashlib
import multiprocessing
import sys
import time

REFERENCE = 0.35  # seconds for the work, on the machine that the limits were chosen on
MOST = 6.0
ROUNDS = 3  # of the work: the factor is that of the median
BLOCK = bytes(range(256)) * 4096


def work(_number=0):
    """The fixed piece of work."""
    digest = hashlib.sha256()
    for _ in range(120):
        digest.update(BLOCK)
    total = 0
    for number in range(2_500_000):
        total = (total * 31 + number) & 0xffffffff
    return digest.hexdigest(), total


def factor(seconds):
    """The factor for a machine that needs so many seconds for the work."""
    return min(MOST, max(1.0, seconds / REFERENCE))


def measure(processes=2):
    """The factor of this machine now."""
    times = []
    with multiprocessing.Pool(processes) as pool:
        pool.map(abs, range(processes))  # until they have started
        for _ in range(ROUNDS):
            begin = time.monotonic()
            pool.map(work, range(processes), chunksize=1)
            times.append(time.monotonic() - begin)
    return factor(sorted(times)[ROUNDS // 2])


if __name__ == "__main__":
    print(f"{measure(int(sys.argv[1]) if len(sys.argv) > 1 else 2):.2f}")
