#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""The program itself: its reports against the schema, its arguments, its help, its manual page."""

import json
import os
import re
import subprocess
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.realpath(__file__))
TOP = os.path.join(HERE, "..", "..", "..")
BUILD = os.path.join(TOP, os.environ.get("BUILD", "build"), "dom0")
PROGRAM = os.path.join(BUILD, "interrex")
PAGE = os.path.join(HERE, "..", "interrex.8")
COMMANDS = ("check", "load", "unload", "drill", "hold", "update", "abort", "finish", "abandon",
            "status", "report")
sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(TOP, "tests", "report"))

from json_schema import Validator, load  # noqa: E402


def run(*args):
    return subprocess.run([PROGRAM, *args], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          timeout=600, check=False)


class Reports(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.validator = Validator(load(os.path.join(TOP, "docs", "report.schema.json")))
        cls.folder = tempfile.TemporaryDirectory()
        subprocess.run([os.path.join(BUILD, "tests", "test_report"), "--emit", cls.folder.name],
                       timeout=600, check=True)
        cls.reports = {}
        for name in os.listdir(cls.folder.name):
            with open(os.path.join(cls.folder.name, name), encoding="utf-8") as file:
                cls.reports[name[:-len(".json")]] = json.load(file)

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def test_there_is_one_of_each_result(self):
        self.assertEqual({r["result"] for r in self.reports.values()},
                         {"updated", "drilled", "held", "refused", "aborted", "finished", "failed"})

    def test_each_fits_the_schema(self):
        for name, report in self.reports.items():
            with self.subTest(name):
                self.assertEqual(self.validator.problems(report), [])

    def test_limits_are_in_it(self):
        self.assertEqual(self.reports["limits-kept"]["over"], [])
        self.assertEqual(self.reports["limits-kept"]["boot_delay_ms"], 5)
        passed = self.reports["limits-passed"]
        self.assertEqual({(o["figure"], o["guest"], o["seen"]) for o in passed["over"]},
                         {("stall", None, "forecast"), ("stall", None, "afterwards"),
                          *(("blackout", g, s) for g in ("g1", "g2") for s in ("forecast", "meanwhile"))})
        self.assertEqual(passed["limits"]["over_limit"], "continue")
        self.assertEqual(self.reports["limits-refused"]["result"], "refused")
        self.assertEqual(self.reports["limits-aborted"]["result"], "aborted")

    def test_what_only_guests_know_is_null(self):
        for guest in self.reports["updated"]["guests"]:
            for key in ("largest_gap_us", "held_progress", "events_lost", "checksum_ok"):
                self.assertIsNone(guest[key])


class Arguments(unittest.TestCase):
    def test_help_names_every_command(self):
        help_text = run("--help")
        self.assertEqual(help_text.returncode, 0)
        for command in COMMANDS:
            self.assertRegex(help_text.stdout, rf"(?m)^  {command} ")
            own = run(command, "--help")
            self.assertEqual((own.returncode, own.stderr), (0, ""), command)
            self.assertIn("--json", own.stdout)

    def test_usage_errors(self):
        for args in ((), ("frobnicate",), ("drill", "--times", "0"), ("drill", "--seconds", "1x"),
                     ("drill", "--seconds", "-3"), ("drill", "--seconds", "99999999999"),
                     ("drill", "--seconds"), ("check", "--nonsense"), ("check", "extra"),
                     ("load", "extra"), ("update", "extra"), ("abort", "extra"), ("finish", "g1", "extra"),
                     ("status", "extra"), ("report", "extra"), ("unload", "extra"), ("abandon",),
                     ("abandon", "g1", "g2"), ("hold", "--seconds", "3"),
                     *(("drill", "--cpus", c) for c in ("0", "", "1,", ",1", "1-", "3-2", "1,1", "1-16",
                                                        "x", "1;2", "5000", "-1")),
                     *((c, o, v) for c in ("check", "drill", "update")
                       for o in ("--max-blackout", "--max-brownout", "--max-stall")
                       for v in ("0", "-1", "5x", "", "3600001", "1.0001")),
                     ("update", "--over-limit", "stop"), ("hold", "--max-blackout", "5"),
                     ("status", "--log=many"), ("update", "--module-cmdline", "x"),
                     ("update", *("--module=x",) * 9)):
            with self.subTest(args):
                ended = run(*args)
                self.assertEqual(ended.returncode, 2, ended)
                self.assertEqual(ended.stdout, "")
                self.assertNotEqual(ended.stderr, "")

    @unittest.skipIf(os.path.exists("/dev/xen/privcmd"), "this is a Xen host")
    def test_without_xen_it_says_so(self):
        ended = run("status", "--json")
        self.assertEqual(ended.returncode, 1)
        self.assertIn("remedy", ended.stderr)
        self.assertEqual(json.loads(ended.stdout)["result"], "error")


class Version(unittest.TestCase):
    """One number, in handoff-abi/include/interrex/release.h."""

    def setUp(self):
        with open(os.path.join(TOP, "handoff-abi/include/interrex/release.h"), encoding="utf-8") as file:
            header = file.read()
        self.release = ".".join(re.search(rf"(?m)^#define IRX_RELEASE_{part} (\d+)$", header).group(1)
                                for part in ("MAJOR", "MINOR", "PATCH"))

    def test_the_program_says_it(self):
        for args in (("--version",), ("-V",), ("check", "--version")):
            ended = run(*args)
            self.assertEqual((ended.returncode, ended.stdout), (0, f"interrex {self.release}\n"), args)

    def test_the_changelog_begins_with_it(self):
        with open(os.path.join(TOP, "CHANGELOG.md"), encoding="utf-8") as file:
            newest = re.search(r"(?m)^## (\d\S*)", file.read())
        self.assertEqual(newest.group(1), self.release)


class ManualPage(unittest.TestCase):
    def setUp(self):
        with open(PAGE, encoding="utf-8") as file:
            self.page = file.read().replace("\\-", "-")

    def test_every_option_and_exit_code_is_in_it(self):
        options = set()
        for command in COMMANDS:
            self.assertRegex(self.page, rf"(?m)^\.SS {command}\b")
            options |= set(re.findall(r"--[a-z-]+", run(command, "--help").stdout))
        for option in options - {"--help", "--usage"}:
            self.assertIn(option, self.page)
        codes = set(re.findall(r"(?m)^\.B (\d)$", self.page))
        self.assertEqual(codes, {"0", "1", "2", "3", "4", "5", "6", "7", "8"})

    def test_every_reason_is_in_it(self):
        with open(os.path.join(HERE, "..", "reasons.c"), encoding="utf-8") as file:
            names = re.findall(r'\[IRX_REASON_\w+\]\s*=\s*\{\s*"([a-z0-9-]+)"', file.read())
        self.assertGreater(len(names), 25)
        for name in names:
            self.assertRegex(self.page, rf"(?m)^\.B {name}$")


if __name__ == "__main__":
    unittest.main()
