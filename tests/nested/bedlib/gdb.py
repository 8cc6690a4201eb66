# SPDX-License-Identifier: GPL-2.0-only
"""QEMU's gdb stub: looks into a machine that stands still, and writes to its memory and devices.

The protocol is that of GDB's manual, appendix "Remote Serial Protocol"; what is QEMU's own in it is
in "GDB usage" of its manual. Who connects has the machine stand still, if it does not already.
"""

import os
import re
import socket

from .errors import BedError
from .slowness import slowness

TIMEOUT_S = 20  # of real time, for one answer
RUN_S = 300  # of real time, for a machine that runs to an address
TRAP = 5  # the signal of a breakpoint
RAX, RIP, EFLAGS = 0, 16, 17  # numbers of registers of x86-64: all up to RIP have 64 bits
REGISTER, WORD = 8, 4  # bytes


class Stub:
    """A connection to it. Addresses are physical where nothing else is said."""

    def __init__(self, directory):
        self._unread = b""
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.settimeout(TIMEOUT_S * slowness())
        fd = os.open(directory, os.O_PATH)
        try:
            # A socket's path has at most 107 bytes: go through the directory.
            self._socket.connect(f"/proc/self/fd/{fd}/gdb.sock")
            self._must("Qqemu.PhyMemMode:1")
        except OSError as e:
            self._socket.close()
            raise BedError(f"QEMU's gdb stub does not answer ({e})") from e
        finally:
            os.close(fd)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._socket.close()

    def register(self, number, cpu=0):
        """One of a CPU, by its number in the protocol."""
        self._must(f"Hg{cpu + 1:x}")  # threads begin with 1
        at = number * REGISTER
        return int.from_bytes(self._data("g", (RIP + 1) * REGISTER)[at:at + REGISTER], "little")

    def program_counter(self, cpu=0):
        """Of this CPU."""
        return self.register(RIP, cpu)

    def set_register(self, number, value, cpu=0):
        """Of this CPU: RIP or EFLAGS."""
        self._ask("qXfer:features:read:target.xml:0,ffb")  # who has not asked for this may write none alone
        self._must(f"Hg{cpu + 1:x}")
        size = WORD if number == EFLAGS else REGISTER
        self._must(f"P{number:x}={value.to_bytes(size, 'little').hex()}")

    def read_word(self, address):
        """32 bits."""
        return int.from_bytes(self._data(f"m{address:x},{WORD:x}", WORD), "little")

    def write_word(self, address, value):
        """32 bits, written at once."""
        self._must(f"M{address:x},{WORD:x}:{value.to_bytes(WORD, 'little').hex()}")

    def go_on(self):
        """Lets the machine go on, and leaves it."""
        self._must("D")

    def _data(self, request, size):
        answer = self._ask(request)[:2 * size]
        if not re.fullmatch(f"(?:[0-9a-f]{{2}}){{{size}}}", answer):
            raise BedError(f"QEMU's gdb stub answers '{request}' with '{answer}'")
        return bytes.fromhex(answer)

    def _must(self, request):
        answer = self._ask(request)
        if answer != "OK":
            raise BedError(f"QEMU's gdb stub answers '{request}' with '{answer}'")

    def run_to(self, address):
        """Lets the machine go on until a CPU comes to this (virtual) address; it stands there
        then. Returns which one."""
        self._must(f"Z1,{address:x},1")
        self._socket.settimeout(RUN_S * slowness())
        answer = self._ask("c")
        self._socket.settimeout(TIMEOUT_S * slowness())
        self._must(f"z1,{address:x},1")
        thread = re.fullmatch(rf"T{TRAP:02x}(?:.*;)?thread:([0-9a-f]+);.*", answer)
        if not thread:
            raise BedError(f"the machine stood still before it came to {address:#x}: '{answer}'")
        return int(thread[1], 16) - 1

    def _ask(self, request):
        """The answer to a request. A packet is $TEXT#SUM, and is acknowledged with +."""
        try:
            self._socket.sendall(f"${request}#{sum(request.encode()) % 256:02x}".encode())
            self._until(b"+")
            self._until(b"$")
            answer = self._until(b"#")
            while len(self._unread) < 2:
                self._receive()
            given, self._unread = self._unread[:2], self._unread[2:]
            self._socket.sendall(b"+")
        except OSError as e:
            raise BedError(f"QEMU's gdb stub does not answer '{request}' ({e})") from e
        if int(given, 16) != sum(answer) % 256:
            raise BedError(f"QEMU's gdb stub answers '{request}' with a wrong sum")
        return answer.decode(errors="replace")

    def _until(self, mark):
        while mark not in self._unread:
            self._receive()
        text, _, self._unread = self._unread.partition(mark)
        return text

    def _receive(self):
        data = self._socket.recv(65536)
        if not data:
            raise BedError("QEMU is gone")
        self._unread += data
