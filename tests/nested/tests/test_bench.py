# SPDX-License-Identifier: GPL-2.0-only
"""`make bench`: its hosts can be run, and its tables say what the hosts left."""

import copy
import tempfile
import unittest
import sys
from pathlib import Path
from unittest import mock

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bedlib import bench, plots, turns  # pylint: disable=wrong-import-position
from bedlib.errors import BedError  # pylint: disable=wrong-import-position

PHASES = {"jump": 10.0, "boot": 9.0, "rebuild": 20.5, "resume": 0.5}
DRILL = {"result": "drilled", "guests": [{"blackout_enter_us": 40, "blackout_leave_us": 30}]}
UPDATE = {"result": "updated", "service_stall_ms": 40.0, "brownout_ms": 2.0,
          "phases": [{"name": name, "length": length} for name, length in PHASES.items()],
          "host": {"guests_claimed_ms": 1.5, "cpus_back_ms": 8.0},
          "guests": [{"blackout_enter_us": 60, "blackout_leave_us": None}]}
STATUS = {"host": {"heap_full_ms": 700.0}}
TODAY = {"kexec": {"service_stall_ms": 5400.0}, "save": {"save_ms": 900.0, "restore_ms": 800.0},
         "migrate": {"takes_ms": 2000.0}}


def row(value, **changed):
    """Of the axis `host`."""
    return {**bench.figures_of("host", value, [DRILL, DRILL, UPDATE], STATUS), **changed}


class Hosts(unittest.TestCase):
    """What is written for tests/run."""

    def test_each_can_be_run(self):
        with tempfile.TemporaryDirectory() as folder:
            for name, text in bench.scenarios(long=True).items():
                with self.subTest(name):
                    path = Path(folder) / f"{name}.scn"
                    path.write_text(text)
                    host = turns.read(path)
                    self.assertTrue(host.icount)

    def test_each_value_is_one(self):
        values = sum(len(axis.values) for axis in bench.AXES)
        long = sum(len(axis.long) for axis in bench.AXES)
        self.assertEqual(len(bench.scenarios()), values + len(bench.TODAY))
        self.assertEqual(len(bench.scenarios(long=True)), values + long + len(bench.TODAY))
        with self.assertRaises(ValueError):
            bench._host("colour", 1)  # pylint: disable=protected-access

    def test_only_some(self):
        with tempfile.TemporaryDirectory() as folder, mock.patch.object(bench, "SCENARIOS", bench.TOP / folder), \
                mock.patch.object(bench, "ROWS", Path(folder) / "rows"), mock.patch.object(bench, "TOP", Path("/")):
            jobs = list(bench.write(only="bench-host-8$"))
            self.assertEqual([job.split()[0] for job in jobs], ["bed-build", "&bench-host-8"])
            self.assertEqual([path.name for path in Path(folder).glob("*.scn")], ["bench-host-8.scn"])
            for name in ("bench-host-8", "bench-host-1024"):
                (Path(folder) / f"rows/{name}.json").write_text("{}")
            list(bench.write(only="bench-host-8$"))
            self.assertEqual([path.stem for path in Path(folder).glob("rows/*")], ["bench-host-1024"])
            list(bench.write())
            self.assertEqual(list(Path(folder).glob("rows/*")), [])


