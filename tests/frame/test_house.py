#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""build-aux/house: each way in which a folder can use another that it should not, in a small house of
its own; and the real one with a line that spoils it."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree

TOP = os.path.realpath(os.path.join(os.path.dirname(__file__), "..", ".."))
sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(TOP, "build-aux"))

from c_text import CText  # noqa: E402  pylint: disable=wrong-import-position
from elf_symbols import symbols  # noqa: E402  pylint: disable=wrong-import-position
from house_graph import circles, floors, needed, tangles  # noqa: E402  pylint: disable=wrong-import-position

def function(declared, returned):
    """A function f() that returns a value, with what has to be declared for that before it."""
    return f"{declared}\nint f(void);\nint f(void)\n{{\n    return {returned};\n}}\n"


LIST = """
part contract: words
room abi: what all share = abi
part shim on contract: words
room core: the lowest = shim/core
room guest: exits = shim/guest
room svm: AMD = shim/svm
core -> abi
guest -> core
svm -> core
objects shim = build/shim
objects abi = build/abi
include shim
include .
seam shim/core/vendor.h = svm
"""
XEN_LIST = """
part xen on contract: words
room state: words = xen/src/state
room op: words = xen/src/op
room private: words = xen/4.17/private
state -> private
op -> state
place xen/4.17/private = xen/src/private
objects xen/src = build/xen of build/copies
"""
FILES = {
    "abi/record.h": "struct irx_record { int a; };\n#define IRX_SIZE 4\n",
    "shim/core/mem.h": '#include "abi/record.h"\nint mem_get(struct irx_record *r);\n',
    "shim/core/mem.c": '#include "mem.h"\nint mem_get(struct irx_record *r)\n{\n    return r->a;\n}\n',
    "shim/core/vendor.h": "int vendor_run(void);\n",
    "shim/core/loop.c": '#include "vendor.h"\nint loop(void);\nint loop(void)\n{\n    return vendor_run();\n}\n',
    "shim/guest/exit.h": "int exit_serve(void);\n",
    "shim/guest/exit.c": '#include "core/vendor.h"\n#include "exit.h"\nint exit_serve(void)\n{\n'
                         "    return vendor_run();\n}\n",
    "shim/svm/svm.h": "#define SVM_SECRET 1\nextern int svm_count;\nint svm_only(void);\n",
    "shim/svm/run.c": '#include "core/vendor.h"\n#include "svm.h"\nint svm_count;\nint vendor_run(void)\n{\n'
                      "    return SVM_SECRET;\n}\nint svm_only(void)\n{\n    return 0;\n}\n",
}


