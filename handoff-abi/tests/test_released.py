#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""What was released of the ABI stays as it was: its golden handoffs, layouts, records, constants.

Run from the top of the project. Needs nothing that is built.
"""

import hashlib
import json
import re
import shutil
import sys
import tempfile
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "tools"))
import describe  # noqa: E402
import release  # noqa: E402

# SHA-256 of each version's mark, which names all the rest. A line is added with a release, and none
# is ever changed.
MARKS = {
    "1.0": "68711c059b5aa6254396440bfc1a953b3ca07e5e42b08fb14d54ecb48f05871e",
}


class Released(unittest.TestCase):
    """The tree as it is."""

    def test_nothing_of_a_release_is_another(self):
        self.assertEqual(release.all_differences(describe.load()), [])

    def test_the_marks_are_those_that_were_made(self):
        self.assertEqual({folder.name: hashlib.sha256((folder / release.MARK).read_bytes()).hexdigest()
                          for folder in release.released()}, MARKS)


class Spoiled(unittest.TestCase):
    """Copies of the headers and of the golden handoffs, released, and then changed."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.golden, self.headers = Path(folder.name) / "golden", Path(folder.name) / "abi"
        shutil.copytree(describe.ABI, self.headers)
        abi = self.load()
        self.version = release.words(abi.version)
        shutil.copytree(release.GOLDEN / self.version, self.golden / self.version,
                        ignore=shutil.ignore_patterns(release.MARK, release.LAYOUT))
        release.mark(abi, self.golden)
        self.assertEqual(self.found(), [])

    def load(self):
        return describe.load(self.headers)

    def found(self):
        return release.all_differences(self.load(), self.golden)

    def change(self, header, before, after):
        path = self.headers / header
        text, n = re.subn(before, after, path.read_text(), count=1, flags=re.M)
        self.assertEqual(n, 1, before)
        path.write_text(text)

    def next_minor(self):
        major, minor = (int(n) for n in self.version.split("."))
        self.change("version.h", r"(#define IRX_ABI_MINOR +)\d+u", rf"\g<1>{minor + 1}u")
        return f"{major}.{minor + 1}"

    def test_a_version_is_released_once(self):
        with self.assertRaisesRegex(SystemExit, "released already"):
            release.mark(self.load(), self.golden)

    def test_a_changed_handoff(self):
        path = self.golden / self.version / "late.bin"
        data = bytearray(path.read_bytes())
        data[-1] ^= 1
        path.write_bytes(data)
        self.assertEqual(self.found(), [f"{self.version}/late.bin is another"])

    def test_a_lost_and_an_added_handoff(self):
        (self.golden / self.version / "late.bin").rename(self.golden / self.version / "later.bin")
        self.assertEqual(self.found(), [f"{self.version}/later.bin is no part of the release",
                                        f"{self.version}/late.bin is gone"])

    def test_a_changed_layout_file(self):
        path = self.golden / self.version / release.LAYOUT
        tree = json.loads(path.read_text())
        del tree["structs"]["irx_note"]
        path.write_text(json.dumps(tree))
        self.assertEqual(self.found(), [f"{self.version}/{release.LAYOUT} is another"])

    def test_changes_of_the_headers(self):
        for header, before, after, text in (
                ("stream.h", r"uint32_t record_count;", "uint32_t records;",
                 "struct irx_stream_header.record_count is gone"),
                ("stream.h", r"uint32_t instance;", "int32_t instance;",
                 "struct irx_record.instance is another"),
                ("version.h", r"uint32_t reserved;\n(\};\nIRX_SIZE\(struct irx_note)",
                 r"uint32_t more;\n\1", "struct irx_note.more is new: say since which version"),
                ("live.h", r"IRX_DOM_FROZEN +6u", "IRX_DOM_FROZEN 16u",
                 "IRX_DOM_FROZEN of the constants is another"),
                ("early.h", r"#define IRX_REC_CONSOLE .*\n", "",
                 "CONSOLE of the records is gone"),
                ("late.h", r"(IRX_REC_E820 +)0x124u", r"\g<1>0x1f4u",
                 "E820 of the records is another"),
                ("op.h", r"(IRX_OP_READ +)9u", r"\g<1>12u",
                 "IRX_OP_READ of the constants is another"),
                ("late.h", r"(#define IRX_REC_E820 )", r"#define IRX_REC_X 0x7ffu /* bytes */\n\1",
                 "X of the records is new: say since which version")):
            with self.subTest(text):
                self.setUp()
                self.change(header, before, after)
                self.assertIn(f"{self.version}: {text}", self.found())

    def test_growing_is_no_change(self):
        since = self.next_minor()
        self.change("version.h", r"(uint32_t reserved;\n)(\};\nIRX_SIZE\(struct irx_note, )48",
                    rf"\1    uint64_t more; /* since {since} */\n\g<2>56")
        self.change("op.h", r"IRX_SIZE\(struct irx_op_info, 160\)", "IRX_SIZE(struct irx_op_info, 168)")
        self.change("op.h", r"IRX_SIZE\(struct irx_op_load, 80\)", "IRX_SIZE(struct irx_op_load, 88)")
        self.change("late.h", r"(#define IRX_REC_E820 )",
                    rf"#define IRX_REC_X 0x7ffu /* bytes; since {since} */\n\1")
        self.change("op.h", r"IRX_REASON_MAX +\d+u", "IRX_REASON_NEW 40u\n#define IRX_REASON_MAX 40u")
        self.assertEqual(self.found(), [])

    def test_growing_without_a_new_version_is_refused(self):
        self.change("version.h", r"(uint32_t reserved;\n)(\};\nIRX_SIZE\(struct irx_note, )48",
                    r"\1    uint64_t more;\n\g<2>56")
        self.change("op.h", r"IRX_SIZE\(struct irx_op_info, 160\)", "IRX_SIZE(struct irx_op_info, 168)")
        self.change("op.h", r"IRX_SIZE\(struct irx_op_load, 80\)", "IRX_SIZE(struct irx_op_load, 88)")
        self.assertIn(f"{self.version}: struct irx_note has another size", self.found())


if __name__ == "__main__":
    unittest.main()
