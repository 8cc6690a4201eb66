# SPDX-License-Identifier: GPL-2.0-only
"""The mailbox and its gates, with an agent that is a thread."""

import errno
import os
import sys
import tempfile
import threading
import time
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bedlib import mailbox  # pylint: disable=wrong-import-position
from bedlib.channel import Channel, NoAnswer  # pylint: disable=wrong-import-position
from bedlib.errors import BedError  # pylint: disable=wrong-import-position


class Agent(threading.Thread):
    """Does what dom0/agent.c and the emulator do: waits at the gate, answers with the command
    itself."""

    def __init__(self, directory, answers):
        super().__init__(daemon=True)
        self.box = mailbox.Mailbox(directory)
        self.gates = [os.open(directory / f"{gate}.out", os.O_RDWR | os.O_NONBLOCK) for gate in mailbox.GATES]
        self.answers = answers
        self.passed = 0
        self.start()

    def _pass_gate(self, number):
        while True:
            try:
                os.write(self.gates[number % 2], b"x")
                self.passed += 1
                return
            except OSError as e:
                if e.errno != errno.EAGAIN:
                    raise
            time.sleep(0.0001)

    def run(self):
        words, memory = self.box._words, self.box._memory  # pylint: disable=protected-access
        words[mailbox.STARTED] = 1
        for number in range(1, self.answers + 1):
            self._pass_gate(number)
            assert words[mailbox.REQUEST] == number, "a gate was open"
            length = words[mailbox.COMMAND_LEN]
            command = memory[mailbox.COMMAND_AT:mailbox.COMMAND_AT + length]
            memory[mailbox.OUTPUT_AT:mailbox.OUTPUT_AT + length] = command
            words[mailbox.OUTPUT_LEN] = length
            words[mailbox.STATUS] = number % 256
            words[mailbox.REPLY] = number


class Mailbox(unittest.TestCase):
    """Channel and Mailbox."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.directory = Path(folder.name)
        self.gates = mailbox.Mailbox.create(self.directory, True)

    def test_every_command_waits_for_its_gate(self):
        agent = Agent(self.directory, 300)
        channel = Channel(self.directory, lambda: None, patience=60)
        channel.wait_ready()
        for number in range(1, 301):
            text = f"echo {number} ü" * (number % 7)
            self.assertEqual(channel.run(text), (number % 256, text))
        self.assertEqual(agent.passed, 300)

    def test_no_answer(self):
        """The host's patience has an end; so has its hope."""
        channel = Channel(self.directory, lambda: None, patience=0.2)
        with self.assertRaises(NoAnswer):
            channel.run("true")

        def gone():
            raise BedError("gone")
        with self.assertRaisesRegex(BedError, "gone"):
            Channel(self.directory, gone, patience=60).run("true")

    def test_too_long(self):
        with self.assertRaisesRegex(ValueError, "too long"):
            mailbox.Mailbox(self.directory).post("x" * (mailbox.COMMAND_MAX + 1), 1)

    def test_like_another(self):
        (self.directory / mailbox.FILE).rename(self.directory / "other")
        with open(self.directory / "other", "r+b") as file:
            file.write(b"\1\0\0\0\7\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\6")
        mailbox.Mailbox.create(self.directory, True, self.directory / "other")
        self.assertTrue(mailbox.Mailbox(self.directory).busy)


if __name__ == "__main__":
    unittest.main()
