#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Brings build/xen/src up to date: Debian's Xen + our hooks + our files.

  build/xen/pristine            Debian's source, never changed
  + xen-integration/4.17/*.patch         the set `product`: our hooks, in order of their names
  + xen-integration/bed/*.patch          the set `bed`: what only the emulator needs, after them
  + xen-integration/src/**      ->  xen/arch/x86/interrex/**
  + xen-integration/4.17/private/*.c  ->  xen/arch/x86/interrex/private/
  + xen-integration/src/include/asm/*.h ->  xen/arch/x86/include/asm/
  + handoff-abi/src/*.[ch]      ->  xen/arch/x86/interrex/abi/
  + handoff-abi/include/interrex/**  ->  xen/include/interrex/**

With --hardware it is build/xen/src-hardware, without the set `bed`: what a real host
gets. Says which sets it applies.

Files are compared by content and keep their time stamps where nothing changed,
so that make compiles only what a change touches. Exit status: 0.
Prints "changed" as its last line when anything did.

A file of the Xen tree that was edited by hand is not overwritten: with --diff
the edits are printed as a patch on top of the series, with --discard they are
dropped, otherwise it is an error.
"""

import argparse
import hashlib
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

TOP = Path(__file__).resolve().parents[3]
PRISTINE = TOP / "build/xen/pristine"
PRODUCT = ("product", TOP / "xen-integration/4.17")
BED = ("bed", TOP / "xen-integration/bed")
OWN = "xen/arch/x86/interrex"
INC = "xen/include/interrex"
ASM = "xen/arch/x86/include/asm"
# Whose files go where. The headers in src/include are installed by the second line alone.
INSTALLED = (
    ("xen-integration/src", OWN, "**/*"),
    ("xen-integration/src/include/asm", ASM, "*.h"),
    ("xen-integration/4.17/private", OWN + "/private", "*.c"),
    ("handoff-abi/src", OWN + "/abi", "*.[ch]"),
    ("handoff-abi/include/interrex", INC, "**/*"),
)


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


def apply_series(patches, names, folder):
    """Applies the series to copies of the touched files, in folder."""
    if folder.exists():
        shutil.rmtree(folder)
    folder.mkdir(parents=True)
    for name in names:
        if (PRISTINE / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(PRISTINE / name, folder / name)
    for patch in patches:
        run = subprocess.run(
            ["patch", "-p1", "--batch", "--forward", "--fuzz=0", "--no-backup-if-mismatch"],
            stdin=patch.open(), cwd=folder, capture_output=True, text=True)
        if run.returncode:
            fail(f"{patch.relative_to(TOP)} does not apply:\n{run.stdout}{run.stderr}")


def our_files():
    """{path in the tree: our file}"""
    found = {}
    for base, to, pattern in INSTALLED:
        for path in sorted((TOP / base).glob(pattern)):
            name = path.relative_to(TOP / base)
            if (path.is_file() and not path.name.startswith(".")
                    and not (to == OWN and name.parts[0] == "include")):
                found[f"{to}/{name}"] = path
    return found


class Tree:
    """A source tree and the sets of patches that it has."""

    def __init__(self, src, patched, sets):
        self.src, self.patched, self.sets = src, patched, sets
        self.state = src / ".interrex-state"
        self.patches = [p for _, folder in sets for p in sorted(folder.glob("*.patch"))]
        self.names = patched_files(self.patches)

    def describe(self):
        return ", ".join(f"{name} ({len(list(folder.glob('*.patch')))} patches of"
                         f" {folder.relative_to(TOP)})" for name, folder in self.sets)

    def wanted(self):
        """{path in the tree: file with its contents, or None if it must not exist}"""
        apply_series(self.patches, self.names, self.patched)
        want = {n: (self.patched / n if (self.patched / n).is_file() else None)
                for n in self.names}
        return {**want, **our_files()}

    def start(self):
        """What an earlier run wrote: {path: digest}."""
        if not self.state.exists():
            if self.src.exists():
                shutil.rmtree(self.src)
            # "/.": a copy of the folder also where pristine is a link to one.
            subprocess.run(["cp", "-a", f"{PRISTINE}/.", str(self.src)], check=True)
            self.state.write_text("{}")
        return json.loads(self.state.read_text())

    def edited_by_hand(self, state, want):
        """Files whose contents are neither what we wrote nor what we would write."""
        return sorted(n for n, d in state.items() if digest(self.src / n) != d
                      and digest(self.src / n) != (digest(want[n]) if want.get(n) else None))

    def show_diff(self, want):
        for name in sorted(self.names):
            subprocess.run(["diff", "-uN", f"--label=a/{name}", f"--label=b/{name}",
                            str(want.get(name) or "/dev/null"), str(self.src / name)], check=False)
        # Files that no patch touches yet: compare with Debian's.
        run = subprocess.run(["diff", "-rq", "xen", str(self.src / "xen"), "-x", "*.o", "-x", ".*"],
                             cwd=PRISTINE, capture_output=True, text=True, check=False)
        for line in run.stdout.splitlines():
            m = re.match(r"Files (\S+) and (\S+) differ", line)
            if m and m.group(1) not in want:
                subprocess.run(["diff", "-u", f"--label=a/{m.group(1)}", f"--label=b/{m.group(1)}",
                                m.group(1), m.group(2)], cwd=PRISTINE, check=False)

    def put(self, name, source):
        target = self.src / name
        if source is None:
            target.unlink(missing_ok=True)
            return
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)

    def update(self, state, want):
        """Writes what differs; answers whether anything did."""
        # What an earlier run wrote and nobody wants any more: Debian's again, or gone.
        for name in set(state) - set(want):
            want[name] = PRISTINE / name if (PRISTINE / name).is_file() else None
        changed = False
        for name, source in want.items():
            if digest(self.src / name) != (digest(source) if source else None):
                self.put(name, source)
                changed = True
        self.state.write_text(json.dumps({n: digest(self.src / n) for n in want}, indent=0))
        return changed


def main():
    parser = argparse.ArgumentParser(prog="xen-tree.py")
    parser.add_argument("--hardware", action="store_true", help="the tree without the set `bed`")
    mode = parser.add_mutually_exclusive_group()
    mode.add_argument("--diff", action="store_true", help="print edits made by hand")
    mode.add_argument("--discard", action="store_true", help="drop them")
    args = parser.parse_args()

    suffix = "-hardware" if args.hardware else ""
    tree = Tree(TOP / f"build/xen/src{suffix}", TOP / f"build/xen/patched{suffix}",
                [PRODUCT] if args.hardware else [PRODUCT, BED])
    state = tree.start()
    want = tree.wanted()
    if args.diff:
        tree.show_diff(want)
        return
    edited = tree.edited_by_hand(state, want)
    if edited and not args.discard:
        fail(f"edited by hand in {tree.src.relative_to(TOP)} ('bed xendiff' shows the edits as a patch, "
             "'bed build --discard' drops them):\n  " + "\n  ".join(edited))
    print(f"patches: {tree.describe()}")
    if tree.update(state, want):
        print("changed")


main()
