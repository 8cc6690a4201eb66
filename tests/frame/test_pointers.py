#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""The documents that point into the code: what they name is there."""

import os
import re
import unittest

TOP = os.path.realpath(os.path.join(os.path.dirname(__file__), "..", ".."))
SHORT = {"src/": "xen-integration/src/", "dom0/": "xen-integration/dom0/", "tests/": "xen-integration/tests/"}
PATH = re.compile(r"`((?:[\w.-]+/)+[\w.*-]*)`")


def read(name):
    with open(os.path.join(TOP, name), encoding="utf-8") as file:
        return file.read()


def where(path):
    if os.path.exists(os.path.join(TOP, path)):
        return path
    for short, whole in SHORT.items():
        if path.startswith(short):
            return whole + path[len(short):]
    return path


class Pointers(unittest.TestCase):
    def assert_there(self, path):
        folder, name = os.path.split(os.path.join(TOP, where(path)))
        pattern = re.compile(re.escape(name).replace(r"\*", ".*") + "$")
        self.assertTrue(os.path.isdir(folder) and (not name or any(map(pattern.match, os.listdir(folder)))), path)

    def test_the_threat_model_names_code_that_is_there(self):
        paths = PATH.findall(read("docs/threat-model.md"))
        self.assertGreater(len(paths), 25)
        for path in paths:
            with self.subTest(path):
                self.assert_there(path)

    def test_the_table_of_findings_names_tests_that_are_there(self):
        paths = [path for path in PATH.findall(read("docs/findings.md")) if "/test" in path or "_test" in path]
        for path in paths:
            with self.subTest(path):
                self.assert_there(path)

    def test_tests_by_their_names_alone(self):
        there = {name.split(".")[0] for folder in ("shim", "handoff-abi", "xen-integration", "tests")
                 for _, _, names in os.walk(os.path.join(TOP, folder)) for name in names}
        for name in re.findall(r"`(test_\w+)(?:\.\w+)?`", read("docs/findings.md")):
            self.assertIn(name, there)

    def test_and_scenarios(self):
        scenarios = os.path.join(TOP, "tests/nested/scenarios")
        there = {name[:-len(".scn")] for _, _, names in os.walk(scenarios) for name in names if name.endswith(".scn")}
        for name in re.findall(r"scenario `([a-z0-9-]+)`", read("docs/findings.md")):
            self.assertIn(name, there)


if __name__ == "__main__":
    unittest.main()
