# SPDX-License-Identifier: GPL-2.0-only
"""A scenario begins anew when the emulator broke dom0, and only then."""

import contextlib
import io
import sys
import tempfile
import unittest
from pathlib import Path
from unittest import mock

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import played  # pylint: disable=wrong-import-position
from bedlib import host, qemu, run  # pylint: disable=wrong-import-position
from bedlib.counts import ASK  # pylint: disable=wrong-import-position
from bedlib.channel import NoAnswer  # pylint: disable=wrong-import-position
from bedlib.errors import BedError  # pylint: disable=wrong-import-position

FAULT = "(XEN) d0v0 Triple fault - invoking HVM shutdown action 1\n"


class Attempts(unittest.TestCase):
    """scenario(), with a host that dies at boot as often as is said."""

    def play(self, deaths, console, error=BedError("the machine is gone"), alive=False, icount=False,
             counted=None):  # pylint: disable=too-many-arguments
        """Returns (exit status, output, boots). counted: what dom0 says when it is asked for counters."""
        boots = []
        with tempfile.TemporaryDirectory() as top:
            directory = Path(top) / "nested/x"

            def bring_up(_host, steps, _machine, _log, shown, _fresh):
                boots.append(1)
                (directory / "console.log").write_text(console)
                shown.begins("boot")
                if len(boots) <= deaths:
                    raise error
                shown.ended(True, "1 s")
                return played.steps({} if counted is None else {ASK: counted}), steps

            out = io.StringIO()
            with mock.patch.object(run, "BUILD", Path(top)), mock.patch.object(run, "TOP", Path(top)), \
                 mock.patch.object(run.boot, "bring_up", bring_up), \
                 mock.patch.object(run.Machine, "pid", lambda _: 1 if alive else None), \
                 mock.patch.object(run.Machine, "stop", lambda _: None), contextlib.redirect_stdout(out):
                status = run.scenario(host.Host("x", icount=icount, counted=counted is not None))
        return status, out.getvalue(), len(boots)

    def test_sound(self):
        status, output, boots = self.play(0, "")
        self.assertEqual((status, boots), (0, 1))
        self.assertIn("ok 1 - boot", output)
        self.assertTrue(output.endswith("1..1\n"))

    def test_triple_fault(self):
        status, output, boots = self.play(2, FAULT)
        self.assertEqual((status, boots), (0, 3))
        self.assertEqual(output.count("boot: a triple fault: the emulator broke dom0"), 2)

    def test_hang(self):
        """No answer while emulator and Xen are alive; not where Xen said why."""
        status, output, boots = self.play(1, "", NoAnswer("no answer"), alive=True)
        self.assertEqual((status, boots), (0, 2))
        self.assertIn("a hang: no answer", output)
        for console, alive in (("(XEN) Panic on CPU 0:\n", True), ("", False)):
            self.assertEqual(self.play(1, console, NoAnswer("no answer"), alive)[::2], (1, 1))

    def test_no_hang_once_guests_were_held(self):
        error = NoAnswer("no answer")
        with mock.patch.object(run.Machine, "pid", lambda _: 1):
            machine = run.Machine("/nowhere")
            self.assertTrue(run.broken_by_emulator(host.Host("x", icount=False), machine, error, False))
            self.assertIsNone(run.broken_by_emulator(host.Host("x", icount=False), machine, error, True))

    def test_not_for_ever(self):
        status, output, boots = self.play(9, FAULT)
        self.assertEqual((status, boots), (1, run.ATTEMPTS))
        self.assertIn("not ok 1", output)

    def test_not_where_instructions_are_counted(self):
        self.assertEqual(self.play(1, FAULT, icount=True)[::2], (1, 1))
        self.assertEqual(self.play(1, "", NoAnswer("no answer"), True, True)[::2], (1, 1))

    def test_counters(self):
        """Xens that count are asked at the end, and it is no success where they do not answer."""
        for answer, want in ((0, ""), 0), ((1, "no such key"), 1):
            status, output, _ = self.play(0, "", counted=answer)
            self.assertEqual(status, want)
            self.assertEqual("not ok" in output, bool(want))
        counted = host.Host("x", counted=True)
        self.assertEqual(counted.more, ["counted"])
        command = " ".join(qemu.qemu_command(counted, Path("/nowhere")))
        self.assertIn("xen/A-counted/xen ", command)
        self.assertIn("isa-debugcon,iobase=0x1e2,chardev=counts", command)

    def test_other_deaths(self):
        status, output, boots = self.play(1, "(XEN) Panic on CPU 0:\n(XEN) something\n")
        self.assertEqual((status, boots), (1, 1))
        self.assertIn("not ok 1 - boot", output)
        self.assertIn("Panic", output)


if __name__ == "__main__":
    unittest.main()
