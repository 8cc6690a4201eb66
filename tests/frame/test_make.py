#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""The Makefile: that what a check finds makes `make check-host` fail, in a small project."""

import os
import re
import shutil
import subprocess
import tempfile
import unittest

TOP = os.path.realpath(os.path.join(os.path.dirname(__file__), "..", ".."))
GPL = "SPDX-License-Identifier: " + "GPL-2.0-only"
FRAGMENT = f"""# {GPL}
.PHONY: shim shim-check
shim: build/shim/good
shim_TESTS := build/shim/good
build/shim/good: shim/good.c
\t@mkdir -p $(@D)
\t$(HOST_CC) $(HOST_CFLAGS) -o $@ $<
"""
# A bed that only says which of its lines it was asked for, and that knows no scenario "unknown".
BED = f"""#!/bin/sh
# {GPL}
case "$*" in
*unknown*) echo "bed: 'unknown' is neither a scenario nor a tag" >&2; exit 1 ;;
"list --jobs"*) shift 2
    echo "bed-build 60 echo build"
    for word; do case $word in --*) ;; *) echo "&nested-$word 60 echo $word" ;; esac; done ;;
*) exit 1 ;;
esac
"""
ARROWS = f"""# {GPL}
part shim: words
room shim: words = shim
room lower: words = shim/lower
shim -> lower
"""
GOOD = f"/* {GPL} */\nint main(void)\n{{\n    return 0;\n}}\n"


