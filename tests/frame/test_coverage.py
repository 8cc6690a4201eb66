#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""build-aux/coverage: what it makes of lcov's counts, and its limits."""

import importlib.machinery
import importlib.util
import os
import sys
import tempfile
import unittest
from pathlib import Path

sys.dont_write_bytecode = True

TOP = os.path.realpath(os.path.join(os.path.dirname(__file__), "..", ".."))
sys.path.insert(0, os.path.join(TOP, "build-aux"))


def load():
    loader = importlib.machinery.SourceFileLoader("coverage_script",
                                                  os.path.join(TOP, "build-aux/coverage"))
    module = importlib.util.module_from_spec(
        importlib.util.spec_from_loader(loader.name, loader))
    loader.exec_module(module)
    return module


coverage = load()


def counted(lines, lines_hit, branches=0, branches_hit=0):
    file = coverage.File()
    for number in range(lines):
        file.line(number, number < lines_hit)
    for number in range(branches):
        file.branch(number, number < branches_hit)
    return file


class Limits(unittest.TestCase):
    LIMITS = (coverage.Limit("these", r"a/", 95, None), coverage.Limit("those", r"a/\w+_v\.c$", 100, 100))

    def judge(self, files):
        return list(coverage.judge(files, self.LIMITS))

    def test_kept(self):
        self.assertEqual(self.judge({"a/x.c": counted(20, 19), "a/x_v.c": counted(20, 20, 4, 4),
                                     "b/y.c": counted(9, 0)}), [])

    def test_a_line_too_few(self):
        self.assertEqual(self.judge({"a/x.c": counted(20, 17), "a/x_v.c": counted(20, 20, 4, 4)}),
                         ["these: 92.50 % of the lines, 3 were not reached; the limit is 95 %"])

    def test_one_branch_of_many(self):
        self.assertEqual(self.judge({"a/x_v.c": counted(100, 100, 10000, 9999)}),
                         ["those: 99.99 % of the branches, 1 were not reached; the limit is 100 %"])

    def test_what_was_not_measured_keeps_no_limit(self):
        self.assertIn("those: no file of 'a/\\\\w+_v\\\\.c$' was measured",
                      self.judge({"a/x.c": counted(20, 20)}))

    def test_each_folder(self):
        files = {"a/x.c": counted(100, 100), "b/y.c": counted(5, 5), "b/z.c": counted(5, 3)}
        self.assertEqual(list(coverage.judge_folders(files, 90)),
                         ["b: 80.00 % of the lines; the limit is 90 %"])

    def test_the_real_ones_name_files_that_are_there(self):
        names = [str(n) for n in coverage.project_files(coverage.TOP)]
        for limit in coverage.LIMITS:
            self.assertTrue(any(coverage.re.match(limit.files, n) for n in names), limit.what)


class Excluded(unittest.TestCase):
    def judge(self, text, name="handoff-abi/src/x_validate.c"):
        return list(coverage.judge_excluded({name: text}))

    def test_with_a_reason(self):
        self.assertEqual(self.judge("if (a) /* LCOV_EXCL_BR_LINE: R is below 4 GiB */"), [])

    def test_without_one(self):
        self.assertEqual(len(self.judge("if (a) /* LCOV_EXCL_BR_LINE */")), 1)

    def test_lines_are_not_left_out(self):
        self.assertEqual(len(self.judge("return; /* LCOV_EXCL_LINE: why */")), 1)

    def test_nor_those_of_other_files(self):
        self.assertEqual(len(self.judge("/* LCOV_EXCL_BR_LINE: why */", "shim/core/x.c")), 1)

    def test_few(self):
        one = "/* LCOV_EXCL_BR_LINE: why */\n"
        self.assertEqual(self.judge(one * coverage.EXCLUDED_MAX), [])
        self.assertEqual(len(self.judge(one * (coverage.EXCLUDED_MAX + 1))), 1)


class Reading(unittest.TestCase):
    def test_lines_and_branches(self):
        text = (f"SF:{TOP}/shim/core/x.c\nDA:3,5\nDA:4,0\nBRDA:3,0,0,-\nBRDA:3,0,1,7\nend_of_record\n"
                f"SF:{TOP}/shim/core/x.c\nDA:9,1\nend_of_record\n")
        with tempfile.TemporaryDirectory() as folder:
            info = Path(folder) / "x.info"
            info.write_text(text, encoding="utf-8")
            files = coverage.read(info)
        x = files["shim/core/x.c"]
        self.assertEqual((x.lines, x.lines_hit, x.branches, x.branches_hit), (3, 2, 2, 1))
        self.assertEqual(list(coverage.uncovered(files)), ["shim/core/x.c:4: line", "shim/core/x.c:3: branch"])

    def test_files_in_xens_tree(self):
        for name, home in (("arch/x86/interrex/lend/dead.c", "xen-integration/src/lend/dead.c"),
                           ("arch/x86/interrex/abi/crc32c.c", "handoff-abi/src/crc32c.c"),
                           ("common/sched/../../arch/x86/interrex/private/time.c", "xen-integration/4.17/private/time.c")):
            self.assertEqual(coverage.in_project(f"/b/build/xen/src/xen/{name}"), f"{TOP}/{home}")
            self.assertTrue((Path(TOP) / home).is_file(), home)
        self.assertIsNone(coverage.in_project("/b/build/xen/src/xen/common/sched/core.c"))


if __name__ == "__main__":
    unittest.main()
