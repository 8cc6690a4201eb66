# SPDX-License-Identifier: GPL-2.0-only
"""xen-tree.py: which patches and files get into which of Xen's trees."""

import os
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

NESTED = Path(__file__).resolve().parents[1]
SCRIPT = next(NESTED.glob("*/xen-tree.py"))
OLD = "first\nsecond\nthird\n"
PATCH = """\
Why: {why}

--- a/xen/a.c
+++ b/xen/a.c
@@ -1,3 +1,3 @@
{lines}"""


class XenTree(unittest.TestCase):
    """In a project of its own: one file of Xen's, one patch a set, one file of ours."""

    def setUp(self):
        self.top = Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.top)
        self.script = self.top / SCRIPT.relative_to(NESTED.parents[1])
        self.script.parent.mkdir(parents=True)
        shutil.copy(SCRIPT, self.script)
        self.write("build/xen/pristine/xen/a.c", OLD)
        self.write("xen-integration/4.17/0001-a.patch",
                   PATCH.format(why="hook", lines="-first\n+hooked\n second\n third\n"))
        self.write("xen-integration/bed/0002-b.patch",
                   PATCH.format(why="emulator", lines=" hooked\n second\n-third\n+emulated\n"))
        self.write("xen-integration/src/op/op.c", "ours\n")
        self.write("xen-integration/src/include/asm/interrex.h", "header\n")
        self.write("xen-integration/4.17/private/time.c", "private\n")
        self.write("handoff-abi/src/codec.c", "codec\n")

    def write(self, name, text):
        path = self.top / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def tree(self, *args):
        """Its exit status and what it says."""
        run = subprocess.run([sys.executable, str(self.script), *args], check=False, text=True,
                             stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        return run.returncode, run.stdout

    def read(self, name, tree="src"):
        return (self.top / "build/xen" / tree / name).read_text()

    def test_the_bed_has_both_sets(self):
        status, said = self.tree()
        self.assertEqual(status, 0, said)
        self.assertEqual(said, "patches: product (1 patches of xen-integration/4.17), "
                               "bed (1 patches of xen-integration/bed)\nchanged\n")
        self.assertEqual(self.read("xen/a.c"), "hooked\nsecond\nemulated\n")

    def test_hardware_has_none_of_the_beds(self):
        status, said = self.tree("--hardware")
        self.assertEqual(status, 0, said)
        self.assertEqual(said, "patches: product (1 patches of xen-integration/4.17)\nchanged\n")
        self.assertEqual(self.read("xen/a.c", "src-hardware"), "hooked\nsecond\nthird\n")
        self.assertFalse((self.top / "build/xen/src").exists())

    def test_our_files_are_where_xen_compiles_them(self):
        self.tree()
        self.assertEqual(self.read("xen/arch/x86/interrex/op/op.c"), "ours\n")
        self.assertEqual(self.read("xen/arch/x86/interrex/private/time.c"), "private\n")
        self.assertEqual(self.read("xen/arch/x86/interrex/abi/codec.c"), "codec\n")
        self.assertEqual(self.read("xen/arch/x86/include/asm/interrex.h"), "header\n")
        self.assertFalse((self.top / "build/xen/src/xen/arch/x86/interrex/include").exists())

    def test_a_file_that_is_gone_goes(self):
        self.tree()
        self.assertEqual(self.tree()[1].splitlines()[1:], [])
        os.unlink(self.top / "xen-integration/src/op/op.c")
        self.assertEqual(self.tree()[1].splitlines()[1:], ["changed"])
        self.assertFalse((self.top / "build/xen/src/xen/arch/x86/interrex/op/op.c").exists())

    def test_edits_by_hand_are_kept(self):
        self.tree()
        self.write("build/xen/src/xen/a.c", "hooked\nsecond\nmine\n")
        status, said = self.tree()
        self.assertEqual(status, 1)
        self.assertIn("edited by hand in build/xen/src", said)
        self.assertIn("-emulated\n+mine\n", self.tree("--diff")[1])
        self.assertEqual(self.tree("--discard")[0], 0)
        self.assertEqual(self.read("xen/a.c"), "hooked\nsecond\nemulated\n")

    def test_debians_source_stays_as_it_is(self):
        real = self.top / "elsewhere"
        os.rename(self.top / "build/xen/pristine", real)
        os.symlink(real, self.top / "build/xen/pristine")
        self.assertEqual(self.tree()[0], 0)
        self.assertEqual((real / "xen/a.c").read_text(), OLD)

    def test_a_hook_that_needs_the_beds_set_does_not_apply(self):
        self.write("xen-integration/4.17/0003-c.patch",
                   PATCH.format(why="hook", lines=" hooked\n-second\n+hooked too\n emulated\n"))
        status, said = self.tree()
        self.assertEqual(status, 1)
        self.assertIn("4.17/0003-c.patch does not apply", said)


if __name__ == "__main__":
    unittest.main()
