#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""The checks in build-aux: that each lets good files pass and finds what it is there for."""

import os
import shutil
import subprocess
import tempfile
import unittest

TOP = os.path.realpath(os.path.join(os.path.dirname(__file__), "..", ".."))
GPL = "SPDX-License-Identifier: " + "GPL-2.0-only"
MIT = "SPDX-License-Identifier: " + "MIT"


class Check(unittest.TestCase):
    """A small project of its own for each case."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.top = folder.name
        self.environment = None  # that of this test

    def write(self, name, content):
        path = os.path.join(self.top, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(content if isinstance(content, bytes) else content.encode())

    def run_check(self, name, *options):
        run = subprocess.run([os.path.join(TOP, "build-aux", name), "--top", self.top, *options],
                             env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                             timeout=600, check=False)
        return run.returncode, run.stdout

    def assert_good(self, name, *options):
        status, output = self.run_check(name, *options)
        self.assertEqual(status, 0, output)

    def assert_bad(self, name, expected, *options):
        status, output = self.run_check(name, *options)
        self.assertEqual(status, 1, output)
        self.assertIn(expected, output)


class Licences(Check):
    def test_right_ones(self):
        self.write("shim/a.c", f"/* {GPL} */\n")
        self.write("handoff-abi/include/interrex/a.h", f"/* {MIT} */\n")
        self.write("run", f"#!/bin/sh\n# {GPL}\n")
        self.assert_good("check-licences")

    def test_missing(self):
        self.write("shim/a.c", "int a;\n")
        self.assert_bad("check-licences", "shim/a.c: no SPDX")

    def test_missing_in_python_and_makefile(self):
        self.write("Makefile", "all:\n")
        self.assert_bad("check-licences", "Makefile: no SPDX")

    def test_wrong_one(self):
        self.write("shim/a.c", f"/* {MIT} */\n")
        self.assert_bad("check-licences", "shim/a.c: licence is MIT, should be GPL-2.0-only")

    def test_abi_headers_are_mit(self):
        self.write("handoff-abi/include/interrex/a.h", f"/* {GPL} */\n")
        self.assert_bad("check-licences", "licence is GPL-2.0-only, should be MIT")

    def test_or_later_is_another_licence(self):
        self.write("a.c", "/* SPDX-License-Identifier: " + "GPL-2.0-or-later */\n")
        self.assert_bad("check-licences", "licence is GPL-2.0-or-later")

    def test_too_far_down(self):
        self.write("a.c", "\n" * 20 + f"/* {GPL} */\n")
        self.assert_bad("check-licences", "a.c: no SPDX")

    def test_binary_needs_a_companion(self):
        self.write("golden/1.0/a.bin", b"\0\1\2")
        self.assert_bad("check-licences", "golden/1.0/a.bin: no SPDX")
        self.write("golden/.license", GPL + "\n")
        self.assert_good("check-licences")

    def test_companion_does_not_cover_source(self):
        self.write("shim/a.c", "int a;\n")
        self.write("shim/.license", GPL + "\n")
        self.assert_bad("check-licences", "shim/a.c: no SPDX")

    def test_nothing_to_look_at_is_not_good(self):
        status, output = self.run_check("check-licences")
        self.assertEqual(status, 2, output)


class Content(Check):
    def test_good(self):
        self.write("a.md", "See /etc/fstab, $HOME and https://spdx.org/licenses.\n")
        self.assert_good("check-content")

    def test_home_folder(self):
        self.write("a.md", "cd /home" + "/somebody/interrex\n")
        self.assert_bad("check-content", "a.md:1: names the home folder")

    def test_checkout_path(self):
        self.write("a.sh", f"\ncd {os.path.realpath(self.top)}/build\n")
        self.assert_bad("check-content", "a.sh:2: names the machine's path")

    def test_unknown_host(self):
        self.write("a.sh", "curl https:" + "//mirror.example.net/x\n")
        self.assert_bad("check-content", "names the host mirror.example.net")

    def test_package_host_of_the_machine(self):
        os.environ["PIP_INDEX_URL"] = "https:" + "//packages.example.org/simple"
        self.addCleanup(os.environ.pop, "PIP_INDEX_URL")
        self.write("a.sh", "wget packages.example.org\n")
        self.assert_bad("check-content", "names the machine's package host")

    def test_conflict_marker(self):
        self.write("a.c", "<" * 7 + " HEAD\n")
        self.assert_bad("check-content", "conflict marker")

    def test_trailing_blanks_and_missing_newline(self):
        self.write("a.c", "int a; \nint b;")
        self.assert_bad("check-content", "a.c:1: ends in blanks")
        self.assert_bad("check-content", "a.c: no newline at its end")

    def test_dead_link(self):
        self.write("docs/a.md", "[b](b.md#part), [c](../c.md), [d](https:" + "//spdx.org/x)\n")
        self.write("c.md", "x\n")
        self.assert_bad("check-content", "docs/a.md:1: links to b.md, which is not there")
        self.write("docs/b.md", "x\n")
        self.assert_good("check-content")

    def test_binary_is_left_alone(self):
        self.write("a.bin", b"\0 \n/home" + b"/x")
        self.assert_good("check-content")


class Format(Check):
    def setUp(self):
        super().setUp()
        for name in (".clang-format", "xen-integration/src/.clang-format"):
            with open(os.path.join(TOP, name), "rb") as file:
                self.write(name, file.read())

    def test_ours_and_xens(self):
        self.write("a.c", "int f(int a)\n{\n    if (a)\n        return 1;\n    return 0;\n}\n")
        self.write("xen-integration/src/b.c",
                   "int f(int a)\n{\n    if ( a )\n        return 1;\n    return 0;\n}\n")
        self.assert_good("format", "--check")

    def test_badly_formatted(self):
        self.write("a.c", "int f(int a) {return a;}\n")
        self.assert_bad("format", "a.c: not formatted", "--check")

    def test_xens_style_is_wrong_elsewhere(self):
        self.write("shim/a.c", "int f(int a)\n{\n    if ( a )\n        return 1;\n    return 0;\n}\n")
        self.assert_bad("format", "shim/a.c: not formatted", "--check")

    def test_format_repairs(self):
        self.write("a.c", "int f(int a) {return a;}\n")
        self.assert_good("format")
        self.assert_good("format", "--check")


class Shell(Check):
    def test_good(self):
        self.write("a.sh", "#!/bin/sh\necho \"$1\"\n")
        self.assert_good("check-shell")

    def test_mistake_in_a_script_without_suffix(self):
        self.write("setup", "#!/bin/sh\nif [ $1 = a ]; then echo; \n")
        status, output = self.run_check("check-shell")
        self.assertEqual(status, 1, output)
        self.assertIn("setup:2", output)

    def test_bashism(self):
        self.write("a.sh", "#!/bin/sh\nx=(1 2)\necho \"${x[0]}\"\n")
        self.assert_bad("check-shell", "a.sh:2")


GOOD_C = '#include "a.h"\nint f(int number)\n{\n    return number;\n}\n'
# clang-tidy, with a line in a file for each file that it looks at.
COUNTING_TIDY = """#!/bin/sh
case $1 in
--version) echo "$STAND_IN" ;;
*) echo "$*" >>{calls} ;;
esac
exec {real} "$@"
"""


class Tidy(Check):
    """With a Makefile of its own, since tidy asks make how files are compiled."""

    def setUp(self):
        super().setUp()
        with open(os.path.join(TOP, ".clang-tidy"), "rb") as file:
            self.write(".clang-tidy", file.read())
        self.write("Makefile", "compile: a.o\na.o: a.c\n\tgcc -DVALUE=1 -Iinclude -c -o $@ $<\n")
        self.write("include/a.h", "int f(int number);\n")
        cache = tempfile.TemporaryDirectory()
        self.addCleanup(cache.cleanup)
        self.cache = cache.name
        os.mkdir(os.path.join(self.cache, "bin"))
        program = os.path.join(self.cache, "bin/clang-tidy")
        with open(program, "w", encoding="ascii") as file:
            file.write(COUNTING_TIDY.format(calls=os.path.join(self.cache, "calls"), real=shutil.which("clang-tidy")))
        os.chmod(program, 0o755)
        self.environment = {**os.environ, "XDG_CACHE_HOME": self.cache,
                            "PATH": f"{self.cache}/bin:{os.environ['PATH']}"}

    def test_good_with_the_flags_of_make(self):
        self.write("a.c", '#include "a.h"\nint f(int number)\n{\n    return number + VALUE;\n}\n')
        self.assert_good("tidy", "compile")
        self.assertTrue(os.path.exists(os.path.join(self.top, "build/compile_commands.json")))

    def test_mistake_is_an_error_each_time(self):
        self.write("a.c", "int f(int a);\nint f(int a)\n{\n    int *p = 0;\n"
                   "    return a ? *p : 0;\n}\n")
        self.assert_bad("tidy", "a.c: clang-tidy is not content", "compile")
        self.assert_bad("tidy", "a.c: clang-tidy is not content", "compile")

    def test_changed_header_is_looked_at_again(self):
        self.write("a.c", '#include "a.h"\nint f(int number)\n{\n    return number;\n}\n')
        self.assert_good("tidy", "compile")
        self.write("include/a.h", "int f(int other);\n")
        self.assert_bad("tidy", "a.c: clang-tidy is not content", "compile")

    def looked_at(self, *options):
        """How many files clang-tidy looks at in a run, which is good."""
        calls = os.path.join(self.cache, "calls")
        with open(calls, "w", encoding="ascii"):
            pass
        self.assert_good("tidy", *options, "compile")
        with open(calls, encoding="ascii") as file:
            return len(file.readlines())

    def clone(self):
        """The same files in another folder, nothing of build/."""
        other = tempfile.TemporaryDirectory()
        self.addCleanup(other.cleanup)
        shutil.copytree(self.top, other.name, dirs_exist_ok=True, ignore=shutil.ignore_patterns("build"))
        self.top = other.name

    def test_clean_file_is_not_looked_at_again(self):
        self.write("a.c", GOOD_C)
        self.assertEqual([self.looked_at() for _ in range(2)], [1, 0])
        self.assertEqual(self.looked_at("--no-cache"), 1)

    def test_another_clone_knows_it_too(self):
        self.write("a.c", GOOD_C)
        self.assertEqual(self.looked_at(), 1)
        self.clone()
        self.assertEqual(self.looked_at(), 0)
        self.write("include/a.h", "int f(int number);\nint g(int number);\n")
        self.assertEqual(self.looked_at(), 1)

    def test_what_it_depends_on(self):
        """The file, its flags, .clang-tidy and clang-tidy itself."""
        self.write("a.c", GOOD_C)
        self.assertEqual(self.looked_at(), 1)
        self.write("a.c", GOOD_C + "\n")
        self.assertEqual(self.looked_at(), 1)
        self.write("Makefile", "compile: a.o\na.o: a.c\n\tgcc -DVALUE=2 -Iinclude -c -o $@ $<\n")
        self.assertEqual(self.looked_at(), 1)
        with open(os.path.join(self.top, ".clang-tidy"), "a", encoding="utf-8") as file:
            file.write("# more\n")
        self.assertEqual(self.looked_at(), 1)
        self.environment["STAND_IN"] = "another version"
        self.assertEqual(self.looked_at(), 1)
        self.assertEqual(self.looked_at(), 0)

    def test_system_header_counts(self):
        self.write("system/s.h", "int s(void);\n")
        self.write("a.c", "#include <s.h>\n" + GOOD_C)
        self.environment["CPATH"] = os.path.join(self.top, "system")
        self.assertEqual([self.looked_at() for _ in range(2)], [1, 0])
        self.write("system/s.h", "int s(void);\n\n")
        self.assertEqual(self.looked_at(), 1)

    def test_without_the_scanner_of_headers(self):
        """clang itself is asked then, with the same answer to what has changed."""
        program = os.path.join(self.cache, "bin/clang")
        with open(program, "w", encoding="ascii") as file:
            file.write("#!/bin/sh\n[ $1 != -print-prog-name=clang-scan-deps ] || { echo clang-scan-deps; exit; }\n"
                       f"exec {shutil.which('clang')} \"$@\"\n")
        os.chmod(program, 0o755)
        self.write("a.c", GOOD_C)
        self.assertEqual([self.looked_at() for _ in range(2)], [1, 0])
        self.write("include/a.h", "int f(int number);\n\n")
        self.assertEqual(self.looked_at(), 1)

    def test_cache_that_cannot_be_written(self):
        """Is no error, and no cache: here a file is where the folder should be."""
        self.write("a.c", GOOD_C)
        self.write("not-a-folder", "")
        self.environment["XDG_CACHE_HOME"] = os.path.join(self.top, "not-a-folder")
        self.assertEqual([self.looked_at() for _ in range(2)], [1, 0])  # build/tidy
        shutil.rmtree(os.path.join(self.top, "build/tidy"))
        self.write("build/tidy", "")
        self.assertEqual([self.looked_at() for _ in range(2)], [1, 1])

    def test_cache_is_bounded(self):
        folder = os.path.join(self.cache, "interrex/tidy")
        os.makedirs(folder)
        for number in range(5000):
            path = os.path.join(folder, str(number))
            with open(path, "w", encoding="ascii"):
                os.utime(path, (number, number))
        self.write("a.c", GOOD_C)
        self.assertEqual(self.looked_at(), 1)
        left = os.listdir(folder)
        self.assertEqual(len(left), 4000)
        self.assertIn("4999", left)
        self.assertNotIn("1000", left)
        self.assertEqual(self.looked_at(), 0)

    def xen(self):
        """A Xen that was built: a note of how our file is compiled, and one of a file of Xen's with ours in it."""
        self.write("xen-integration/src/.clang-tidy", "InheritParentConfig: true\n")
        self.write("xen-integration/src/region/a.c", '#include "region/a.h"\n' + GOOD_C.replace('"a.h"', "<xen/x.h>"))
        self.write("xen-integration/src/region/a.h", "int f(int number);\n")
        self.write("build/xen/src/xen/include/xen/x.h", "#ifndef FLAG_OF_XEN\n#error\n#endif\n")
        self.write("build/xen/src/xen/common/c.c", "int g(int *p);\nint g(int *p)\n{\n    p = 0;\n    return *p;\n}\n"
                   '#include "../arch/x86/interrex/private/p.c"\n')
        self.write("build/xen/src/xen/arch/x86/interrex/private/p.c", GOOD_C.replace('#include "a.h"', "int f(int number);"))
        for name, deps in (("arch/x86/interrex/region/a", ""),
                           ("common/c", "../../src/xen/common/../arch/x86/interrex/private/p.c")):
            self.write(f"build/xen/A/obj/{os.path.dirname(name)}/.{os.path.basename(name)}.o.cmd",
                       f"cmd_{name}.o := ccache gcc -MMD -MF {name}.d -DFLAG_OF_XEN -mfunction-return=thunk-extern "
                       f"-I./include -I{self.top}/build/xen/src/xen/include -c {self.top}/build/xen/src/xen/{name}.c "
                       f"-o {name}.o\n\ndeps_{name}.o := {deps}\n")

    def test_xens_files_with_xens_flags(self):
        self.xen()
        self.assert_good("tidy", "--xen")
        self.write("xen-integration/src/region/a.c", '#include "region/a.h"\nint f(int number)\n{\n'
                   "    int *p = 0;\n    return number ? *p : FLAG_OF_XEN;\n}\n")
        self.assert_bad("tidy", "xen-integration/src/region/a.c: clang-tidy is not content", "--xen")

    def test_what_is_compiled_into_a_file_of_xens(self):
        """Its own lines count, and no others."""
        self.xen()
        self.write("build/xen/src/xen/arch/x86/interrex/private/p.c",
                   "int f(int number);\nint f(int other)\n{\n    return other;\n}\n")
        self.assert_bad("tidy", "private/p.c:1:5: error", "--xen")

    def test_xen_that_is_not_built(self):
        self.assert_bad("tidy", "no Xen is built whose flags could be taken", "--xen")

    def test_host_tests_compile_xens_files_with_other_headers(self):
        self.write("Makefile", "compile: a.o b.o\na.o: a.c\n\tgcc -Iinclude -c -o $@ $<\n"
                   "b.o: xen-integration/src/b.c\n\tgcc -c -o $@ $<\n")
        self.write("a.c", GOOD_C)
        self.write("xen-integration/src/b.c", "not C\n")
        self.assert_good("tidy", "compile")

    def test_nothing_compiled_is_not_good(self):
        self.write("Makefile", "compile:\n\t@echo nothing\n")
        status, output = self.run_check("tidy", "compile")
        self.assertEqual(status, 2, output)


if __name__ == "__main__":
    unittest.main()