class Make(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.top = folder.name
        cache = tempfile.TemporaryDirectory()
        self.addCleanup(cache.cleanup)
        self.cache = cache.name
        for name in ("Makefile", ".clang-format", ".clang-tidy", "build-aux", "tests/run",
                     "tests/speed.py", "tests/progress.py"):
            source, target = os.path.join(TOP, name), os.path.join(self.top, name)
            os.makedirs(os.path.dirname(target), exist_ok=True)
            if os.path.isdir(source):
                shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy2(source, target)
        os.makedirs(os.path.join(self.top, "shim"))
        self.write("shim/shim.mk", FRAGMENT)
        self.write("shim/good.c", GOOD.replace("int main", '#include "lower/lower.h"\n\nint main'))
        os.makedirs(os.path.join(self.top, "shim/lower"))
        self.write("shim/lower/lower.h", f"/* {GPL} */\n")
        self.write("build-aux/house.arrows", ARROWS)
        subprocess.run([os.path.join(self.top, "build-aux/house"), "--draw"], stdout=subprocess.DEVNULL, check=True)

    def write(self, name, content):
        with open(os.path.join(self.top, name), "w", encoding="utf-8") as file:
            file.write(content)

    def make(self, *arguments):
        environment = {k: v for k, v in os.environ.items()
                       if k not in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS", "CMOCKA_MESSAGE_OUTPUT", "SCENARIOS")}
        environment["XDG_CACHE_HOME"] = self.cache
        run = subprocess.run(["make", *arguments], cwd=self.top, stdout=subprocess.PIPE,
                             stderr=subprocess.STDOUT, text=True, timeout=900, env=environment,
                             check=False)
        return run.returncode, run.stdout

    def assert_fails(self, test):
        status, output = self.make("check-host")
        self.assertNotEqual(status, 0, output)
        self.assertRegex(output, rf"(?m)^failed: .*\b{test}\b")
        self.assertRegex(output, r"(?m)^\d+ passed, [1-9]\d* failed$")
        return output

    def test_good_project(self):
        status, output = self.make("check-host")
        self.assertEqual(status, 0, output)
        self.assertEqual(len(re.findall(r"(?m)^[1-9]\d* passed, 0 failed$", output)), 1, output)
        for test in ("licences", "content", "format", "shell", "house", "tidy", "shim-good"):
            self.assertRegex(output, rf"(?m)^\[ \d+/\d+ \] {test} \.\.\. ok")

    def test_check_runs_the_host_tests_too(self):
        status, output = self.make("check")
        self.assertEqual(status, 0, output)
        self.assertIn("shim-good ... ok", output)

    def bed(self):
        """Gives the project a bed."""
        os.makedirs(os.path.join(self.top, "tests/nested"))
        self.write("tests/nested/bed", BED)
        os.chmod(os.path.join(self.top, "tests/nested/bed"), 0o755)

    def good_tests(self, *arguments):
        """Names of the tests that were run, in their order; all have to be good."""
        status, output = self.make(*arguments)
        self.assertEqual(status, 0, output)
        return [name for _, name in sorted((int(n), name) for n, name in re.findall(
            r"(?m)^\[ (\d+)/\d+ \] (\S+) \.\.\. ok", output))]

    def test_scenarios(self):
        """All but the long ones, those that are asked for, or only the long ones."""
        self.bed()
        host = ["content", "format", "house", "licences", "shell", "shim-good"]
        for arguments, nested in ((("check",), ["long"]), (("check", "SCENARIOS=two one"), ["one", "two"])):
            found = self.good_tests(*arguments)
            self.assertEqual(sorted(found[:6]), host)
            self.assertEqual(found[6], "bed-build")
            self.assertEqual(sorted(found[7:]), [*(f"nested-{name}" for name in nested), "tidy"])
        self.assertEqual(self.good_tests("check-long"), ["bed-build", "nested-long"])
        self.assertNotIn("bed-build", self.good_tests("check-host"))

    def test_unknown_scenario_stops_it_before_anything_is_built(self):
        self.bed()
        status, output = self.make("check", "SCENARIOS=one unknown")
        self.assertNotEqual(status, 0, output)
        self.assertIn("'unknown' is neither", output)
        self.assertNotIn("compiling", output)
        self.assertFalse(os.path.exists(os.path.join(self.top, "build/shim")))

    def test_wrong_licence(self):
        self.write("shim/good.c", GOOD.replace("GPL-2.0-only", "MIT"))
        self.assert_fails("licences")

    def test_home_folder_in_a_file(self):
        self.write("notes.md", f"<!-- {GPL} -->\ncd /home" + "/somebody\n")
        self.assert_fails("content")

    def test_badly_formatted(self):
        self.write("shim/good.c", GOOD.replace("    return", "  return"))
        self.assert_fails("format")

    def test_arrow_that_is_not_allowed(self):
        self.write("shim/lower/lower.h", f"/* {GPL} */\n#include \"../good.h\"\n")
        self.write("shim/good.h", f"/* {GPL} */\n")
        output = self.assert_fails("house")
        self.assertIn("lower -> shim: build-aux/house.arrows does not allow this arrow", output)
        self.assertIn("shim/lower/lower.h:2: uses shim/good.h", output)

    def test_mistake_that_tidy_sees(self):
        self.write("shim/good.c", GOOD.replace(
            "    return 0;", "    int *p = 0;\n    return *p;"))
        self.assert_fails("tidy")

    def test_failing_program(self):
        self.write("shim/good.c", GOOD.replace("return 0", "return 1"))
        self.assert_fails("shim-good")

    def test_fragment_without_a_test_list_is_checked_whole(self):
        self.write("shim/shim.mk", FRAGMENT.replace("shim_TESTS := build/shim/good", "shim-check:\n"
                                                    "\t@exit 1"))
        self.assert_fails("shim")

    def test_what_does_not_compile_stops_it(self):
        self.write("shim/good.c", GOOD.replace("return 0", "return x"))
        status, output = self.make("check-host")
        self.assertNotEqual(status, 0, output)
        self.assertNotIn(" passed, ", output)

    def test_help_names_every_target_that_exists(self):
        status, output = self.make("help")
        self.assertEqual(status, 0, output)
        for target in ("check", "check-host", "check-long", "demo", "build", "format", "tidy", "house", "clean"):
            self.assertRegex(output, rf"make {target}\b")


if __name__ == "__main__":
    unittest.main()
