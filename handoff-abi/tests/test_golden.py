#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Golden handoffs of every version, read by both decoders; derived files up to date.

Run from the top of the project after `make abi`.
"""

import json
import os
import re
import struct
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent
TOP = HERE.parents[1]
GOLDEN = HERE.parent / "golden"
BUILD = TOP / os.environ.get("BUILD", "build") / "abi"
TOOL = BUILD / "interrex-abi"

sys.path.insert(0, str(HERE.parent / "tools"))
import decode  # noqa: E402
import describe  # noqa: E402

ABI = describe.load()
ANCHOR = ABI.structs["irx_anchor"].size
NATIVE = f"{ABI.version[0]}.{ABI.version[1]}"


def tool(*args):
    return subprocess.run([TOOL, *args], capture_output=True, text=True, check=False, timeout=600)


def files(version):
    return sorted(p for p in (GOLDEN / version).iterdir() if p.suffix in (".bin", ".elf"))


def versions():
    return sorted(p.name for p in GOLDEN.iterdir() if re.fullmatch(r"\d+\.\d+", p.name))


def supported(version):
    return ABI.oldest <= tuple(int(n) for n in version.split(".")) <= ABI.version


class Golden(unittest.TestCase):
    def test_this_version_has_a_golden_set(self):
        self.assertIn(NATIVE, versions(),
                      f"IRX_ABI_VERSION is {NATIVE} but golden/{NATIVE} is not there: make golden")
        self.assertGreaterEqual(len(files(NATIVE)), 9)

    def test_every_type_of_record_is_in_the_set(self):
        seen = set()
        for path in files(NATIVE):
            tree = json.loads(Path(f"{path}.json").read_text())
            seen |= {r["type"] for r in tree.get("records", [])}
        self.assertEqual({r.type for r in ABI.records} - seen, set())

    def test_the_set_is_what_the_generator_makes(self):
        with tempfile.TemporaryDirectory() as folder:
            subprocess.run([BUILD / "golden_make", folder], check=True, timeout=600)
            for path in files(NATIVE):
                self.assertEqual(path.read_bytes(), (Path(folder) / path.name).read_bytes(),
                                 f"{path.name}: a header changed: make golden, or if {NATIVE} is "
                                 "released raise IRX_ABI_MINOR")
            self.assertEqual(len(list(Path(folder).iterdir())), len(files(NATIVE)))

    def test_c_decoder_prints_what_is_expected(self):
        for version in filter(supported, versions()):
            for path in files(version):
                with self.subTest(path=path.name):
                    self.assertEqual(tool("dump", "--json", path).stdout,
                                     Path(f"{path}.json").read_text())
                    if version == NATIVE:
                        self.assertEqual(tool("dump", path).stdout,
                                         Path(f"{path}.txt").read_text())

    def test_python_decoder_prints_the_same(self):
        for version in filter(supported, versions()):
            for path in files(version):
                with self.subTest(path=path.name):
                    tree = decode.decode(ABI, path.read_bytes())
                    self.assertEqual(json.dumps(tree, indent=2) + "\n",
                                     Path(f"{path}.json").read_text())

    def test_check_finds_them_sound(self):
        for version in filter(supported, versions()):
            for path in files(version):
                with self.subTest(path=path.name):
                    run = tool("check", path)
                    consumed = path.name == "late-consumed.bin"
                    self.assertEqual(run.returncode, 1 if consumed else 0, run.stdout)
                    self.assertIn("already consumed" if consumed else "is sound", run.stdout)

    def test_versions_out_of_reach_are_refused(self):
        for version in versions():
            for path in files(version) if not supported(version) else ():
                with self.subTest(path=path.name):
                    self.assertEqual(tool("check", path).returncode, 1)

    def test_derived_files_are_up_to_date(self):
        run = subprocess.run([sys.executable, HERE.parent / "tools/generate.py", "--check"],
                             capture_output=True, text=True, check=False)
        self.assertEqual(run.returncode, 0, run.stdout + run.stderr)


def seal(data):
    """Right CRCs over whatever the records say, as far as they can be followed."""
    data = bytearray(data)
    at = 96
    while at + 24 <= len(data):
        length = struct.unpack_from("<Q", data, at + 16)[0]
        if length > len(data) - at - 24:
            break
        struct.pack_into("<I", data, at + 12, decode.crc32c(data[at + 24:at + 24 + length]))
        at += 24 + (length + 7) // 8 * 8
    valid = bytes(data[60:64])
    data[60:64] = data[92:96] = bytes(4)
    struct.pack_into("<I", data, 92, decode.crc32c(data))
    data[60:64] = valid
    return bytes(data)


class Agreement(unittest.TestCase):
    """Both decoders accept and refuse the same changed streams."""

    def test_both_refuse_and_accept_the_same(self):
        verdicts = {True: 0, False: 0}
        for name in ("late-odd.bin", "early-empty.bin"):
            good = (GOLDEN / NATIVE / name).read_bytes()
            with tempfile.TemporaryDirectory() as folder:
                path = Path(folder) / "stream"
                for at in range(8, len(good)):  # byte 0 to 7: the magic, another kind of file
                    for value in ({good[at] ^ 0x80, 0x01, 0xff} - {good[at]} if at < 160
                                  else {good[at] ^ 0x01}):
                        data = seal(good[:at] + bytes([value]) + good[at + 1:])
                        path.write_bytes(data)
                        c_tree = tool("dump", "--json", path)
                        try:
                            text = json.dumps(decode.decode(ABI, data), indent=2) + "\n"
                        except (decode.Refused, struct.error):
                            text = None
                        sound = c_tree.returncode == 0
                        if data[60:64] == bytes(4):
                            continue  # consumed: dump shows it, with status 1
                        self.assertEqual(sound, text is not None, f"{name}: byte {at} = {value:#x}")
                        if sound:
                            self.assertEqual(c_tree.stdout, text)
                        verdicts[sound] += 1
        self.assertGreater(verdicts[True], 50)
        self.assertGreater(verdicts[False], 50)


class Tool(unittest.TestCase):
    """interrex-abi: exit statuses and messages."""

    def test_usage(self):
        for args in ((), ("dump",), ("show", "x"), ("dump", "x", "y"), ("--unknown", "dump", "x")):
            self.assertEqual(tool(*args).returncode, 2, args)
        run = tool("--help")
        self.assertEqual(run.returncode, 0)
        self.assertIn("dump FILE", run.stdout)

    def test_version_is_the_release(self):
        header = (HERE.parent / "include/interrex/release.h").read_text()
        release = ".".join(re.search(rf"RELEASE_{part} (\d+)$", header, re.M).group(1)
                           for part in ("MAJOR", "MINOR", "PATCH"))
        self.assertEqual(tool("--version").stdout, f"interrex-abi {release}\n")

    def test_note_in_words(self):
        run = tool("note", GOLDEN / NATIVE / "note.elf")
        self.assertEqual(run.returncode, 0)
        for line in (r"made as +Xen", r"Interrex +0\.2\.0",
                     rf"ABI +{re.escape(NATIVE)}; reads from 1\.0 on, writes from 1\.0 on",
                     r"requires +SVM", r"offers +SVM PVH_GUEST EVTCHN_2L", r"seal +it has no seal.*"):
            self.assertRegex(run.stdout, rf"(?m)^{line}$")
        self.assertEqual(tool("--json", "note", GOLDEN / NATIVE / "note.elf").stdout,
                         (GOLDEN / NATIVE / "note.elf.json").read_text())
        run = tool("note", GOLDEN / NATIVE / "early.bin")
        self.assertEqual((run.returncode, run.stdout), (4, ""))

    def test_files_that_cannot_be_read(self):
        self.assertEqual(tool("check", "nonexistent").returncode, 3)
        self.assertEqual(tool("check", str(TOP)).returncode, 3)

    def test_files_of_another_kind(self):
        for path in (__file__, "/bin/sh"):
            run = tool("dump", path)
            self.assertEqual(run.returncode, 4)
            self.assertIn(path, run.stderr)

    def test_error_names_thing_value_and_remedy(self):
        data = bytearray((GOLDEN / NATIVE / "early.bin").read_bytes())
        struct.pack_into("<I", data, 96, 0x7777)
        with tempfile.NamedTemporaryFile() as file:
            file.write(seal(data))
            file.flush()
            run = tool("check", file.name)
            self.assertEqual(run.returncode, 1)
            self.assertIn("record 0", run.stdout)
            self.assertIn("0x7777", run.stdout)
            self.assertIn("let the writer write this reader's version", run.stdout)
            problems = json.loads(tool("check", "--json", file.name).stdout)
            self.assertFalse(problems["sound"])
            self.assertEqual(len(problems["problems"]), 1)

    def test_region_dumps_cut_short_or_damaged(self):
        data = (GOLDEN / NATIVE / "region.bin").read_bytes()
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "region"
            for size in (8, 100, ANCHOR, 4096, 9000, 20000, 50000, 70000):
                path.write_bytes(data[:size])
                run = tool("dump", "--json", path)
                self.assertIn(run.returncode, (0, 1), size)
                self.assertEqual(json.loads(run.stdout)["kind"], "region")
                self.assertEqual(run.returncode == 0, size >= ANCHOR)
            for at in list(range(8, ANCHOR, 3)) + list(range(0x2000, 0x2400, 7)):
                path.write_bytes(data[:at] + b"\xff" + data[at + 1:])
                run = tool("check", path)
                self.assertIn(run.returncode, (0, 1), at)


if __name__ == "__main__":
    unittest.main()
