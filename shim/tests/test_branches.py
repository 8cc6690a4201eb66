# SPDX-License-Identifier: GPL-2.0-only
"""The shim has no branch that a guest can teach the CPU to take elsewhere: no indirect jump or call, and
nothing behind a return that could run by a wrong guess."""

import os
import re
import subprocess
import tempfile
import unittest
from pathlib import Path

BUILD = Path(__file__).resolve().parents[2] / os.environ.get("BUILD", "build") / "shim"
INSTRUCTION = re.compile(r"^\s*([0-9a-f]+):\t(?:[0-9a-f]{2} )+\s*\t(.*?)\s*$")
INDIRECT = re.compile(r"^(?:\w+ )*(?:jmp|call|ljmp|lcall)[lqw]?\s+\*")
RETURN = re.compile(r"^(?:\w+ )*l?ret[lqw]?\b")


def instructions(file):
    """(address, text) of each instruction in file's text."""
    out = subprocess.run(["objdump", "-d", "-w", "--section=.text", file],
                         check=True, capture_output=True, text=True).stdout
    return [(match[1], match[2]) for match in map(INSTRUCTION.match, out.splitlines()) if match]


def bad_branches(code):
    """What a guest could use, of (address, text)."""
    found = [f"{at}: {text}" for at, text in code if INDIRECT.match(text)]
    for (at, text), (_, behind) in zip(code, code[1:] + [("", "")]):
        # LRETQ is met once, before any guest, to load CS.
        if RETURN.match(text) and not text.startswith("lret") and not behind.startswith("int3"):
            found.append(f"{at}: {text} without int3 behind it")
    return found


class Branches(unittest.TestCase):
    def test_the_shim_has_none(self):
        code = instructions(BUILD / "shim-svm.elf")
        self.assertGreater(len(code), 5000)
        self.assertGreater(sum(bool(RETURN.match(text)) for _, text in code), 100)
        self.assertEqual(bad_branches(code), [])

    def test_they_would_be_found(self):
        source = "jmp *%rax\ncall *8(%rdi)\nnotrack jmp *%rcx\nljmp *(%rax)\ncall f\nf: ret\nnop\nrep ret\nint3\nret\n"
        with tempfile.TemporaryDirectory() as folder:
            subprocess.run(["gcc", "-x", "assembler", "-c", "-o", f"{folder}/o", "-"], input=source, text=True, check=True)
            found = bad_branches(instructions(f"{folder}/o"))
        self.assertEqual(len(found), 6, found)


if __name__ == "__main__":
    unittest.main()
