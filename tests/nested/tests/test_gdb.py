# SPDX-License-Identifier: GPL-2.0-only
"""The client of QEMU's gdb stub, against one that is played."""

import socket
import sys
import tempfile
import threading
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bedlib import gdb  # pylint: disable=wrong-import-position
from bedlib.errors import BedError  # pylint: disable=wrong-import-position


def packet(text):
    """As the stub sends it."""
    return f"+${text}#{sum(text.encode()) % 256:02x}".encode()


class Played(unittest.TestCase):
    """A stub with given answers: {request: bytes}."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.directory = Path(folder.name)
        self.answers = {"Qqemu.PhyMemMode:1": packet("OK")}
        self.asked = []
        self.server = socket.socket(socket.AF_UNIX)
        self.addCleanup(self.server.close)
        self.server.bind(str(self.directory / "gdb.sock"))
        self.server.listen(1)
        thread = threading.Thread(target=self.serve)
        thread.start()
        self.addCleanup(thread.join)

    def serve(self):
        """Answers until the client goes, or asks what has no answer."""
        client, _ = self.server.accept()
        with client:
            while data := client.recv(4096):
                for part in data.lstrip(b"+").split(b"$")[1:]:
                    request, _, given = part.decode().rstrip("+").partition("#")
                    self.assertEqual(int(given, 16), sum(request.encode()) % 256)
                    self.asked.append(request)
                    if request not in self.answers:
                        return
                    client.sendall(self.answers[request])

    def stub(self, **answers):
        """A client; the stub knows these answers as well."""
        self.answers.update(answers)
        stub = gdb.Stub(self.directory)
        self.addCleanup(stub.__exit__)
        return stub

    def test_sound(self):
        registers = "00" * 8 * 16 + "08754240d082ffff" + "11" * 40
        stub = self.stub(g=packet(registers), D=packet("OK"), Hg1=packet("OK"))
        self.answers.update({"m1000,4": packet("78563412"), "M1000,4:78563412": packet("OK")})
        self.assertEqual(stub.program_counter(), 0xffff82d040427508)
        self.assertEqual(stub.read_word(0x1000), 0x12345678)
        stub.write_word(0x1000, 0x12345678)
        stub.go_on()
        self.assertEqual(self.asked[1:], ["Hg1", "g", "m1000,4", "M1000,4:78563412", "D"])

    def test_errors(self):
        stub = self.stub(D=packet("E22"), g=packet("00" * 8), Hg1=packet("OK"))
        self.answers.update({"m1000,4": packet("E14"), "M1000,4:00000000": packet("")})
        for call, why in ((stub.go_on, "answers 'D' with 'E22'"), (stub.program_counter, "answers 'g' with '0000"),
                          (lambda: stub.read_word(0x1000), "answers 'm1000,4' with 'E14'"),
                          (lambda: stub.write_word(0x1000, 0), "with ''")):
            with self.assertRaisesRegex(BedError, why):
                call()

    def test_another_cpu(self):
        """Its registers, and that it is the one that came to an address."""
        registers = "efbeadde00000000" + "00" * 8 * 15 + "08754240d082ffff"
        stub = self.stub(g=packet(registers), Hg3=packet("OK"), c=packet("T05thread:03;"))
        self.answers.update({"Z1,7000,1": packet("OK"), "z1,7000,1": packet("OK")})
        self.assertEqual(stub.register(gdb.RAX, 2), 0xdeadbeef)
        self.assertEqual(stub.program_counter(2), 0xffff82d040427508)
        self.assertEqual(stub.run_to(0x7000), 2)
        self.answers["c"] = packet("T02thread:01;")
        with self.assertRaisesRegex(BedError, "before it came to 0x7000: 'T02"):
            stub.run_to(0x7000)

    def test_wrong_sum(self):
        stub = self.stub(D=b"+$OK#00")
        with self.assertRaisesRegex(BedError, "'D' with a wrong sum"):
            stub.go_on()

    def test_registers_of_one_cpu(self):
        """Which the stub lets be written alone only to who has asked for its description."""
        stub = self.stub(**{"qXfer:features:read:target.xml:0,ffb": packet("l<target/>"), "Hg3": packet("OK"),
                            "P10=0807060504030201": packet("OK"), "P11=02000000": packet("OK")})
        stub.set_register(gdb.RIP, 0x0102030405060708, 2)
        stub.set_register(gdb.EFLAGS, 2, 2)
        self.assertEqual(self.asked[1:4], ["qXfer:features:read:target.xml:0,ffb", "Hg3", "P10=0807060504030201"])

    def test_gone(self):
        stub = self.stub()
        with self.assertRaisesRegex(BedError, "QEMU is gone"):
            stub.go_on()


class Alone(unittest.TestCase):
    """Without a stub"""

    def test_none(self):
        with tempfile.TemporaryDirectory() as folder:
            with self.assertRaisesRegex(BedError, "does not answer"):
                gdb.Stub(folder)


if __name__ == "__main__":
    unittest.main()
