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

from bedlib import host, run  # pylint: disable=wrong-import-position
from bedlib.errors import BedError  # pylint: disable=wrong-import-position
from bedlib.steps import Steps  # pylint: disable=wrong-import-position

FAULT = "(XEN) d0v0 Triple fault - invoking HVM shutdown action 1\n"


class Perform(unittest.TestCase):
    """perform()"""

    def test_names(self):
        """A step's name with a hyphen is that of a method with an underscore."""
        runner = mock.Mock()
        step = mock.Mock(usage=Steps.step_traffic_drop.usage)
        with mock.patch.object(Steps, "step_traffic_drop", step):
            run.perform(runner, ["traffic-drop", "g1", "g2", "timeout=7"])
        step.assert_called_once_with(runner, ["g1", "g2"], timeout="7")


class Attempts(unittest.TestCase):
    """scenario(), with a host that dies at boot as often as is said."""

    def play(self, deaths, console):
        """Returns (exit status, output, boots)."""
        boots = []
        with tempfile.TemporaryDirectory() as top:
            directory = Path(top) / "nested/x"

            def boot(_host, _machine):
                boots.append(1)
                (directory / "console.log").write_text(console)
                if len(boots) <= deaths:
                    raise BedError("the machine is gone")

            out = io.StringIO()
            with mock.patch.object(run, "BUILD", Path(top)), \
                 mock.patch.object(run, "TOP", Path(top)), contextlib.redirect_stdout(out):
                status = run.scenario(host.Host("x"), boot, [])
        return status, out.getvalue(), len(boots)

    def test_sound(self):
        status, output, boots = self.play(0, "")
        self.assertEqual((status, boots), (0, 1))
        self.assertIn("ok 1 - boot", output)
        self.assertTrue(output.endswith("1..1\n"))

    def test_again(self):
        status, output, boots = self.play(2, FAULT)
        self.assertEqual((status, boots), (0, 3))
        self.assertEqual(output.count("dom0 broke"), 2)

    def test_not_for_ever(self):
        status, output, boots = self.play(9, FAULT)
        self.assertEqual((status, boots), (1, run.ATTEMPTS))
        self.assertIn("not ok 1", output)

    def test_other_deaths(self):
        status, output, boots = self.play(1, "(XEN) Panic on CPU 0:\n(XEN) something\n")
        self.assertEqual((status, boots), (1, 1))
        self.assertIn("not ok 1 - boot", output)
        self.assertIn("Panic", output)


if __name__ == "__main__":
    unittest.main()
