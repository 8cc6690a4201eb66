#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""How slow this machine is now: the factor for all limits in real time.

Does a fixed piece of work (hashing and plain Python) on as many processes at once as tests run
beside each other, and compares the time with REFERENCE. The factor is from 1 to MOST: limits never
become shorter, and always end. Busy neighbours count as much as a slow CPU.

usage: tests/speed.py [PROCESSES]    prints the factor
"""

import contextlib
import hashlib
import select
import subprocess
import sys
import time

REFERENCE = 0.35  # seconds for the work, on the machine that the limits were chosen on
MOST = 6.0
LIMIT = 300  # seconds for the work: it hangs
ROUNDS = 3  # of the work: the factor is that of the median
WORKER = "worker"  # this program is one that does the work
BLOCK = bytes(range(256)) * 4096


def work():
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


def worker():
    """Does the work once for each line that comes, and answers with one; the first says that it is there."""
    print("ready", flush=True)
    for _ in sys.stdin:
        work()
        print("done", flush=True)


def _answer(process):
    if not select.select([process.stdout], [], [], LIMIT)[0]:
        process.kill()
        raise RuntimeError(f"{__file__}: the work is not done after {LIMIT} s")
    if not process.stdout.readline():
        raise RuntimeError(f"{__file__}: a process that does the work ended with {process.wait()}")


def measure(processes=2):
    """The factor of this machine now."""
    times = []
    with contextlib.ExitStack() as stack:
        # Of their own, not copies of this one: it may have threads, and handles signals.
        workers = [stack.enter_context(subprocess.Popen([sys.executable, __file__, WORKER], text=True,
                                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE))
                   for _ in range(processes)]
        for process in workers:
            _answer(process)
        for _ in range(ROUNDS):
            begin = time.monotonic()
            for process in workers:
                process.stdin.write("work\n")
                process.stdin.flush()
            for process in workers:
                _answer(process)
            times.append(time.monotonic() - begin)
    return factor(sorted(times)[ROUNDS // 2])


def main():
    if sys.argv[1:] == [WORKER]:
        worker()
    else:
        print(f"{measure(int(sys.argv[1]) if len(sys.argv) > 1 else 2):.2f}")


if __name__ == "__main__":
    main()
