# SPDX-License-Identifier: GPL-2.0-only
"""The stages of a host, which of them are the same, and how two runs are compared."""

import sys
import tempfile
import unittest
from pathlib import Path
from unittest import mock

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import played  # pylint: disable=wrong-import-position
from bedlib import boot, compare, qemu, saved, turns  # pylint: disable=wrong-import-position

TEXT = """
host cpus=3 memory=2048
guest g1 vcpus=1
guest g2 vcpus=2
guest g3 vcpus=2 {more}
{first}
baseline
{last}
"""


class Stages(unittest.TestCase):
    """stages() and keys()"""

    def read(self, first="start g1 g2", last="start g3", more=""):
        """(host, steps)"""
        with tempfile.NamedTemporaryFile("w", suffix=".scn") as file:
            file.write(TEXT.format(first=first, last=last, more=more))
            file.flush()
            host = turns.read(file.name)
        return host, turns.unrolled(host.steps)

    def keys(self, **text):
        """Of a machine about which nothing else is to be known."""
        with mock.patch.object(boot, "machine_key", lambda host: [host.cpus]):
            return list(boot.keys(*self.read(**text)))

    def test_leading_steps(self):
        found, rest = boot.stages(*self.read())
        self.assertEqual([(s.name, s.guests) for s in found], [("boot", ()), ("start", ("g1", "g2"))])
        self.assertEqual([words[0] for _, words in rest], ["baseline", "start"])
        found, rest = boot.stages(*self.read("wait 1", "start g1"))
        self.assertEqual(([s.name for s in found], len(rest)), (["boot"], 3))

    def test_same(self):
        """What comes later, and guests that are not there yet, make no difference; what begins
        otherwise does."""
        one = self.keys()
        self.assertEqual(len(set(one)), 2)
        self.assertEqual(one, self.keys(last="wait 3", more="memory=64"))
        for other in (self.keys(first="start g1"), self.keys(first="start g1 g2 timeout=7"),
                      self.keys(first="start g1 g3", last="wait 3"), self.keys(first="start g1\nstart g2")):
            self.assertEqual(one[0], other[0])
            self.assertNotEqual(one[1], other[1])

    def test_saved_machine(self):
        """What it has behind it is shown, with the times of then, and remembered; else it is not
        gone on with."""
        host, steps = self.read()
        shown = played.Notes()
        coming = boot.Coming(host, None, None, shown)
        coming.runner = played.steps({}, [])
        coming.record = ["1.5 s", "2.5 s"]
        coming.seem_done(boot.stages(host, steps)[0])
        self.assertEqual(shown.results, [("boot", True, "1.5 s"), ("line 6: start g1 g2", True, "2.5 s")])
        self.assertEqual(coming.runner.context.running.names, ["g1", "g2"])
        coming.record.append("3 s")
        with self.assertRaises(ValueError):
            coming.seem_done(boot.stages(host, steps)[0])

    def test_machine(self):
        """What is not the host's own is in its name too: dom0's options, files, the driver."""
        host = self.read()[0]
        with tempfile.TemporaryDirectory() as folder, mock.patch.object(qemu, "BUILD", Path(folder)), \
             mock.patch.object(qemu, "_version", lambda _: "1"), mock.patch.object(qemu, "_firmware", lambda _: ()):
            for name in ("xen/A/xen", "kernel/vmlinux", "dom0.cpio"):
                (Path(folder) / name).parent.mkdir(parents=True, exist_ok=True)
                (Path(folder) / name).write_text("one")
            one = qemu.machine_key(host)
            self.assertEqual(one, qemu.machine_key(host))
            with mock.patch.object(qemu, "DOM0_OPTIONS", "other"):
                self.assertNotEqual(one, qemu.machine_key(host))
            (Path(folder) / "dom0.cpio").write_text("two")
            self.assertNotEqual(one, qemu.machine_key(host))

    def test_dom0(self):
        """PV where nothing else is said; the same options beside that; a stock host's is PV."""
        lines = {}
        for said in ("dom0=pvh", "dom0=pv", "system=stock", "system=stock dom0=pvh"):
            with tempfile.NamedTemporaryFile("w", suffix=".scn") as file:
                file.write(f"host {said} region=\n")
                file.flush()
                lines[said] = qemu.xen_command_line(turns.read(file.name)).split()
        self.assertEqual(qemu.xen_command_line(self.read()[0]).split()[-1], "liveupdate=64M")
        self.assertEqual(set(lines["dom0=pvh"]) - set(lines["dom0=pv"]), {"dom0=pvh", "dom0-iommu=none", "dom0_mem=512M,max:512M"})
        self.assertEqual(set(lines["dom0=pv"]) - set(lines["dom0=pvh"]), {"dom0_mem=704M,max:704M"})
        self.assertEqual(lines["system=stock"], lines["system=stock dom0=pvh"])
        self.assertNotIn("dom0=pvh", qemu.xen_command_line(self.read()[0]).split())

    def test_not_built(self):
        """A scenario whose files are not built is none that shares anything."""
        with tempfile.TemporaryDirectory() as folder, mock.patch.object(qemu, "BUILD", Path(folder)):
            boot.shared_keys.cache_clear()
            self.assertEqual(boot.shared_keys(), set())
        boot.shared_keys.cache_clear()

    def test_name(self):
        self.assertEqual(saved.name_of([1, "a"]), saved.name_of([1, "a"]))
        self.assertNotEqual(saved.name_of([1, "a"]), saved.name_of(["1", "a"]))

    def test_forget(self):
        with tempfile.TemporaryDirectory() as folder, mock.patch.object(saved, "FOLDER", Path(folder)):
            for name in ("old", "new", "new.new", "old.new"):
                (saved.FOLDER / name).mkdir()
            (saved.FOLDER / "new" / saved.FACTS).touch()
            saved.forget_all_but({"new"})
            self.assertEqual(sorted(p.name for p in saved.FOLDER.iterdir()), ["new", "new.new"])
            self.assertTrue(saved.is_there("new") and not saved.is_there("old"))


class Compare(unittest.TestCase):
    """What has to be equal."""

    ONE = ["ok 1 - boot (2.000000001 s)", "# g1: 7 rounds", "# real time 40 s; slowest: 3 s boot", "1..1"]

    def test_exactly(self):
        other = [*self.ONE[:2], "# real time 41 s", "1..1"]
        self.assertEqual(compare.differences(compare.exactly(self.ONE), compare.exactly(other)), [])
        other[0] = "ok 1 - boot (2.000000002 s)"
        self.assertEqual(len(compare.differences(compare.exactly(self.ONE), compare.exactly(other))), 1)

    def test_results(self):
        other = ["ok 1 - boot (2.1 s)", "# something else", "1..1"]
        self.assertEqual(compare.differences(compare.results(self.ONE), compare.results(other)), [])
        for bad in (["not ok 1 - boot (2.1 s)"], ["ok 1 - boot (2.6 s)"], ["ok 1 - boot (2 s)", "ok 2 - more (1 s)"], []):
            self.assertEqual(len(compare.differences(compare.results(self.ONE), compare.results(bad))), 1)


if __name__ == "__main__":
    unittest.main()
