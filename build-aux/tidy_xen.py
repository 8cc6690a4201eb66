# SPDX-License-Identifier: GPL-2.0-only
"""How our files in Xen are compiled, for build-aux/tidy: with the flags that Xen's build noted
beside its objects.

Our files and headers are taken from where they are written and not from Xen's tree, so a file that
Xen was not built with yet is looked at as well. What is compiled into a file of Xen's is looked at
in there.
"""

import glob
import os
import re
import shlex

from project_files import project_files

SOURCE, OBJECTS = "build/xen/src/xen", "build/xen/A/obj"
OURS = "xen-integration/src"
PLACE = "arch/x86/interrex"  # of OURS in Xen's tree
PRIVATE = re.compile(rf"{PLACE}/private/([\w-]+\.c)\b")
CONFIG = f"{OURS}/.clang-tidy"
FOR_CLANG = "-Wno-unknown-attributes"  # cf_check is an attribute of gcc alone


def _noted(top, path):
    """(flags of the compiler, sources, names of our private files that are compiled with them), as the
    note beside an object has them."""
    with open(path, encoding="utf-8") as file:
        text = file.read()
    first = text.split("\n", 1)[0]
    words = shlex.split(first.split(" := ", 1)[1]) if first.startswith("cmd_") and " := " in first else []
    while words and not words[0].startswith("-"):  # the compiler, behind ccache
        words.pop(0)
    objects = os.path.join(top, OBJECTS)
    words = [f"-I{objects}/{word[4:]}" if word.startswith("-I./") else word for word in words]
    return ([word for word in words if not word.endswith(".c")],
            [word for word in words if word.endswith(".c")], set(PRIVATE.findall(text)))


def compile_commands(top):
    """{source: (words of the compiler's command, options for clang-tidy)}; {}: no Xen is built."""
    found, own = {}, None
    for note in sorted(glob.glob(os.path.join(top, OBJECTS, "**", ".*.o.cmd"), recursive=True)):
        flags, sources, private = _noted(top, note)
        if sources and f"/{PLACE}/" in note and "/abi/" not in note:
            own = own or flags
        if sources and private:
            lines = ", ".join(f'{{"name": "private/{name}"}}' for name in sorted(private))
            found[os.path.relpath(sources[0], top)] = (
                [FOR_CLANG, *flags],
                [f"--line-filter=[{lines}]", "--header-filter=interrex/private/", f"--config-file={CONFIG}"])
    if not own:
        return {}
    # The third is where ../../mm is as our files name it, which is from where they stand in Xen's tree.
    headers = [f"-iquote{OURS}", f"-I{OURS}/include", f"-iquote{SOURCE}/arch/x86/include/asm",
               "-Ihandoff-abi/include"]
    return {**found, **{name: ([FOR_CLANG, *headers, *own], []) for name in project_files(top)
                        if name.startswith(OURS + "/") and name.endswith(".c")}}
