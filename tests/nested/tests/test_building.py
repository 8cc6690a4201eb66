# SPDX-License-Identifier: GPL-2.0-only
"""How the bed builds: a line a part, the end of the log of one that fails, how much there is to
go."""

import contextlib
import io
import os
import sys
import tempfile
import unittest
from pathlib import Path
from unittest import mock

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bedlib import building, main  # pylint: disable=wrong-import-position
from bedlib.errors import BedError  # pylint: disable=wrong-import-position


class Folder(unittest.TestCase):
    """A build directory of its own."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.top = Path(folder.name)
        for name in ("TOP", "BUILD", "LOGS"):
            patch = mock.patch.object(building, name, self.top / "logs" if name == "LOGS" else self.top)
            patch.start()
            self.addCleanup(patch.stop)

    def build(self, *parts, first=False):
        """What is shown; all that take no time are shown too."""
        out = io.StringIO()
        with mock.patch.object(building, "parts", lambda **_: parts), mock.patch.object(building, "SHOWN_S", 0), \
             mock.patch.object(building, "is_first", lambda: first), contextlib.redirect_stdout(out):
            building.build()
        return out.getvalue().splitlines()


class Parts(Folder):
    """build()"""

    def test_a_line_a_part(self):
        """What the parts say is in their logs only."""
        said = self.build(building.Part("one", "the first", building.command("echo", "much"), 9),
                          building.Part("two", "the second", building.python(lambda: None), 9))
        self.assertEqual(said, ["[1/2] the first: 0 s", "[2/2] the second: 0 s", "built in 0 s"])
        self.assertEqual((self.top / "logs/one.log").read_text(), "much\n")

    def test_what_is_worth_showing(self):
        """Which sets of patches Xen has."""
        xen = next(part for part in building.parts() if part.name == "xen")
        sets = "product (23 patches of a), bed (9 patches of b)"
        said = self.build(building.Part("xen", "Xen", building.command("echo", f"bed: building (log: x; patches: {sets})"),
                                        9, worth=xen.worth))
        self.assertEqual(said[0], f"[1/1] Xen: 0 s; patches: {sets}")

    def test_first_says_how_long(self):
        self.assertRegex(self.build(first=True)[0], r"first build takes .* minutes.*; logs in logs$")

    def test_quick_ones_are_not_shown(self):
        out = io.StringIO()
        with mock.patch.object(building, "parts", lambda **_: [building.Part("one", "it", lambda _: None, 9)]), \
             mock.patch.object(building, "is_first", lambda: False), contextlib.redirect_stdout(out):
            building.build()
        self.assertEqual(out.getvalue(), "")

    def test_failure(self):
        """Stops it, and shows the end of the log."""
        bad = building.Part("bad", "it", building.command("sh", "-c", "seq 99; echo why >&2; exit 3"), 9)
        never = building.Part("never", "it", building.python(lambda: self.fail("went on")), 9)
        out, err = io.StringIO(), io.StringIO()
        with mock.patch.object(building, "parts", lambda **_: [bad, never]), mock.patch.object(main, "TOP", self.top), \
             contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            self.assertEqual(main.main(["build"]), 1)
        self.assertIn("[1/2] it: FAILED\n", out.getvalue())
        lines = err.getvalue().splitlines()
        self.assertEqual(lines[-2:], ["    | why", "bed: sh failed; log: logs/bad.log"])
        self.assertEqual(lines[0], "    | 76")

    def test_ours(self):
        """The parts that there are: each with a log of its own, in an order in which each finds
        what it needs."""
        names = [part.name for part in building.parts(more=("newer", "xenstore"), stock=True)]
        self.assertEqual(len(names), len(set(names)))
        for before, after in (("host-packages", "packages"), ("xen-source", "xen"), ("packages", "images"),
                              ("kernel-newer", "images"), ("xen", "images"), ("programs", "images")):
            self.assertLess(names.index(before), names.index(after))
        for script in ("host-packages.sh", "emulator.sh", "kernel-newer.sh", "packages.sh", "xen-source.sh", "xen.sh"):
            self.assertTrue(os.access(building.SCRIPTS / script, os.X_OK), script)


class Far(Folder):
    """How far a part is."""

    def test_xen(self):
        """By the log that is written now."""
        self.assertEqual(building.compiled(0), ("", None))
        for name, lines, changed in (("A", 700, 100), ("B", 350, 200)):
            path = self.top / f"xen/{name}/build.log"
            path.parent.mkdir(parents=True)
            path.write_text("CC\n" * lines)
            os.utime(path, (changed, changed))
        self.assertEqual([building.compiled(since) for since in (0, 150, 300)], [("Xen B 50%", 0.875), ("Xen B 50%", 0.875), ("", None)])

    def test_fetched(self):
        far = building.fetched("debs", 2)
        self.assertEqual(far(0), ("", None))
        (self.top / "debs").mkdir()
        (self.top / "debs/a.deb").write_bytes(bytes(building.MIB))
        self.assertEqual(far(0), ("1 of 2 MiB", None))

    def test_pace(self):
        """What is left by what is usual, and by how much slower than usual it was so far."""
        one, two = (building.Part(name, "it", None, 120) for name in ("one", "two"))
        pace = building.Pace([one, two], True)
        self.assertEqual([pace.to_go(one, seconds) for seconds in (0, 60, 900)],
                         ["about 4 min to go", "about 3 min to go", "about 2 min to go"])
        self.assertEqual([pace.to_go(one, seconds, 0.5) for seconds in (30, 60, 240)],
                         ["about 3 min to go", "about 3 min to go", "about 12 min to go"])
        pace.done(one, 360)
        self.assertEqual([pace.to_go(two, seconds) for seconds in (0, 330)], ["about 6 min to go", ""])
        self.assertEqual(building.Pace([one, two], False).to_go(one, 0), "")


class Errors(unittest.TestCase):
    """What is shown of an error."""

    def test_without_a_log(self):
        err = io.StringIO()
        with contextlib.redirect_stderr(err):
            main.show_error(BedError("no"))
        self.assertEqual(err.getvalue(), "bed: no\n")


if __name__ == "__main__":
    unittest.main()
