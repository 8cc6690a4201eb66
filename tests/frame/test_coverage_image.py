#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""build-aux/coverage_image: counters out of a machine's memory, as gcov itself then reads them."""

import os
import re
import subprocess
import sys
import tempfile
import unittest

TOP = os.path.realpath(os.path.join(os.path.dirname(__file__), "..", ".."))
BASE = 0x200000  # where the program lies in the played machine
SIZE = 0x400000
SOURCE = """int twice(int a);
int other(int a);
void __gcov_merge_add(void);
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
void __gcov_merge_add(void)
{
}
"""
FLAGS = ("-O0 -ffreestanding -fPIE -fno-asynchronous-unwind-tables -fprofile-arcs -ftest-coverage "
         "-fprofile-info-section=.gcov_info").split()
LINK = ("-static-pie -nostdlib -Wl,--no-dynamic-linker -Wl,-z,norelro -Wl,--build-id=none "
        "-Wl,-z,max-page-size=4096").split()


class Image(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        with open(self.path("x.c"), "w", encoding="utf-8") as file:
            file.write(SOURCE)
        self.tool("gcc", *FLAGS, "-c", "-o", self.path("x.o"), "x.c")
        self.tool("gcc", *LINK, f"-Wl,-T,{TOP}/shim/shim.lds", "-Wl,-e,twice", "-o", "x.elf", "x.o")
        self.tool("objcopy", "-O", "binary", "x.elf", "x.flat")
        with open(self.path("x.flat"), "rb") as file:
            self.flat = file.read()

    def path(self, name):
        return os.path.join(self.folder, name)

    def tool(self, *command):
        return subprocess.run(command, cwd=self.folder, check=True, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True).stdout

    def symbol(self, name):
        return int(re.search(rf"^([0-9a-f]+) \w {re.escape(name)}$", self.tool("nm", "x.elf"), re.M)[1], 16)

    def memory(self, name, **counts):
        """The program where it ran, and the copy that it was made of, which did not."""
        memory = bytearray(SIZE)
        memory[0x100000:0x100000 + len(self.flat)] = self.flat
        memory[BASE:BASE + len(self.flat)] = self.flat
        relocations = re.findall(r"^([0-9a-f]+)\s+\S+\s+R_X86_64_RELATIV\S*\s+([0-9a-f]+)$",
                                 self.tool("readelf", "-rW", "x.elf"), re.M)
        self.assertTrue(relocations)
        for at, value in relocations:
            memory[BASE + int(at, 16):BASE + int(at, 16) + 8] = (BASE + int(value, 16)).to_bytes(8, "little")
        for function, numbers in counts.items():
            at = BASE + self.symbol(f"__gcov0.{function}")
            for i, number in enumerate(numbers):
                memory[at + i * 8:at + i * 8 + 8] = number.to_bytes(8, "little")
        with open(self.path(name), "wb") as file:
            file.write(memory)
        return name

    def run_it(self, *memories):
        return subprocess.run([sys.executable, os.path.join(TOP, "build-aux/coverage_image"), "x.elf", *memories],
                              cwd=self.folder, check=False, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True)

    def lines(self):
        self.tool("gcov", "x.gcda")
        with open(self.path("x.c.gcov"), encoding="utf-8") as file:
            return {int(m[2]): m[1] for m in re.finditer(r"^ *([^:\s]+): *(\d+):", file.read(), re.M)}

    def test_counts_are_added_up(self):
        run = self.run_it(self.memory("one", twice=(3, 1)), self.memory("two", twice=(2, 1)))
        self.assertEqual((run.returncode, run.stdout), (0, "1 files, 1 of 3 functions ran\n"), run.stderr)
        lines = self.lines()
        self.assertEqual(lines[4], "5")  # gcc counts calls and those with another a than 0
        self.assertEqual((lines[7], lines[8]), ("2", "3"))
        self.assertEqual(lines[12], "#####")

    def test_a_machine_that_did_not_run_it(self):
        memory = bytearray(SIZE)
        memory[BASE:BASE + len(self.flat)] = self.flat
        with open(self.path("none"), "wb") as file:
            file.write(memory)
        run = self.run_it("none")
        self.assertEqual(run.returncode, 1)
        self.assertIn("did not run there", run.stderr)


if __name__ == "__main__":
    unittest.main()
