#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Brings build/xen/src up to date: Debian's Xen + our hooks + our files.

  build/xen/pristine            Debian's source, never changed
  + xen-integration/4.17/*.patch        in order of their names
  + xen-integration/src/**      ->  xen/arch/x86/interrex/**
  + xen-integration/src/include/asm/*.h ->  xen/arch/x86/include/asm/
  + handoff-abi/src/*.[ch]      ->  xen/arch/x86/interrex/abi/
  + handoff-abi/include/interrex/**  ->  xen/include/interrex/**

Files are compared by content and keep their time stamps where nothing changed,
so that make compiles only what a change touches. Exit status: 0.
Prints "changed" as its last line when anything did.

A file of the Xen tree that was edited by hand is not overwritten: with --diff
the edits are printed as a patch on top of the series, with --discard they are
dropped, otherwise it is an error.
"""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

TOP = Path(__file__).resolve().parents[3]
PRISTINE = TOP / "build/xen/pristine"
SRC = TOP / "build/xen/src"
WANT = TOP / "build/xen/patched"
STATE = SRC / ".interrex-state"
PATCHES = TOP / "xen-integration/4.17"
OWN = "xen/arch/x86/interrex"
INC = "xen/include/interrex"
ASM = "xen/arch/x86/include/asm"


def fail(message):
    sys.exit("bed: " + message)


def digest(path):
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else None


def patched_files(patches):
    """Names of the files that the patches touch, relative to the tree."""
    names = set()
    for patch in patches:
        for line in patch.read_text().splitlines():
            m = re.match(r"(?:---|\+\+\+) [ab]/([^\t\n]+)", line)
            if m:
                names.add(m.group(1).strip())
    return names


def apply_series(patches, names):
    """Applies the series to copies of the touched files, in WANT."""
    if WANT.exists():
        shutil.rmtree(WANT)
    WANT.mkdir(parents=True)
    for name in names:
        if (PRISTINE / name).is_file():
            (WANT / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(PRISTINE / name, WANT / name)
    for patch in patches:
        run = subprocess.run(
            ["patch", "-p1", "--batch", "--forward", "--fuzz=0", "--no-backup-if-mismatch"],
            stdin=patch.open(), cwd=WANT, capture_output=True, text=True)
        if run.returncode:
            fail(f"{patch.relative_to(TOP)} does not apply:\n{run.stdout}{run.stderr}")


def wanted():
    """{path in the tree: file with its contents, or None if it must not exist}"""
    patches = sorted(PATCHES.glob("*.patch"))
    names = patched_files(patches)
    apply_series(patches, names)
    want = {n: (WANT / n if (WANT / n).is_file() else None) for n in names}
    for base, to, pattern in ((TOP / "xen-integration/src", OWN, "**/*"),
                              (TOP / "xen-integration/src/include/asm", ASM, "*.h"),
                              (TOP / "handoff-abi/src", OWN + "/abi", "*.[ch]"),
                              (TOP / "handoff-abi/include/interrex", INC, "**/*")):
        for path in sorted(base.glob(pattern)):
            if base.name == "src" and to == OWN and "include" in path.relative_to(base).parts:
                continue
            if path.is_file() and not path.name.startswith("."):
                want[f"{to}/{path.relative_to(base)}"] = path
    return want


def edited_by_hand(state):
    """Files whose contents are neither what we wrote nor what we would write."""
    return sorted(n for n, d in state.items() if digest(SRC / n) != d)


def show_diff(want):
    for name in sorted(n for n in patched_files(sorted(PATCHES.glob("*.patch")))):
        subprocess.run(["diff", "-uN", f"--label=a/{name}", f"--label=b/{name}",
                        str(want.get(name) or "/dev/null"), str(SRC / name)], check=False)
    # Files that no patch touches yet: compare with Debian's.
    run = subprocess.run(["diff", "-rq", "xen", str(SRC / "xen"), "-x", "*.o", "-x", ".*"],
                         cwd=PRISTINE, capture_output=True, text=True, check=False)
    for line in run.stdout.splitlines():
        m = re.match(r"Files (\S+) and (\S+) differ", line)
        if m and m.group(1) not in want:
            subprocess.run(["diff", "-u", f"--label=a/{m.group(1)}", f"--label=b/{m.group(1)}",
                            m.group(1), m.group(2)], cwd=PRISTINE, check=False)


def put(name, source):
    target = SRC / name
    if source is None:
        target.unlink(missing_ok=True)
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)


def main():
    mode = sys.argv[1] if len(sys.argv) > 1 else ""
    if mode not in ("", "--diff", "--discard"):
        fail("usage: xen-tree.py [--diff | --discard]")

    if not STATE.exists():
        if SRC.exists():
            shutil.rmtree(SRC)
        subprocess.run(["cp", "-a", str(PRISTINE), str(SRC)], check=True)
        STATE.write_text("{}")
    state = json.loads(STATE.read_text())
    want = wanted()

    if mode == "--diff":
        show_diff(want)
        return
    edited = [n for n in edited_by_hand(state)
              if digest(SRC / n) != (digest(want[n]) if want.get(n) else None)]
    if edited and mode != "--discard":
        fail("edited by hand in build/xen/src ('bed xendiff' shows the edits as a patch, "
             "'bed build --discard' drops them):\n  " + "\n  ".join(edited))

    # What an earlier run wrote and nobody wants any more: Debian's again, or gone.
    for name in set(state) - set(want):
        want[name] = PRISTINE / name if (PRISTINE / name).is_file() else None

    changed = False
    for name, source in want.items():
        if digest(SRC / name) != (digest(source) if source else None):
            put(name, source)
            changed = True
    STATE.write_text(json.dumps({n: digest(SRC / n) for n in want}, indent=0))
    if changed:
        print("changed")


main()