class Case(unittest.TestCase):
    """A project in a folder of its own."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.top = folder.name

    def write(self, name, content):
        path = os.path.join(self.top, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(content)

    def house(self, *options):
        run = subprocess.run([os.path.join(TOP, "build-aux/house"), "--top", self.top, *options],
                             stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=600, check=False)
        return run.returncode, run.stdout

    def assert_good(self, *options):
        status, output = self.house(*options)
        self.assertEqual(status, 0, output)
        return output

    def assert_bad(self, *expected, options=()):
        """The check fails, and its words match each pattern."""
        status, output = self.house(*options)
        self.assertEqual(status, 1, output)
        for pattern in expected:
            self.assertRegex(output, pattern)
        return output


class Small(Case):
    def setUp(self):
        super().setUp()
        self.plan(LIST)
        for name, content in FILES.items():
            self.write(name, content)
        self.compile()
        self.assert_good("--draw")

    def plan(self, text):
        self.write("build-aux/house.arrows", text)

    def compile(self):
        for folder, _, files in os.walk(self.top):
            for name in files:
                source = os.path.relpath(os.path.join(folder, name), self.top)
                if name.endswith(".c") and source.startswith("shim/"):
                    target = os.path.join(self.top, "build", source[:-2] + ".o")
                    os.makedirs(os.path.dirname(target), exist_ok=True)
                    subprocess.run(["gcc", "-c", "-I.", "-Ishim", "-o", target, source], cwd=self.top, check=True)

    def spoil(self, name, more):
        self.write(name, more + FILES[name])
        self.compile()

    def test_good(self):
        self.assertIn("9 files are right", self.assert_good())

    def test_include(self):
        self.spoil("shim/guest/exit.c", '#include "svm/svm.h"\n')
        self.assert_bad(r"guest -> svm: .* does not allow", r"shim/guest/exit\.c:1: uses shim/svm/svm\.h: #include",
                        r"remedy: guest may use core\b")

    def test_include_relative_to_the_file(self):
        self.spoil("shim/guest/exit.h", '#include "../svm/svm.h"\n')
        self.assert_bad(r"shim/guest/exit\.h:1: uses shim/svm/svm\.h: #include")

    def test_symbol_alone(self):
        """A function that is declared by hand, and data."""
        self.spoil("shim/guest/exit.c", function("int svm_only(void);", "svm_only()"))
        self.assert_bad("guest -> svm: .* does not allow",
                        r"shim/guest/exit\.c:1: uses shim/svm/run\.c: svm_only")
        self.spoil("shim/guest/exit.c", function("extern int svm_count;", "svm_count"))
        self.assert_bad(r"uses shim/svm/run\.c: svm_count")

    def test_symbol_that_only_the_compiler_sees(self):
        """Its name is put together, so that no reader of text finds it."""
        self.spoil("shim/guest/exit.c", function("#define JOIN(a, b) a##b\nint JOIN(svm_, only)(void);",
                                                 "JOIN(svm_, only)()"))
        self.assert_bad(r"shim/guest/exit\.c: uses shim/svm/run\.c: svm_only")

    def test_macro_through_a_third_file(self):
        """Core may use the ABI, guest may not, though its header comes along with core's."""
        self.spoil("shim/guest/exit.c", function('#include "core/mem.h"', "IRX_SIZE"))
        self.assert_bad(r"guest -> abi: .* does not allow",
                        r"shim/guest/exit\.c:5: uses abi/record\.h: IRX_SIZE")

    def test_type_and_inline_function_through_a_third_file(self):
        self.write("abi/record.h", FILES["abi/record.h"] + "typedef enum { IRX_ONE, IRX_TWO } irx_kind_t;\n"
                   "static inline int irx_small(void)\n{\n    return 1;\n}\n")
        for use in ("int a = sizeof(struct irx_record);", "int a(void) { return irx_small(); }",
                    "int a = IRX_TWO;", "irx_kind_t a;"):
            self.spoil("shim/guest/exit.c", f'#include "core/mem.h"\n{use}\n')
            self.assert_bad(r"shim/guest/exit\.c:2: uses abi/record\.h: \w+")

    def test_word_in_a_comment_or_a_string_is_no_use(self):
        self.spoil("shim/guest/exit.c", '#include "core/mem.h"\n/* IRX_SIZE */ // IRX_SIZE\n'
                   'const char *a = "IRX_SIZE";\nstruct other { int IRX_SIZE2; };\n')
        self.assert_good()

    def test_circle(self):
        self.spoil("shim/core/mem.c", '#include "guest/exit.h"\n')
        self.assert_bad("core -> guest: .* does not allow", "circle between folders: core -> guest -> core",
                        r"shim/core/mem\.c:1: uses shim/guest/exit\.h",
                        r"shim/guest/exit\.c:1: uses shim/core/vendor\.h")

    def test_circle_of_three(self):
        self.spoil("shim/core/mem.c", '#include "guest/exit.h"\n')
        self.write("shim/guest/exit.c", '#include "svm/svm.h"\nint exit_count;\n')
        self.write("shim/svm/run.c", FILES["shim/svm/run.c"].replace('"core/vendor.h"', '"core/mem.h"'))
        self.write("shim/core/loop.c", "int loop;\n")
        self.compile()
        self.assert_bad("circle between folders: core -> guest -> svm -> core")

    def test_circle_in_the_list(self):
        self.plan(LIST + "core -> guest\n")
        self.assert_bad("allowed arrows make a circle: core -> guest -> core")

    def test_arrow_that_nothing_needs(self):
        self.plan(LIST + "guest -> abi\n")
        number = (LIST + "guest -> abi\n").splitlines().index("guest -> abi") + 1
        self.assert_bad(rf"house\.arrows:{number}: guest -> abi: nothing needs this arrow")

    def test_list_that_is_not_understood(self):
        for line in ("guest => core", "guest -> nobody", "room x", "seam shim/core/vendor.h = nobody"):
            self.plan(LIST + line + "\n")
            self.assert_bad(r"house\.arrows:?\d*: ")

    def test_seam(self):
        """What its header does not declare is no part of it."""
        self.plan(LIST.replace("seam shim", "# shim"))
        self.assert_bad("core -> svm: .* does not allow",
                        r"shim/core/loop\.c:5: uses shim/svm/run\.c: vendor_run")
        self.plan(LIST)
        self.spoil("shim/core/loop.c", function("int svm_only(void);", "svm_only()"))
        output = self.assert_bad(r"shim/core/loop\.c:1: uses shim/svm/run\.c: svm_only")
        self.assertNotIn("vendor_run", output)
        os.remove(os.path.join(self.top, "shim/core/vendor.h"))
        self.assert_bad(r"the seam shim/core/vendor\.h is not there")

    def test_file_without_a_room(self):
        self.write("shim/vmx/run.c", "int a;\n")
        self.assert_bad(r"shim/vmx/run\.c: is in no room")

    def test_tests_may_use_all_and_none_may_use_them(self):
        self.write("shim/tests/fake.h", '#include "svm/svm.h"\n#include "guest/exit.h"\n')
        self.assert_good()
        self.spoil("shim/guest/exit.c", '#include "tests/fake.h"\n')
        self.assert_bad("guest -> tests: .* does not allow", r"shim/guest/exit\.c:1: uses shim/tests/fake\.h")

    def test_object_that_is_missing_or_old(self):
        path = os.path.join(self.top, "build/shim/core/mem.o")
        os.utime(path, (1, 1))
        self.assert_bad(r"shim/core/mem\.c: no object that is made of it")
        os.remove(path)
        self.assert_bad(r"shim/core/mem\.c: no object that is made of it; make compile makes it")

    def test_object_that_is_none(self):
        self.write("build/shim/core/mem.o", "no object\n")
        self.assert_bad(r"mem\.o: not an ELF object")

    def test_same_name_in_another_part(self):
        """Another program's function of that name is not what is called."""
        self.plan(LIST + "part tool on contract: words\nroom tool: words = tool\n")
        self.write("tool/tool.c", "int helper(void)\n{\n    return 1;\n}\n")
        self.spoil("shim/guest/exit.c", function("int helper(void);", "helper()"))
        self.assert_good("--draw")

    def xen(self):
        """A part that another build compiles from copies, with files that stand elsewhere then."""
        self.plan(LIST + XEN_LIST)
        self.write("xen/4.17/private/p.h", "int p(void);\n")
        self.write("xen/4.17/private/p.c", '#include "p.h"\nint p(void)\n{\n    return 0;\n}\n')
        self.write("xen/src/state/s.c", function('#include "../private/p.h"', "p()"))
        self.write("xen/src/op/o.c", function("int f(void);", "0").replace("f(", "o(") + "int f(void);\n"
                   "int g(void);\nint g(void)\n{\n    return f();\n}\n")

    def build_xen(self):
        """Where the headers stand when it is built is not where they are written."""
        for folder in ("state", "op", "private"):
            os.makedirs(os.path.join(self.top, "build/copies", folder))
        os.makedirs(os.path.join(self.top, "build/xen/state"))
        os.makedirs(os.path.join(self.top, "build/xen/op"))
        shutil.copy(os.path.join(self.top, "xen/4.17/private/p.h"), os.path.join(self.top, "build/copies/private"))
        for name in ("state/s", "op/o"):
            copy = f"build/copies/{name}.c"
            shutil.copy(os.path.join(self.top, f"xen/src/{name}.c"), os.path.join(self.top, copy))
            subprocess.run(["gcc", "-c", "-o", f"build/xen/{name}.o", copy], cwd=self.top, check=True)

    def test_xen_that_is_not_built(self):
        self.xen()
        self.assertIn("2 files of Xen's side by their text alone", self.assert_good("--draw"))
        self.assert_bad(r"xen/src/op/o\.c and 1 more: no object .* make build makes it", options=["--built"])
        self.write("xen/4.17/private/p.c", function("int g(void);", "g()").replace("f(", "p("))
        self.assert_bad("private -> op: .* does not allow",
                        r"xen/4\.17/private/p\.c:1: uses xen/src/op/o\.c: g\b")

    def test_xen_that_is_built(self):
        self.xen()
        self.build_xen()
        self.assertNotIn("by their text alone", self.assert_good("--draw", "--built"))
        self.write("xen/src/state/s.c", function("int g(void);", "g()"))
        self.assert_bad(r"xen/src/state/s\.c: no object", "state -> op", options=["--built"])

    def test_picture(self):
        path = os.path.join(self.top, "docs/house.svg")
        with open(path, encoding="utf-8") as file:
            first = file.read()
        os.remove(path)
        self.assert_bad(r"docs/house\.svg: does not show build-aux/house\.arrows; make house draws it")
        self.assert_good("--draw")
        with open(path, encoding="utf-8") as file:
            self.assertEqual(file.read(), first)
        tree = xml.etree.ElementTree.fromstring(first.split("?>", 1)[1])
        names = [text.text for text in tree.iter("{http://www.w3.org/2000/svg}text")
                 if text.get("class") == "name"]
        self.assertEqual(sorted(names), ["abi", "core", "guest", "svm"])
        self.plan(LIST.replace("the lowest", "the very lowest"))
        self.assert_bad(r"docs/house\.svg: does not show")

    def test_plan_in_words(self):
        output = self.assert_good("--plan")
        self.assertIn("4 folders on 3 floors, 9 files", output)
        self.assertRegex(output, r"(?s)floor 2.*\bsvm\b.*floor 1.*\bcore\b.*floor 0.*\babi\b")
        self.assertRegex(output, r"shim: 8 files on 2 floors, 0 tangle")

    def test_nothing_to_look_at_is_not_good(self):
        for name in FILES:
            os.remove(os.path.join(self.top, name))
        self.assertEqual(self.house()[0], 2)