class Tables(unittest.TestCase):
    """What is made of what they left."""

    def found(self, **today):
        """Of two hosts."""
        return {"axes": {"host": [row(2), row(8)]}, "today": today}

    def test_figures(self):
        self.assertEqual(row(2)["blackouts_us"], {"enter": [40, 40, 60], "leave": [30, 30]})
        self.assertEqual(bench.cells(row(2)), ["40.0", "10.0", "9.0", "20.5", "0.5", "1.5", "8.0", "700.0", "40 (60)", "30 (30)"])
        with self.assertRaises(ValueError):
            bench.figures_of("host", 2, [DRILL], STATUS)

    def test_document(self):
        text = bench.document(self.found(**TODAY))
        self.assertIn("| 8 | 40.0 | 10.0 |", text)
        self.assertIn("benchmarks/host.svg", text)
        self.assertIn("900 ms and 800 ms, for nearly all of which the guest stands", text)
        self.assertIn("nobody runs for 5400 ms", text)
        self.assertNotIn("vCPUs of", text)

    def test_what_is_to_be_flat(self):
        self.assertTrue(all(good for good, _ in bench.checks(self.found())))
        grown = self.found()
        grown["axes"]["host"][1]["blackouts_us"]["enter"] = [51, 51, 51]
        self.assertEqual([good for good, _ in bench.checks(grown)], [False, True])
        grown["axes"]["host"][1]["blackouts_us"]["enter"] = [49, 49, 49]  # by less than a look at the mailbox
        self.assertTrue(all(good for good, _ in bench.checks(grown)))
        grown["axes"]["host"][1]["blackouts_us"]["leave"] = []
        self.assertEqual([good for good, _ in bench.checks(grown)], [True, False])

    def test_against_an_earlier_run(self):
        old, new = self.found(), self.found()
        self.assertEqual(list(bench.differences(old, new, 0.01)), [])
        new["axes"]["host"][0]["stall_ms"] = 40.5
        new["axes"]["host"].append(row(64))
        self.assertEqual(list(bench.differences(old, new, 0.01)),
                         ["host 64: only now", "host 2: stall 40 ms then, 40.5 ms now"])
        del new["axes"]["host"][:2]
        new["axes"]["host"][0]["blackouts_us"]["leave"] = []
        old["axes"]["host"] = [row(64)]
        self.assertEqual(list(bench.differences(old, new, 0.01)), ["host 64: leave 0.03 ms then, nan ms now"])

    def test_summary(self):
        with tempfile.TemporaryDirectory() as folder, mock.patch.object(bench, "OUT", Path(folder)), \
                mock.patch.object(bench, "ROWS", Path(folder) / "rows"), \
                mock.patch.object(bench, "DOCUMENT", Path(folder) / "document.md"), \
                mock.patch.object(bench, "PICTURES", Path(folder) / "pictures"), \
                mock.patch.object(bench.plots, "draw", side_effect=lambda file, *_: file.write_text("svg") and file), \
                mock.patch("builtins.print"):
            with self.assertRaisesRegex(BedError, "nothing has been measured"):
                bench.summary()
            for value in (8, 2):
                bench.leave(f"bench-host-{value}", row(value))
            bench.leave("bench-today-save", TODAY["save"])
            self.assertTrue(bench.summary(into_docs=True))
            earlier = Path(folder) / "earlier.json"
            earlier.write_text((Path(folder) / "results.json").read_text())
            self.assertTrue((Path(folder) / "pictures/host.svg").exists())
            self.assertEqual((Path(folder) / "document.md").read_text(), (Path(folder) / "benchmarks.md").read_text())
            self.assertTrue(bench.summary(against=earlier))
            bench.leave("bench-host-8", row(8, stall_ms=50.0))
            self.assertFalse(bench.summary(against=earlier))


class Pictures(unittest.TestCase):
    """What gnuplot is given."""

    def test_script(self):
        text = plots.script(Path("x.svg"), "a guest's memory", [row(2), row(8)], bench.STALL)
        self.assertIn("2 10.0 9.0 20.5 0.5 40 30.0", text)
        self.assertIn("title 'rebuild'", text)
        self.assertIn("set xlabel 'a guest''s memory'", text)

    def test_each_has_a_licence(self):
        self.assertEqual(plots.licensed("<?xml?>\n<svg> \n</svg>\n\n"), f"<?xml?>\n{plots.LICENCE}\n<svg>\n</svg>\n")

    def test_no_gnuplot(self):
        with mock.patch.object(plots.subprocess, "run", side_effect=OSError(2, "No such file")), \
                self.assertRaisesRegex(BedError, "no gnuplot"):
            plots.draw(Path("x.svg"), "memory", [row(2)], bench.STALL)
        refused = mock.Mock(returncode=1, stderr="line 3: what?")
        with mock.patch.object(plots.subprocess, "run", return_value=refused), \
                self.assertRaisesRegex(BedError, "line 3: what"):
            plots.draw(Path("x.svg"), "memory", [row(2)], bench.STALL)

    def test_the_rows_stay_as_they_were(self):
        before = row(2)
        after = copy.deepcopy(before)
        plots.script(Path("x.svg"), "memory", [after], bench.STALL)
        self.assertEqual(before, after)


if __name__ == "__main__":
    unittest.main()
