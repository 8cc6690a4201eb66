# SPDX-License-Identifier: GPL-2.0-only
"""No vendor's word in what is common to all vendors, but in files that are named for one."""

import pathlib
import re
import unittest

TOP = pathlib.Path(__file__).resolve().parents[2]
COMMON = ("shim/core", "shim/guest", "shim/run")
WORDS = {"svm", "vmcb", "vmrun", "vmmcall", "asid", "amd", "hygon",
         "vmx", "vmcs", "vmcall", "vpid", "ept", "intel"}
NOISE = re.compile(r"/\*.*?\*/|//[^\n]*", re.S)
IDENTIFIER = re.compile(r"[A-Za-z_]\w*")


def parts(name):
    """The words of an identifier or a file's name: svm_Enter2 has svm, enter2."""
    return set(re.split(r"[_./\W]+", name.lower()))


def vendor_words(text, named=()):
    """(line, identifier) for each that has a vendor's word; named: stems of files that may."""
    code = NOISE.sub(lambda match: re.sub(r"[^\n]", " ", match.group()), text)
    return [(code.count("\n", 0, match.start()) + 1, match.group()) for match in IDENTIFIER.finditer(code)
            if parts(match.group()) & WORDS and not match.group().startswith(tuple(named))]


class VendorWords(unittest.TestCase):
    def test_there_is_none(self):
        found = []
        for folder in COMMON:
            files = [f for f in sorted((TOP / folder).iterdir()) if f.suffix in (".c", ".h", ".S")]
            self.assertTrue(files, folder)
            named = [f.stem + "_" for f in files if parts(f.stem) & WORDS]
            for file in files:
                if not parts(file.stem) & WORDS:
                    found += [f"{folder}/{file.name}:{line}: {name}"
                              for line, name in vendor_words(file.read_text(encoding="utf-8"), named)]
        self.assertEqual(found, [])

    def test_it_would_be_found(self):
        text = "int x; /* svm is AMD's */\nstruct vmcb *b;\nint svm_enter(void), seventh, asides;\n"
        self.assertEqual(vendor_words(text), [(2, "vmcb"), (3, "svm_enter")])
        self.assertEqual(vendor_words("msr_amd_read(MSR_AMD64)", ["msr_amd_"]), [])
        self.assertEqual(vendor_words("MSR_AMD_CFG", ["msr_amd_"]), [(1, "MSR_AMD_CFG")])


if __name__ == "__main__":
    unittest.main()
