# SPDX-License-Identifier: GPL-2.0-only
"""The driver's end of the mailbox and of the gates; the other end, and what they are for:
dom0/agent.c.

The mailbox is a file that the emulator shows dom0 as the memory of a device. A gate is a pipe that
the emulator writes a byte to when the agent comes to it: while the pipe is full, the emulator
waits.
"""

import errno
import fcntl
import mmap
import os
import shutil

SIZE = 16 << 20
COMMAND_AT = 4096
OUTPUT_AT = 1 << 20
COMMAND_MAX = 128 * 1024 - 1  # an argument of sh: Linux' MAX_ARG_STRLEN
FILE = "mailbox"
GATES = ("gate0", "gate1")  # by the request's number, even and odd
GATE_PORT = 0x1e0
PIPE_SIZE = 4096

# Words of 32 bits, in the order of struct mailbox.
GATED, REQUEST, TIMEOUT, COMMAND_LEN, STARTED, REPLY, STATUS, OUTPUT_LEN = range(8)
BEGIN_TSC, END_TSC = 4, 5  # words of 64 bits
LOST = 12


def chardevs():
    """The gates' pipes, as arguments of QEMU, which opens them in the order of its arguments."""
    return [word for gate in GATES for word in ("-chardev", f"pipe,id={gate},path={gate}")]


def devices():
    """The mailbox and the gates, as arguments of QEMU."""
    return ["-object", f"memory-backend-file,id=mailbox,mem-path={FILE},size={SIZE},share=on",
            "-device", "ivshmem-plain,memdev=mailbox,master=on",
            *(word for i, gate in enumerate(GATES) for word in (
                "-device", f"isa-debugcon,iobase={GATE_PORT + i:#x},chardev={gate}"))]


class Gate:
    """One of the two pipes."""

    def __init__(self, path):
        self._fd = os.open(path, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
        fcntl.fcntl(self._fd, fcntl.F_SETPIPE_SZ, PIPE_SIZE)

    def close(self):
        """Fills it: who writes to it now waits. Whole pages first would leave a page half empty."""
        for size in (PIPE_SIZE - 1, 64, 1):
            while self._write(size):
                pass

    def _write(self, size):
        try:
            return os.write(self._fd, bytes(size))
        except OSError as e:
            if e.errno != errno.EAGAIN:
                raise
            return 0

    def open(self):
        """Lets through who waits."""
        os.read(self._fd, PIPE_SIZE)

    def free(self):
        """Closes the file."""
        os.close(self._fd)


class Mailbox:
    """Requests to the agent and what it says of them. One user at a time."""

    @staticmethod
    def create(directory, gated, like=None):
        """An empty one, or one like another, and the gates; before the emulator starts. Returns the
        gates, closed: they have to stay so until the emulator has opened them."""
        if like:
            shutil.copyfile(like, directory / FILE)
        else:
            with open(directory / FILE, "wb") as file:
                file.truncate(SIZE)
                file.write(bytes([1 if gated else 0]))
        gates = []
        for name in GATES:
            # QEMU reads from NAME.in and writes to NAME.out.
            for path in (directory / f"{name}.in", directory / f"{name}.out"):
                path.unlink(missing_ok=True)
                os.mkfifo(path)
            gates.append(Gate(directory / f"{name}.out"))
            gates[-1].close()
        return gates

    def __init__(self, directory):
        with open(directory / FILE, "r+b") as file:
            self._memory = mmap.mmap(file.fileno(), SIZE)
        self._words = memoryview(self._memory)[:COMMAND_AT].cast("I")
        self._longs = memoryview(self._memory)[:COMMAND_AT].cast("Q")
        self._gates = [Gate(directory / f"{name}.out") for name in GATES]

    @property
    def started(self):
        """Whether the agent is there."""
        return bool(self._words[STARTED])

    def post(self, command, timeout):
        """Gives the agent a command."""
        data = command.encode()
        if len(data) > COMMAND_MAX:
            raise ValueError(f"a command of {len(data)} bytes is too long (limit {COMMAND_MAX})")
        number = self._words[REPLY] + 1
        self._memory[COMMAND_AT:COMMAND_AT + len(data)] = data
        self._words[COMMAND_LEN], self._words[TIMEOUT] = len(data), timeout
        self._words[OUTPUT_LEN] = self._words[LOST] = 0
        if self._words[GATED]:
            self._gates[(number + 1) % 2].close()
        self._words[REQUEST] = number
        if self._words[GATED]:
            self._gates[number % 2].open()

    @property
    def busy(self):
        """Whether the newest request is not done."""
        return self._words[REPLY] != self._words[REQUEST]

    def output(self, begin):
        """What there is of the output from there on."""
        return bytes(self._memory[OUTPUT_AT + begin:OUTPUT_AT + self._words[OUTPUT_LEN]])

    @property
    def lost(self):
        """Bytes of output that had no room."""
        return self._words[LOST]

    @property
    def status(self):
        """The exit status of what was done last."""
        return self._words[STATUS]

    @property
    def ticks(self):
        """When it began and when it ended, by dom0's TSC."""
        return self._longs[BEGIN_TSC], self._longs[END_TSC]
