#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""build-aux/coverage_xen: what xen-integration/src/region/counted.c writes, as gcov itself then reads it."""

import os
import re
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

TOP = Path(os.path.realpath(__file__)).parents[2]
FLAGS = ("-O0 -ffreestanding -fprofile-arcs -ftest-coverage -fprofile-update=atomic "
         "-fprofile-info-section=gcov_info").split()
TEXT = """int twice(int a);
int other(int a);
int twice(int a)
{
    if (a)
        return 2 * a;
    return 0;
}
int other(int a)
{
    return a;
}
"""
# What counted.c has of Xen: its port is a file here, its image a program.
HEADERS = {
    "xen/init.h": "#define __init\n#define cf_check\n"
                  "#define __initcall(f) int f##_(void); int f##_(void) { return f(); }\n",
    "xen/keyhandler.h": "static inline void register_keyhandler(char k, void (*f)(unsigned char), const char *w,\n"
                        "int d) { (void)k; (void)f; (void)w; (void)d; }\n",
    "xen/lib.h": "#include <stddef.h>\n#include <stdint.h>\n",
    "xen/string.h": "#include <string.h>\n",
    "played.h": "void put(const void *data, size_t size);\n",
}
MAIN = """#include <stdio.h>
#include <stdlib.h>
#include "region/counted.h"
int twice(int a);
void put(const void *data, size_t size);
void put(const void *data, size_t size)
{
    fwrite(data, 1, size, stdout);
}
int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++)
        if (argv[i][0] == '!')
            interrex_counted();
        else
            twice(atoi(argv[i]));
}
"""
PUT = re.compile(r"^static void put\(const void \*data.*?^}\n", re.M | re.S)


class Xen(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        source = (TOP / "xen-integration/src/region/counted.c").read_text(encoding="utf-8")
        played, times = PUT.subn('#include "played.h"\n', source)
        self.assertEqual(times, 1)
        # The linker names the ends of a section by itself.
        played = played.replace("interrex_counted_start", "__start_gcov_info")
        played = played.replace("interrex_counted_end", "__stop_gcov_info")
        for name, text in {**HEADERS, "x.c": TEXT, "main.c": MAIN, "counted.c": played}.items():
            path = self.folder / name
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")
        self.build()

    def tool(self, *command):
        run = subprocess.run(command, cwd=self.folder, check=False, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.assertEqual(run.returncode, 0, run.stderr)
        return run.stdout

    def build(self):
        self.tool("gcc", *FLAGS, "-c", "-o", str(self.folder / ".x.o.tmp"), "x.c")
        self.tool("gcc", "-std=gnu99", "-DCONFIG_INTERREX_FAULTS", "-DCONFIG_INTERREX_COUNTED", "-I.",
                  f"-I{TOP}/xen-integration/src", "-o", "image", "main.c", "counted.c", ".x.o.tmp")

    def counts(self, name, *words):
        """What a run leaves that calls twice() with the words, and writes its counters at each "!"."""
        data = self.tool("./image", *words)
        (self.folder / name).write_bytes(data)
        return data

    def run_it(self, *names):
        return subprocess.run([sys.executable, TOP / "build-aux/coverage_xen", "out", *names], cwd=self.folder,
                              check=False, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def lines(self):
        found = list((self.folder / "out").rglob("*.gcda"))
        self.assertEqual([path.name for path in found], ["x.o.gcda"])
        self.tool("gcov", str(found[0]))
        text = (self.folder / "x.c.gcov").read_text(encoding="utf-8")
        return {int(m[2]): m[1] for m in re.finditer(r"^ *([^:\s]+): *(\d+):", text, re.M)}

    def test_records_and_runs_are_added_up(self):
        self.counts("one", "7", "!", "0", "!")
        self.counts("two", "0", "0", "!")
        run = self.run_it("one", "two")
        self.assertEqual((run.returncode, run.stdout),
                         (0, "one: 2 Xens\ntwo: 1 Xens\n1 files, 1 of 2 functions ran\n"), run.stderr)
        lines = self.lines()
        self.assertEqual((lines[3], lines[6], lines[7], lines[11]), ("5", "2", "3", "#####"))

    def test_what_breaks_off(self):
        whole = self.counts("whole", "7", "!")
        for size in (5, whole.index(b"\0") + 3, len(whole) - 9, len(whole) - 1):
            (self.folder / "part").write_bytes(whole[:size])
            run = self.run_it("part")
            self.assertEqual(run.returncode, 1, size)
            self.assertIn("ends in the middle", run.stderr)

    def test_nothing_was_written(self):
        self.counts("nothing", "7")
        run = self.run_it("nothing")
        self.assertEqual(run.returncode, 1)
        self.assertIn("no Xen wrote its counters", run.stderr)

    def test_of_two_builds(self):
        self.counts("first", "!")
        (self.folder / "x.c").write_text(TEXT.replace("2 * a", "a ? 3 : 4"), encoding="utf-8")
        self.build()
        self.counts("second", "!")
        run = self.run_it("first", "second")
        self.assertEqual(run.returncode, 1)
        self.assertIn("of several builds", run.stderr)


if __name__ == "__main__":
    unittest.main()
