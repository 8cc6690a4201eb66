# SPDX-License-Identifier: GPL-2.0-only
"""Files of counters as gcc 12's programs write them where they have an operating system (gcov-io.h)."""

import shutil
import struct
from pathlib import Path

VERSIONS = (b"*22B",)  # gcc 12's
MAGIC = 0x67636461
TAG_FUNCTION = 0x01000000
TAG_ARCS = 0x01a10000


class Unreadable(Exception):
    pass


def copied(path, folder):
    """The .gcno of this .gcda below a folder; the name of the .gcda beside it."""
    target = folder / path.parent.relative_to(path.anchor) / path.name.lstrip(".")
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(path.with_suffix(".gcno"), target.with_suffix(".gcno"))
    return target


class Totals:
    """Counts of runs, added up by file and function."""

    def __init__(self):
        self.files = {}

    def add(self, name, header, functions):
        """What one run counted in a file: (version, stamp, checksum), {(ident, checksums...): counts}."""
        version = struct.pack("<I", header[0])
        if version not in VERSIONS:
            raise Unreadable(f"built by another gcc than 12 ({version})")
        if not Path(name).with_suffix(".gcno").is_file():
            raise Unreadable(f"{name}: there is no .gcno beside it")
        had, into = self.files.setdefault(name, (header, {}))
        if had != header:
            raise Unreadable(f"{name}: of several builds")
        for key, counts in functions.items():
            into[key] = [a + b for a, b in zip(into.get(key, [0] * len(counts)), counts)]

    def write(self, folder=None):
        """Each file beside its .gcno; or both below a folder, by names without a dot before them, for lcov
        does not see others."""
        for name, (header, functions) in self.files.items():
            if folder:
                name = copied(Path(name), folder)
            out = struct.pack("<4I", MAGIC, *header)
            for key, counts in functions.items():
                out += struct.pack("<5I", TAG_FUNCTION, 12, *key)
                out += struct.pack("<2I", TAG_ARCS, len(counts) * 8)
                out += struct.pack(f"<{len(counts)}Q", *counts)
            Path(name).write_bytes(out + struct.pack("<I", 0))

    def __str__(self):
        ran = [any(c) for _, functions in self.files.values() for c in functions.values()]
        return f"{len(self.files)} files, {sum(ran)} of {len(ran)} functions ran"
