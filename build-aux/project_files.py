# SPDX-License-Identifier: GPL-2.0-only
"""Which files belong to the project: shared by the checks in this folder."""

import argparse
import os
import subprocess
import sys

TOP = os.path.realpath(os.path.join(os.path.dirname(__file__), ".."))


def project_files(top):
    """Paths, relative to top and sorted, of all files that are or would be committed.

    Asks git; where top is not a checkout (a release archive), walks the folder
    without build/ and hidden version-control folders.
    """
    git = ["git", "-c", "safe.directory=*", "-C", top]
    listing = subprocess.run(
        git + ["ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False)
    inside = subprocess.run(git + ["rev-parse", "--show-toplevel"], stdout=subprocess.PIPE,
                            stderr=subprocess.DEVNULL, check=False)
    if (listing.returncode == 0
            and os.path.realpath(os.fsdecode(inside.stdout).rstrip("\n")) == os.path.realpath(top)):
        names = [os.fsdecode(n) for n in listing.stdout.split(b"\0") if n]
    else:
        names = list(_walk(top))
    return sorted({n for n in names if os.path.isfile(os.path.join(top, n))})


def _walk(top):
    for folder, folders, files in os.walk(top):
        if folder == top:
            folders[:] = [f for f in folders if f not in ("build", ".git")]
        folders[:] = [f for f in folders if f != "__pycache__"]
        for name in files:
            yield os.path.relpath(os.path.join(folder, name), top)


def read_head(path, size=4096):
    with open(path, "rb") as file:
        return file.read(size)


def argument_parser(description):
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--top", default=TOP, help="project folder (default: this one)")
    return parser


def finish(name, problems, looked_at):
    """Prints the outcome of a check; answers its exit status."""
    for problem in problems:
        print(problem)
    if not looked_at:
        print(f"{name}: found no file to look at", file=sys.stderr)
        return 2
    if problems:
        print(f"{name}: {len(problems)} problem(s) in {looked_at} files")
        return 1
    print(f"{name}: {looked_at} files are right")
    return 0
