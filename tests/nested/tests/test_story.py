# SPDX-License-Identifier: GPL-2.0-only
"""What the demo shows: what happens, what it comes to, and why it failed."""

import contextlib
import io
import sys
import tempfile
import unittest
from pathlib import Path
from unittest import mock

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bedlib import host, listing, probe, story, turns  # pylint: disable=wrong-import-position

PROGRESS = "    0.136 s  7/9  kexec      0 %  dom0 stops here"


def guest(name, **changed):
    """Of a report, a guest with which all is well."""
    return {"name": name, "blackout_enter_us": 44, "blackout_leave_us": 735, "largest_gap_us": 574321.5,
            "held_progress": 0.75, "events_lost": 0, "checksum_ok": True, **changed}


def report(*guests):
    """Of an update that was told to wait for three seconds."""
    return {"service_stall_ms": 3076.1, "guests": list(guests)}


class Story(unittest.TestCase):
    """A run, as it is told."""

    def play(self, good=True, figures=report(guest("g1"), guest("g2"))):
        """What is shown of a boot, an update and a check; the check is the one that may be no
        good."""
        described = host.Host("x", guests={"g1": host.Guest("g1"), "g2": host.Guest("g2", vcpus=2)})
        out = io.StringIO()
        with tempfile.TemporaryDirectory() as top, mock.patch.object(story, "TOP", Path(top)), \
             contextlib.redirect_stdout(out):
            (Path(top) / "logs").mkdir()
            (Path(top) / "logs/steps.log").write_text("\n".join(map(str, range(99))))
            told = story.Story()
            told.scenario(described, "logs")
            for words in ((), ("dom0", "uname"), ("update", "B", "boot_delay_ms=3000"), ("check", "same")):
                told.begins(f"line 7: {' '.join(words)}", words)
                if words[:1] == ("update",):
                    told.progress(PROGRESS)
                    told.report(figures, {"g1": [probe.Progress(1, 1, 0, 1000, 250_000_000)]})
                told.ended(good or words[:1] != ("check",), "4.160000001 s")
            if not good:
                told.failed("x, line 7: why")
            told.end()
        return out.getvalue()

    def test_what_happens(self):
        lines = self.play().splitlines()
        for line in ("   4.2 s  Xen A and its dom0 have booted", "The update:", PROGRESS, "   4.2 s  updated",
                     "      ok  dom0's processes and all domains are the same as before"):
            self.assertIn(line, lines)
        self.assertNotIn("uname", "\n".join(lines))
        self.assertRegex(lines[-1], r"^It took 0 s of .* Report: build/demo/report.json; logs: logs$")

    def test_three_lines(self):
        """Before the last one, which says where more is. What the update was told to wait is not
        its stall."""
        lines = self.play().splitlines()[-5:-2]
        self.assertRegex(lines[0], "Xen A was replaced by Xen B under 2 .*: no reboot, no event lost, memory right")
        self.assertRegex(lines[1], "stood still twice, for 0.73 ms at most, and ran on in the 3.1 s")
        self.assertRegex(lines[2], "stood still for 76 ms; 3.0 s more")

    def test_table(self):
        """The emulator's figures stand apart from those that are counted, and are marked."""
        lines = list(story.table(report(guest("g1"), guest("g2", held_progress=None)),
                                 {"g1": [probe.Progress(1, 1, 0, 1000, 250_000_000)]}))
        head, names, one, two = ([cell.split() for cell in line.split("|")] for line in lines[:4])
        self.assertEqual((head[0][0], head[1][-1]), ("counted", "(*)"))
        self.assertEqual(names[1], ["largest", "gap", "ms", "speed", "kept"])
        self.assertEqual(one, [["g1", "0.04", "0.73", "250", "million", "0", "right"], ["574", "75%"]])
        self.assertEqual(two[0][3:], ["-", "0", "right"])
        self.assertEqual(two[1], ["574", "-"])

    def test_what_is_wrong_is_said(self):
        lines = list(story.in_three_lines(report(guest("g1", events_lost=2), guest("g2", checksum_ok=False)), 0))
        self.assertRegex(lines[0], "2 event lost, memory WRONG")
        self.assertRegex(lines[2], r"for 3076 ms\.$")

    def test_failure(self):
        """Says why, with the end of the log, and comes to nothing."""
        text = self.play(good=False)
        self.assertIn("FAILED: x, line 7: why\n", text)
        self.assertIn("    | 98\n", text)
        self.assertNotIn("was replaced", text)
        self.assertRegex(text, r"The demo failed after 0 s; logs in logs\n$")

    def test_each_step_of_the_demo_is_told(self):
        """In words of its own, not as its line says it."""
        for _, words in turns.read(listing.find("demo")).steps:
            name = " ".join(words[:2 if words[0] == "check" else 1])
            self.assertTrue(name in story.DONE or name in story.SILENT, name)
            self.assertTrue(name in story.GOES_ON or name in story.SILENT or name.startswith("check "), name)


if __name__ == "__main__":
    unittest.main()
