# SPDX-License-Identifier: GPL-2.0-only
"""How our files in Xen are compiled, for build-aux/tidy: with the flags that Xen's build noted beside its objects.

Our files and headers are taken from where they are written and not from Xen's tree, so a file that Xen was not built
with yet is looked at as well. What is compiled into a file of Xen's is looked at in there.
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


def _noted(top, path):
    """(flags and source of the compiler's command, names of our private files that are compiled with it), as the
    note beside an object has them."""
    with open(path, encoding="utf-8") as file:
        text = file.read()
    first = text.split("\n", 1)[0]
    words = shlex.split(first.split(" := ", 1)[1]) if first.startswith("cmd_") and " := " in first else []
    while words and not words[0].startswith("-"):  # the compiler, behind ccache
        words.pop(0)
    objects = os.path.join(top, OBJECTS)
    return ([f"-I{objects}/{word[4:]}" if word.startswith("-I./") else word for word in words],
            set(PRIVATE.findall(text)))


def compile_commands(top):
    """{source: (words of the compiler's command, options for clang-tidy)}; {}: no Xen is built."""
    notes = sorted(glob.glob(os.path.join(top, OBJECTS, "**", ".*.o.cmd"), recursive=True))
    own = [note for note in notes if f"/{PLACE}/" in note and "/abi/" not in note]
    if not own:
        return {}
    headers = [f"-iquote{OURS}", f"-I{OURS}/include", "-Ihandoff-abi/include"]
    words = headers + [word for word in _noted(top, own[0])[0] if not word.endswith(".c")]
    found = {name: (words, []) for name in project_files(top) if name.startswith(OURS + "/") and name.endswith(".c")}
    for note in notes:
        words, private = _noted(top, note)
        for source in [word for word in words if private and word.endswith(".c")]:
            lines = ", ".join(f'{{"name": "private/{name}"}}' for name in sorted(private))
            found[os.path.relpath(source, top)] = (
                [word for word in words if word != source],
                [f"--line-filter=[{lines}]", "--header-filter=interrex/private/", f"--config-file={CONFIG}"])
    return found