class Real(Case):
    """The project itself, of which a copy is spoiled. What is compiled is not looked at."""

    def setUp(self):
        super().setUp()
        for folder in ("handoff-abi", "shim", "xen-integration", "docs"):
            shutil.copytree(os.path.join(TOP, folder), os.path.join(self.top, folder))
        with open(os.path.join(TOP, "build-aux/house.arrows"), encoding="utf-8") as file:
            self.write("build-aux/house.arrows", re.sub(r"(?m)^objects .*$", "", file.read()))

    def add(self, name, line):
        with open(os.path.join(self.top, name), "a", encoding="utf-8") as file:
            file.write(line + "\n")

    def test_as_it_is(self):
        self.assert_good()

    def test_include_from_guest_to_svm(self):
        self.add("shim/guest/msr.c", '#include "svm/vmcb.h"')
        self.assert_bad("guest -> svm: .* does not allow",
                        r"shim/guest/msr\.c:\d+: uses shim/svm/vmcb\.h: #include")

    def test_call_from_svm_to_guest(self):
        self.add("shim/svm/run.c", "void spoilt(struct vcpu *v)\n{\n    vlapic_load(v);\n}")
        self.assert_bad("svm -> guest: .* does not allow",
                        r"shim/svm/run\.c:\d+: uses shim/guest/\w+\.c: vlapic_load")

    def test_call_from_a_kind_of_state_to_the_operations(self):
        name = "xen-integration/src/state/vcpu.c"
        self.add(name, "long spoilt(void)\n{\n    return interrex_kexec_op(guest_handle());\n}")
        self.assert_bad("state -> op: .* does not allow",
                        rf"{name}:\d+: uses xen-integration/src/op/op\.c: interrex_kexec_op")


