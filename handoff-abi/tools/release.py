#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""What was released of the ABI, and whether it still is what it was.

  release.py --write     marks this tree's version as released: golden/VERSION/layout.json and
                         golden/VERSION/RELEASED, once, when its golden handoffs are final
  release.py --check     says what is another than it was released; exit status 1

layout.json has every field, record and constant as it was released; RELEASED the SHA-256 of it and
of each golden handoff. Neither is ever changed: a released version only grows into the next.
"""

import hashlib
import json
import re
import sys
from pathlib import Path

import describe

GOLDEN = Path(__file__).resolve().parents[1] / "golden"
MARK, LAYOUT = "RELEASED", "layout.json"
# Constants that say how much there is, or what is newest: they may grow.
OPEN = re.compile(r"IRX_ABI_(MAJOR|MINOR|VERSION)$|_(ALL|MAX)$")


def words(version):
    return ".".join(str(n) for n in version)


def number(text):
    return tuple(int(n) for n in text.split("."))


def layout(abi):
    """The ABI as a tree for JSON."""
    return {
        "structs": {s.name: {"size": s.size,
                             "fields": {f.name: [f.kind, f.dims, f.offset, f.size] for f in s.fields}}
                    for s in abi.structs.values()},
        "records": {r.name: [r.type, r.section, r.struct, r.array, sorted(r.flags)]
                    for r in abi.records},
        "constants": {name: value for name, (value, _) in sorted(abi.defines.items())
                      if not OPEN.search(name)},
    }


def form_size(struct, version):
    """Size of the structure in the form of `version`; None: it had none."""
    return next((size for since, size in reversed(struct.forms) if since <= version), None)


def struct_differences(struct, was, version):
    now = {f.name: [f.kind, f.dims, f.offset, f.size] for f in struct.fields if f.since <= version}
    for name in was["fields"].keys() - now.keys():
        yield f"struct {struct.name}.{name} is gone"
    for f in struct.fields:
        if f.name not in now:
            continue
        if f.name not in was["fields"]:
            yield f"struct {struct.name}.{f.name} is new: say since which version"
        elif f.grows:
            if now[f.name][:3] != was["fields"][f.name][:3]:
                yield f"struct {struct.name}.{f.name} is another"
        elif now[f.name] != was["fields"][f.name]:
            yield f"struct {struct.name}.{f.name} is another"
    if form_size(struct, version) != was["size"]:
        yield f"struct {struct.name} has another size"


def differences(abi, was, version):
    """What is another in this tree than in the layout `was` of the released `version`; [] if nothing."""
    found = []
    for name, struct in was["structs"].items():
        if name in abi.structs:
            found += struct_differences(abi.structs[name], struct, version)
        else:
            found.append(f"struct {name} is gone")
    now = layout(abi)
    for kind in ("records", "constants"):
        for name, value in was[kind].items():
            if name not in now[kind]:
                found.append(f"{name} of the {kind} is gone")
            elif now[kind][name] != value:
                found.append(f"{name} of the {kind} is another")
    new = {r.name for r in abi.records if r.since <= version} - was["records"].keys()
    return found + [f"{name} of the records is new: say since which version" for name in sorted(new)]


def handoffs(folder):
    return sorted(p for p in folder.iterdir() if p.suffix in (".bin", ".elf"))


def digest(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def marked(folder):
    """{file: SHA-256} that the mark of a released version names."""
    lines = (folder / MARK).read_text().splitlines()
    return {name: value for value, name in (line.split() for line in lines if not line.startswith("#"))}


def file_differences(folder):
    """What is another in the folder of a released version."""
    sums = marked(folder)
    there = {p.name for p in handoffs(folder)} | {LAYOUT}
    found = [f"{folder.name}/{name} is no part of the release" for name in sorted(there - sums.keys())]
    for name, value in sums.items():
        if not (folder / name).exists():
            found.append(f"{folder.name}/{name} is gone")
        elif digest(folder / name) != value:
            found.append(f"{folder.name}/{name} is another")
    return found


def released(golden=GOLDEN):
    """Folders of released versions, oldest first."""
    return sorted((p.parent for p in Path(golden).glob(f"*/{MARK}")), key=lambda p: number(p.name))


def all_differences(abi, golden=GOLDEN):
    found = []
    for folder in released(golden):
        found += file_differences(folder)
        version = number(folder.name)
        if version[0] == abi.version[0] and (folder / LAYOUT).exists():
            found += [f"{folder.name}: {text}" for text in differences(
                abi, json.loads((folder / LAYOUT).read_text()), version)]
    return found


def mark(abi, golden=GOLDEN):
    folder = Path(golden) / words(abi.version)
    if (folder / MARK).exists():
        sys.exit(f"handoff-abi: {folder.name} is released already")
    (folder / LAYOUT).write_text(json.dumps(layout(abi), indent=1) + "\n")
    sums = [f"{digest(path)}  {path.name}\n" for path in [*handoffs(folder), folder / LAYOUT]]
    (folder / MARK).write_text(
        "# SPDX-License-Identifier: GPL-2.0-only\n"
        f"# Version {folder.name} of the ABI is released: neither this file nor one that it names (SHA-256) is\n"
        "# changed any more. What comes next is another version: docs/abi.md, \"Changing it\".\n"
        + "".join(sums))


def main():
    if sys.argv[1:] not in (["--write"], ["--check"]):
        sys.exit(__doc__)
    try:
        abi = describe.load()
    except describe.Refused as e:
        sys.exit(f"handoff-abi: {e}")
    if sys.argv[1] == "--write":
        mark(abi)
        return
    found = all_differences(abi)
    print("".join(f"{text}\n" for text in found), end="")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
