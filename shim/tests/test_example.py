# SPDX-License-Identifier: GPL-2.0-only
"""The developer's guide shows an exit handler as the code has it."""

import pathlib
import re
import unittest

TOP = pathlib.Path(__file__).resolve().parents[2]
SECTION = re.compile(r"^## Example: an exit handler\n(.*?)^## ", re.M | re.S)
BLOCK = re.compile(r"(?:^ {7,}\S.*\n|^\n(?= {7}))+", re.M)
SOURCES = ("shim/**/*.[ch]", "handoff-abi/include/**/*.h")


def packed(text):
    return " ".join(text.split())


class Example(unittest.TestCase):
    def test_it_is_the_code(self):
        guide = (TOP / "docs/developer.md").read_text(encoding="utf-8")
        blocks = [packed(block) for block in BLOCK.findall(SECTION.search(guide).group(1))]
        code = [block for block in blocks if block and not block.startswith("tests/")]
        sources = [packed(file.read_text(encoding="utf-8"))
                   for pattern in SOURCES for file in TOP.glob(pattern)]
        self.assertGreaterEqual(len(code), 5)
        for block in code:
            self.assertTrue(any(block in source for source in sources), block)


if __name__ == "__main__":
    unittest.main()
