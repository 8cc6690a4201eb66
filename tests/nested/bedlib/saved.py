# SPDX-License-Identifier: GPL-2.0-only
"""Machines that were saved at a moment at which all their CPUs slept, and go on from there any
number of times.

A saved machine's memory is a file. Who goes on from it has that file as memory of his own, copied
page by page only where he writes (MAP_PRIVATE), so that going on takes a second and costs no copy.
The rest of the state is the emulator's migration stream.
"""

import contextlib
import fcntl
import hashlib
import json
import re
import shutil
import subprocess
import time

from .errors import BedError
from .monitor import command
from .qemu import BUILD, Machine, Memory
from .slowness import slowness

FOLDER = BUILD / "nested/saved"
MEMORY, STATE, FACTS = "memory", "state", "facts.json"
SPARE_MIB = 1024  # of disk, that a machine's memory is to leave
WAIT_S = 120  # of real time, for the emulator to write or to read a state
# The mailbox in the monitor's `info pci`: its place on bus 0, the address of its memory.
PCI = re.compile(r"Bus +0, device +(\d+), function 0:\n.*PCI device 1af4:1110\n(?:.*\n)*?"
                 r" *BAR2: .* at (0x[0-9a-f]+) ")


def name_of(said):
    """A name for something that a list describes: equal for equal lists only."""
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()[:16]


def is_there(name):
    """Whether it is saved."""
    return (FOLDER / name / FACTS).exists()


def has_room(host):
    """Whether the disk has room for one more such machine."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    return shutil.disk_usage(FOLDER).free > (host.memory + SPARE_MIB) << 20


@contextlib.contextmanager
def locked(name):
    """Only one makes it; others wait until it is there."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with open(FOLDER / f"{name}.lock", "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def forget(name):
    """Removes it."""
    shutil.rmtree(FOLDER / name, ignore_errors=True)


def forget_all_but(names):
    """Removes what is of no more use."""
    for path in FOLDER.glob("*/"):
        if path.name.removesuffix(".new") not in names:
            Machine(path).stop()
            shutil.rmtree(path, ignore_errors=True)


def _await(machine, what, is_done):
    limit = WAIT_S * slowness()
    end = time.monotonic() + limit
    while not is_done():
        machine.check_alive()
        if "failed" in command(machine.directory, "info migrate"):
            raise BedError(f"{what} failed: see {machine.directory / 'qemu.log'}")
        if time.monotonic() > end:
            raise BedError(f"{what} takes more than {limit:.0f} s")
        time.sleep(0.02)


def save(machine, name, record):
    """Saves a machine that stands, whose memory is MEMORY in its directory, and ends it. record:
    what the scenario's run has to say of what was done so far."""
    where = machine.directory
    found = PCI.search(command(where, "info pci").replace("\r", ""))
    if not found:
        raise BedError("the machine has no mailbox")
    command(where, "migrate_set_capability x-ignore-shared on")
    # Whole, or not there.
    command(where, f'migrate "exec:cat >{STATE}.part && mv {STATE}.part {STATE}"')
    _await(machine, "saving the machine", (where / STATE).exists)
    machine.stop()
    (where / FACTS).write_text(json.dumps({"record": record, "slot": int(found.group(1)),
                                           "mailbox": int(found.group(2), 16)}))
    shutil.rmtree(FOLDER / name, ignore_errors=True)
    where.rename(FOLDER / name)


def _show_mailbox(where, facts):
    """Puts the mailbox's memory where it was: the emulator takes it over in its place only."""
    for register, value in ((0x18, facts["mailbox"] & 0xffffffff), (0x1c, facts["mailbox"] >> 32), (4, 3)):
        command(where, f"o /w 0xcf8 {(0x80000000 | facts['slot'] << 11 | register):#x}")
        command(where, f"o /w 0xcfc {value:#x}")


def load(machine, host, lifetime, name, own=False):
    """Starts a machine as that one stood; returns its record. own: it gets its memory as a file of
    its own, and can be saved anew."""
    saved, where = FOLDER / name, machine.directory
    facts = json.loads((saved / FACTS).read_text())
    where.mkdir(parents=True, exist_ok=True)
    memory = Memory(saved / MEMORY, shared=False)
    if own:
        memory = Memory(where / MEMORY, shared=True)
        if subprocess.run(["cp", "--sparse=always", saved / MEMORY, memory.path], check=False).returncode:
            raise BedError(f"cannot copy {saved / MEMORY}: is there room on the disk?")
    machine.start(host, lifetime, True, memory, saved)
    _show_mailbox(where, facts)
    command(where, "migrate_set_capability x-ignore-shared on")
    shutil.copyfile(saved / STATE, where / STATE)
    command(where, f'migrate_incoming "exec:cat {STATE}"')
    _await(machine, "loading the machine", lambda: "inmigrate" not in command(where, "info status"))
    return facts["record"]
