#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""build-aux/setup on machines that are not ready, with stand-ins for apt, dpkg and id."""

import os
import re
import subprocess
import tempfile
import unittest

TOP = os.path.realpath(os.path.join(os.path.dirname(__file__), "..", ".."))
SETUP = os.path.join(TOP, "build-aux", "setup")
DEBIAN_12 = 'ID=debian\nVERSION_ID="12"\n'

# Packages are installed when a file of their name is in $STATE.
DPKG_QUERY = """#!/bin/sh
for last; do :; done
[ -e "$STATE/$last" ] || exit 1
echo installed
"""
# apt knows packages when the lists were fetched.
APT_CACHE = """#!/bin/sh
[ ! -e "$STATE/.no-lists" ] && echo 'Package: linux-image-amd64'
"""
APT_GET = """#!/bin/sh
echo "apt-get $*" >>"$STATE/.calls"
echo "frontend $DEBIAN_FRONTEND" >>"$STATE/.calls"
case "$*" in
*update*) [ ! -e "$STATE/.no-network" ] || { echo 'E: Temporary failure resolving'; exit 100; }
    rm -f "$STATE/.no-lists" ;;
*install*)
    [ ! -e "$STATE/.no-space" ] || { echo 'E: no space left'; exit 100; }
    for p; do case $p in alpha|beta) : >"$STATE/$p" ;; esac; done ;;
esac
"""


class Setup(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.top = folder.name
        self.state = os.path.join(self.top, "state")
        os.makedirs(os.path.join(self.top, "bin"))
        os.makedirs(self.state)
        self.write("bin/dpkg-query", DPKG_QUERY)
        self.write("bin/apt-get", APT_GET)
        self.write("bin/apt-cache", APT_CACHE)
        self.user(0)
        self.write("os-release", DEBIAN_12)
        self.write("dpkg-status", "1\n")
        self.write("packages", "# comment\nalpha   # for this\nbeta # for that\n")

    def write(self, name, content):
        path = os.path.join(self.top, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(content)
        os.chmod(path, 0o755)

    def user(self, uid):
        self.write("bin/id", f"#!/bin/sh\necho {uid}\n")

    def have(self, *names):
        for name in names:
            self.write(f"state/{name}", "")

    def run_setup(self, *arguments):
        """(exit status, output) of set-up on the stand-in machine."""
        run = subprocess.run(
            [SETUP, "--list", os.path.join(self.top, "packages"),
             "--stamp", os.path.join(self.top, "build/stamp"), *arguments],
            env={"PATH": os.path.join(self.top, "bin") + ":/usr/bin:/bin", "STATE": self.state,
                 "SETUP_OS_RELEASE": os.path.join(self.top, "os-release"),
                 "SETUP_DPKG_STATUS": os.path.join(self.top, "dpkg-status")},
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=600, check=False)
        return run.returncode, run.stdout

    def calls(self):
        try:
            with open(os.path.join(self.state, ".calls"), encoding="utf-8") as file:
                return file.read()
        except FileNotFoundError:
            return ""

    def test_installs_what_is_missing_and_only_that(self):
        self.have("alpha")
        status, output = self.run_setup()
        self.assertEqual(status, 0, output)
        self.assertRegex(self.calls(), r"install .*beta")
        self.assertNotRegex(self.calls(), r"install .*alpha")
        self.assertIn("frontend noninteractive", self.calls())
        self.assertRegex(output, r"\[1/\d\] missing packages: beta\n")

    def test_second_run_is_silent_and_asks_apt_nothing(self):
        self.run_setup()
        before = self.calls()
        self.assertEqual(self.run_setup(), (0, ""))
        self.assertEqual(self.calls(), before)

    def test_nothing_missing_needs_no_root_and_no_debian_12(self):
        self.have("alpha", "beta")
        self.user(1000)
        self.write("os-release", 'ID=debian\nVERSION_ID="13"\n')
        self.assertEqual(self.run_setup(), (0, ""))
        self.assertEqual(self.calls(), "")

    def test_apt_without_lists_is_updated(self):
        self.have("alpha", "beta", ".no-lists")
        status, output = self.run_setup()
        self.assertEqual(status, 0, output)
        self.assertIn("update", self.calls())
        self.assertNotIn("install", self.calls())
        self.assertEqual(self.run_setup(), (0, ""))

    def test_longer_list_is_noticed(self):
        self.have("alpha", "beta")
        self.run_setup()
        self.write("packages", "alpha\nbeta\ngamma\n")
        status, output = self.run_setup()
        self.assertEqual(status, 1, output)
        self.assertIn("gamma", output)

    def test_removed_package_is_noticed(self):
        self.run_setup()
        os.remove(os.path.join(self.state, "alpha"))
        self.write("dpkg-status", "1\n2\n")
        status, output = self.run_setup()
        self.assertEqual(status, 0, output)
        self.assertIn("alpha", output)

    def test_not_root(self):
        self.user(1000)
        status, output = self.run_setup()
        self.assertEqual(status, 1, output)
        self.assertIn("only root", output)
        self.assertIn("apt-get update && apt-get install alpha beta", output)
        self.assertEqual(self.calls(), "")

    def test_not_debian_12(self):
        self.write("os-release", 'ID=ubuntu\nVERSION_ID="24.04"\n')
        status, output = self.run_setup()
        self.assertEqual(status, 1, output)
        self.assertIn("'ubuntu 24.04', not Debian 12", output)
        self.assertEqual(self.calls(), "")

    def test_no_network(self):
        self.have(".no-network")
        status, output = self.run_setup()
        self.assertEqual(status, 1, output)
        self.assertIn("Is the network up", output)
        self.assertIn("Temporary failure resolving", output)

    def test_failed_install_leaves_no_stamp(self):
        self.have(".no-space")
        status, output = self.run_setup()
        self.assertEqual(status, 1, output)
        self.assertIn("no space left", output)
        os.remove(os.path.join(self.state, ".no-space"))
        self.assertEqual(self.run_setup()[0], 0)

    def test_package_that_apt_did_not_install(self):
        self.write("packages", "alpha\ngamma\n")
        status, output = self.run_setup()
        self.assertEqual(status, 1, output)
        self.assertIn("still missing after apt-get install: gamma", output)

    def test_unknown_argument(self):
        self.assertEqual(self.run_setup("--fast")[0], 1)

    def test_real_list_gives_a_reason_for_each_package(self):
        with open(os.path.join(TOP, "build-aux", "packages"), encoding="utf-8") as file:
            lines = [line for line in file if line.strip() and not line.startswith("#")]
        self.assertTrue(lines)
        for line in lines:
            self.assertTrue(re.fullmatch(r"[a-z0-9.+-]+ +# \S.*\n", line), line)


if __name__ == "__main__":
    unittest.main()