class Graph(unittest.TestCase):
    def test_circles(self):
        uses = {"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": {"a", "e"}, "e": {"d"}, "f": {"d"}}
        self.assertEqual(tangles(uses), [["a", "b", "c"], ["d", "e"]])
        self.assertEqual(circles(uses), [["a", "b", "c"], ["d", "e"]])
        self.assertEqual(tangles({"a": {"b"}, "b": set()}), [])

    def test_floors(self):
        self.assertEqual(floors({"a": {"b", "c"}, "b": {"c"}, "c": set(), "d": set()}),
                         {"a": 2, "b": 1, "c": 0, "d": 0})
        self.assertEqual(floors({"a": {"b"}, "b": {"a", "c"}, "c": set()}), {"a": 1, "b": 1, "c": 0})

    def test_needed(self):
        self.assertEqual(needed({"a": {"b", "c"}, "b": {"c"}, "c": set()}), {"a": {"b"}, "b": {"c"}, "c": set()})


class Text(unittest.TestCase):
    """The reader of C against what the compiler makes of the same."""

    SOURCE = """
#include "a.h"
#define LOCAL(x) \\
    ((x) + 1)
struct pair { int a, b; };
typedef int (*call_t)(void);
static int hidden;
extern int elsewhere;
int number = 3, *pointer;
const struct pair table[] = { { 1, 2 }, { 3, 4 } };
struct pair made;
enum { ONE = 1, TWO };
static __attribute__((noinline)) int inner(int a)
{
    if (a) { return '{'; }
    return sizeof("}{;");
}
__attribute__((section(".text.x"))) struct pair *outer(int a, call_t f)
{
    hidden = f();
    return a ? &made : (struct pair *)(long)inner(LOCAL(a));
}
int proto(int a);
long (plain)(void);
unsigned long
on_two_lines(void)
{
    return proto(TWO);
}
"""

    def test_defines(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "a.o")
            source = self.SOURCE.replace('#include "a.h"', "").replace(", *pointer", "")
            subprocess.run(["gcc", "-w", "-xc", "-c", "-o", path, "-"], input=source, text=True, check=True)
            defined, undefined = symbols(path)
            text = CText(source)
            self.assertEqual(text.defines, defined)
            self.assertLessEqual(undefined, set(text.uses))
            self.assertIn("proto", undefined)

    def test_offers(self):
        text = CText("#ifndef A_H\n#define A_H\n" + self.SOURCE + "#define WITH 1\n#endif\n")
        self.assertEqual(text.offers, {"LOCAL", "WITH", "struct pair", "call_t", "ONE", "TWO", "inner"})
        self.assertEqual(text.includes, [("a.h", False, 4)])


if __name__ == "__main__":
    unittest.main()
