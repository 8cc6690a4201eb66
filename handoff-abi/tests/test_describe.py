#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""The description: what the header style refuses, and how forms grow with versions."""

import re
import shutil
import sys
import tempfile
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "tools"))
import describe  # noqa: E402


class Described(unittest.TestCase):
    def setUp(self):
        self.folder = Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.folder)
        for name in describe.HEADERS:
            shutil.copy(describe.ABI / name, self.folder)

    def change(self, header, before, after):
        path = self.folder / header
        text = path.read_text()
        self.assertIn(before, text)
        path.write_text(text.replace(before, after, 1))

    def set_minor(self, minor):
        path = self.folder / "version.h"
        text, n = re.subn(r"(#define IRX_ABI_MINOR +)\d+u", rf"\g<1>{minor}u", path.read_text())
        self.assertEqual(n, 1)
        path.write_text(text)

    def add(self, text, header="late.h"):
        path = self.folder / header
        body, end = path.read_text().rsplit("#endif", 1)
        path.write_text(body + text + "\n#endif" + end)

    def refused(self, why):
        with self.assertRaisesRegex(describe.Refused, why):
            describe.load(self.folder)

    def test_reads_the_headers_as_they_are(self):
        abi = describe.load(self.folder)
        self.assertEqual(abi.structs["irx_record"].size, 24)
        self.assertIn("DOMAIN", {r.name for r in abi.records if "first" in r.flags})
        self.assertEqual(abi.names("IRX_PORT_F_"), {1: "PENDING", 2: "CONSUMER"})

    def test_refuses_what_is_no_wire_type(self):
        for field in ("void *p;", "long n;", "unsigned int n;", "enum x y;", "uint32_t a : 3;",
                      "bool b;", "size_t n;"):
            with self.subTest(field=field):
                self.setUp()
                self.add(f"struct irx_x {{\n    {field}\n}};\nIRX_SIZE(struct irx_x, 8);")
                self.refused("late.h: ")

    def test_refuses_implicit_padding(self):
        self.add("struct irx_x {\n    uint32_t a;\n    uint64_t b;\n};\nIRX_SIZE(struct irx_x, 16);")
        self.refused("implicit padding at 4")
        self.setUp()
        self.add("struct irx_x {\n    uint64_t b;\n    uint32_t a;\n};\nIRX_SIZE(struct irx_x, 16);")
        self.refused("implicit padding at the end")

    def test_refuses_wrong_and_missing_pins(self):
        self.change("stream.h", "IRX_SIZE(struct irx_record, 24);",
                    "IRX_SIZE(struct irx_record, 32);")
        self.refused("struct irx_record: size is 24")
        self.setUp()
        self.change("stream.h", "IRX_SIZE(struct irx_record, 24);", "")
        self.refused("struct irx_record has no IRX_SIZE")
        self.setUp()
        self.change("anchor.h", "IRX_OFFSET(struct irx_anchor, handoff_id, 40);",
                    "IRX_OFFSET(struct irx_anchor, handoff_id, 48);")
        self.refused("handoff_id is not at 48")

    def test_refuses_records_without_a_sound_description(self):
        self.add("#define IRX_REC_X 0x200u /* an irx_x */")
        self.refused("IRX_REC_X: its comment is not")
        self.setUp()
        self.add("#define IRX_REC_X 0x200u /* struct irx_none[] */")
        self.refused("unknown struct irx_none")
        self.setUp()
        self.add("#define IRX_REC_X 0x101u /* bytes */")
        self.refused("two records have the same type")
        self.setUp()
        self.add("#define IRX_REC_X 0x200u /* bytes; since 9.9 */")
        self.refused("newer than the ABI")

    def test_refuses_other_c(self):
        self.add("static inline int f(void) { return 0; }")
        self.refused("cannot read")

    def test_appended_field_makes_a_form(self):
        self.set_minor(2)
        self.add("struct irx_x {\n    uint64_t a;\n    uint64_t b; /* since 1.1 */\n"
                 "    uint32_t c; /* since 1.2 */\n    uint32_t reserved; /* since 1.2 */\n};\n"
                 "IRX_SIZE(struct irx_x, 24);\n"
                 "#define IRX_REC_X 0x200u /* struct irx_x; since 1.1: for tests */")
        abi = describe.load(self.folder)
        self.assertEqual(abi.structs["irx_x"].forms, [((1, 0), 8), ((1, 1), 16), ((1, 2), 24)])
        self.assertEqual(abi.structs["irx_x"].zeros(), [(20, 4)])
        self.assertEqual(abi.oldest, (1, 0))

    def test_refuses_insertion_and_growth_inside(self):
        self.set_minor(1)
        self.add("struct irx_x {\n    uint64_t a; /* since 1.1 */\n    uint64_t b;\n};\n"
                 "IRX_SIZE(struct irx_x, 16);")
        self.refused("older than the field before")
        self.setUp()
        self.set_minor(1)
        self.add("struct irx_x {\n    uint64_t a;\n    uint64_t b; /* since 1.1 */\n};\n"
                 "IRX_SIZE(struct irx_x, 16);\n"
                 "struct irx_y {\n    struct irx_x x;\n    uint64_t c;\n};\n"
                 "IRX_SIZE(struct irx_y, 24);")
        self.refused("a structure inside another must not grow")

    def test_a_structure_at_the_end_of_another_may_grow(self):
        self.set_minor(1)
        self.add("struct irx_x {\n    uint64_t a;\n    uint64_t b; /* since 1.1 */\n};\n"
                 "IRX_SIZE(struct irx_x, 16);\n"
                 "struct irx_y {\n    uint64_t c;\n    struct irx_x x;\n};\n"
                 "IRX_SIZE(struct irx_y, 24);")
        self.assertEqual(describe.load(self.folder).structs["irx_y"].forms,
                         [((1, 0), 16), ((1, 1), 24)])

    def test_a_union_is_as_large_as_its_largest(self):
        self.add("struct irx_x {\n    uint64_t a;\n    union {\n        uint32_t b;\n"
                 "        uint8_t c[16];\n    } u;\n    uint64_t d;\n};\nIRX_SIZE(struct irx_x, 32);")
        struct = describe.load(self.folder).structs["irx_x"]
        self.assertEqual([(f.name, f.offset, f.size) for f in struct.fields],
                         [("a", 0, 8), ("u", 8, 16), ("d", 24, 8)])
        self.setUp()
        self.add("struct irx_x {\n    union {\n        void *p;\n        uint64_t b;\n    } u;\n};\n"
                 "IRX_SIZE(struct irx_x, 8);")
        self.refused("void")

    def test_refuses_a_field_newer_than_the_version(self):
        self.add("struct irx_x {\n    uint64_t a;\n    uint64_t b; /* since 1.77 */\n};\n"
                 "IRX_SIZE(struct irx_x, 16);")
        self.refused("struct irx_x: newer than the ABI")


if __name__ == "__main__":
    unittest.main()
