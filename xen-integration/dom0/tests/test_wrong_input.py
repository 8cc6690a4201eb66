#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Every command as a process, over a played Xen, with every kind of wrong input.

What is asserted each time: the exit status; that the message names the thing, its value and what
helps; that with --json there is JSON; and that the host is as it was.
"""

import json
import os
import shutil
import signal
import subprocess
import tempfile
import time
import unittest

HERE = os.path.dirname(os.path.realpath(__file__))
BUILD = os.path.join(HERE, "..", "..", "..", os.environ.get("BUILD", "build"), "dom0")
PLAYED = os.path.realpath(os.path.join(BUILD, "tests", "played"))
PROGRAM = os.path.realpath(os.path.join(BUILD, "interrex"))

CHANGING = ("load", "drill", "hold", "update")
WITH_HOST = ("check", "load", "unload", "drill", "hold", "update", "abort", "finish", "abandon", "status")
ALL = (*WITH_HOST, "report")
NOBODY = 65534


class Bench(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="interrex-wrong-")
        os.chmod(self.folder, 0o755)
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.shim, self.xen = self.path("shim.elf"), self.path("xen")
        self.run_it("status")  # makes the files

    def path(self, name):
        return os.path.join(self.folder, name)

    def write(self, name, data):
        with open(self.path(name), "wb") as file:
            file.write(data)
        return self.path(name)

    def read(self, name):
        with open(self.path(name), "rb") as file:
            return file.read()

    def arguments(self, command):
        files = {"check": ("--shim", self.shim, "--xen", self.xen),
                 "load": ("--shim", self.shim, "--xen", self.xen),
                 "update": ("--shim", self.shim, "--xen", self.xen),
                 "hold": ("--shim", self.shim),
                 "drill": ("--shim", self.shim, "--seconds", "0"),
                 "abandon": ("g1",)}
        return (command, *files.get(command, ()))

    def run_it(self, *args, host=None, program=PLAYED, **more):
        if host is None:
            host = "holding" if args[:1] == ("abandon",) else ""
        if os.path.exists(self.path("host.json")):
            os.unlink(self.path("host.json"))
        environment = {**os.environ, "INTERREX_PLAYED": self.folder, "INTERREX_PLAYED_HOST": host}
        streams = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        return subprocess.run([program, *args], env=environment, timeout=300, check=False,
                              **{**streams, **more})

    def host(self):
        """What the run left; None: it did not come to ask Xen at all."""
        if not os.path.exists(self.path("host.json")):
            return None
        with open(self.path("host.json"), encoding="utf-8") as file:
            return json.load(file)

    def assert_untouched(self, ended):
        host = self.host()
        if host is not None:
            self.assertEqual((host["changes"], host["xen"], host["target"], host["normal"]),
                             (0, 0, False, True), ended)

    def assert_wrong(self, args, status, *texts, **more):
        """For people and for machines: what is said, what helps, and that nothing changed."""
        ended = self.run_it(*args, **more)
        said = (ended.stdout + ended.stderr).decode(errors="replace")
        self.assertEqual(ended.returncode, status, said)
        for text in texts:
            self.assertIn(text, said)
        self.assertRegex(said, "remedy: .{8}|Try `interrex|see `interrex", args)
        self.assert_untouched(ended)

        ended = self.run_it(*args, "--json", **more)
        self.assertEqual(ended.returncode, status, ended)
        answer = json.loads(ended.stdout)
        self.assertIn(answer["result"], ("error", "refused"), answer)
        problems = [answer["error"]] if answer["result"] == "error" else answer["reasons"]
        said = " ".join(p["what"] + " " + p["remedy"] for p in problems)
        for text in texts:
            self.assertIn(text, said)
        for problem in problems:
            self.assertGreater(len(problem["what"]), 5)
            self.assertGreater(len(problem["remedy"]), 5, problem)
        self.assert_untouched(ended)


class Works(Bench):
    """What the rest is measured against: with good input each command does what it is for."""

    def test_each_command(self):
        for command in ALL:
            with self.subTest(command):
                if command == "report":
                    self.run_it(*self.arguments("drill"))
                ended = self.run_it(*self.arguments(command))
                self.assertEqual(ended.returncode, 0, ended)
                if command in (*CHANGING, "abandon"):
                    self.assertGreater(self.host()["changes"], 0)


class Files(Bench):
    def bad_files(self):
        shim, xen = self.read("shim.elf"), self.read("xen")
        folder = self.path("folder")
        os.makedirs(folder, exist_ok=True)
        if not os.path.exists(self.path("pipe")):
            os.mkfifo(self.path("pipe"))
        flipped = bytearray(xen)
        flipped[len(xen) // 2] ^= 1
        yield self.path("not-there"), "No such file or directory"
        yield folder, "not a regular file"
        yield self.path("pipe"), "not a regular file"
        yield "/dev/zero", "not a regular file"
        yield self.path("xen") + "/below", "Not a directory"
        yield self.path("x" * 300), "File name too long"
        yield self.write("empty", b""), "the file is empty"
        yield self.write("text", b"#!/bin/sh\necho no Xen\n" * 20), ""
        yield self.write("zeros", bytes(70000)), ""
        yield self.write("noise", bytes((i * 7919 >> 3) & 255 for i in range(9000))), ""
        yield self.write("packed", b"\x1f\x8b\x08\x00" + bytes(100)), "packed with gzip"
        yield self.write("cut", xen[:len(xen) // 2]), ""
        yield self.write("cut-header", xen[:20]), ""
        yield self.write("flipped", bytes(flipped)), ""
        yield self.write("two", shim + xen), ""
        with open(self.path("huge"), "wb") as file:
            file.truncate(3 << 30)
        yield self.path("huge"), "File too large"

    def test_bad_shim(self):
        for command in ("check", *CHANGING):
            for path, text in self.bad_files():
                with self.subTest((command, path)):
                    more = ("--xen", self.xen) if command in ("check", "load", "update") else ()
                    self.assert_wrong((command, "--shim", path, *more), 3, os.path.basename(path)[-100:], text)

    def test_bad_target(self):
        for command in ("check", "load", "update"):
            for path, text in self.bad_files():
                with self.subTest((command, path)):
                    self.assert_wrong((command, "--shim", self.shim, "--xen", path), 3,
                                      os.path.basename(path)[-100:], text)

    def test_bad_module(self):
        for path in (self.path("not-there"), self.folder, self.write("empty", b"")):
            for command in ("check", "load", "update"):
                with self.subTest((command, path)):
                    self.assert_wrong((*self.arguments(command), "--module", path), 3, path)

    def test_bad_limits(self):
        for path, text in self.bad_files():
            for command in ("check", "drill", "update"):
                with self.subTest((command, path)):
                    self.assert_wrong((*self.arguments(command), "--limits", path), 3,
                                      os.path.basename(path)[-100:], text)

    def test_the_other_file(self):
        for command in ("check", "load", "update"):
            self.assert_wrong((command, "--shim", self.xen, "--xen", self.shim), 3, "is not a shim",
                              "name the other file")

    def test_a_checksum_beside_it(self):
        for text in (b"", b"no checksum\n", b"0" * 64 + b"  xen\n"):
            self.write("xen.sha256", text)
            for command in ("check", "load", "update"):
                with self.subTest((command, text)):
                    self.assert_wrong(self.arguments(command), 3, "xen")

    def test_a_file_that_may_not_be_read(self):
        if os.geteuid():
            self.skipTest("not root, who could drop rights")
        os.chmod(self.xen, 0o600)
        os.makedirs(self.path("run"), exist_ok=True)
        os.chmod(self.path("run"), 0o777)
        for name in ("run/lock", "host.json"):
            if os.path.exists(self.path(name)):
                os.unlink(self.path(name))
        os.chmod(self.folder, 0o777)
        for command in ("check", "load", "update"):
            self.assert_wrong(self.arguments(command), 3, "Permission denied", user=NOBODY, group=NOBODY)


class Arguments(Bench):
    def test_usage(self):
        for args in ((), ("frobnicate",), *((c, "--nonsense") for c in ALL),
                     *((*self.arguments(c), "extra") for c in ALL if c != "finish"), ("finish", "g1", "extra"), ("abandon",),
                     ("drill", "--seconds"), ("drill", "--seconds", "x"), ("drill", "--times", "0"),
                     ("drill", "--cpus", "0"), ("hold", "--cpus", "1,1"), ("update", "--cpus", "1-16"),
                     ("check", "--cpus", "x"), ("status", "--log=many"), ("update", "--boot-delay", "60001"),
                     ("update", "--time-limit", "0"), ("drill", "--step-limit", "99"), ("update", "--step-limit", "60001"),
                     ("update", "--on-silence", "panic"), ("update", "--silence-limit", "49"),
                     ("update", "--silence-limit", "3600001"), ("update", "--silence-limit", "1s"),
                     ("update", "--max-stall", "0"), ("drill", "--max-blackout", "1ms"),
                     ("check", "--over-limit", "never"), ("hold", "--max-blackout", "5"),
                     ("update", "--module-cmdline", "x"), ("check", *("--module=x",) * 9)):
            with self.subTest(args):
                ended = self.run_it(*args)
                self.assertEqual((ended.returncode, ended.stdout), (2, b""), ended)
                self.assertIn(b"--help", ended.stderr)
                self.assertIsNone(self.host())
                ended = self.run_it(*args, "--json")
                self.assertEqual(ended.returncode, 2, ended)
                answer = json.loads(ended.stdout)
                self.assertEqual(answer["result"], "error")
                self.assertGreater(len(answer["error"]["what"]), 5)
                self.assertIn("--help", answer["error"]["remedy"])
                self.assertIn(b"--help", ended.stderr)
                self.assertIsNone(self.host())

    def test_help_is_no_usage_error(self):
        for args in (("check", "--json", "--help"), ("check", "--json", "--version")):
            ended = self.run_it(*args)
            self.assertEqual((ended.returncode, ended.stderr), (0, b""))
            self.assertNotEqual(ended.stdout, b"")

    def test_cpus_that_are_not_there(self):
        for command in ("check", "drill", "hold", "update"):
            self.assert_wrong((*self.arguments(command), "--cpus", "1,77"), 3, "CPU 77 is not online", "0-3")

    def test_limits(self):
        limits = self.write("limits.json", b'{"domains": {"g2": {"max_blackout_ms": 0.01}}}')
        for command in ("check", "drill", "update"):
            self.assert_wrong((*self.arguments(command), "--limits", limits), 8,
                              "the blackout is forecast at 0.040 ms", "max_blackout_ms in " + limits)
            self.assert_wrong((*self.arguments(command), "--max-blackout", "0.03"), 8, "--max-blackout")
        self.write("limits.json", b'{"domains": {"g7": {}}}')
        for command in ("check", "drill", "update"):
            self.assert_wrong((*self.arguments(command), "--limits", limits), 3, '"g7"')

    def test_command_lines(self):
        for command in ("check", "load", "update"):
            arguments = (*self.arguments(command), "--cmdline")
            self.assert_wrong((*arguments, "dom0=pvh hap=0"), 3, "hap is 0, the running Xen's 1")
            self.assert_wrong((*arguments, "dom0=pvh maxcpus=1"), 3, "maxcpus is 1")
            self.assert_wrong((*arguments, "x" * 1024), 3, "longer than Xen takes")


class Host(Bench):
    def test_a_xen_without_interrex(self):
        for command in WITH_HOST:
            self.assert_wrong(self.arguments(command), 1, "has no Interrex", "CONFIG_INTERREX", host="stock")

    def test_no_region(self):
        self.assert_wrong(self.arguments("load"), 1, "no live-update region", "liveupdate=", host="no-region")

    def test_what_is_held_is_not_begun_again(self):
        for command in ("check", "load", "unload", "drill", "hold", "update", "finish"):
            with self.subTest(command):
                ended = self.run_it(*self.arguments(command), host="held")
                self.assertEqual(ended.returncode, 3, ended)
                self.assertIn(b"interrex abort", ended.stdout)
                self.assertEqual(self.host()["changes"], 0)

    @unittest.skipIf(os.path.exists("/dev/xen/privcmd"), "this is a Xen host")
    def test_no_xen_at_all(self):
        for command in ALL:
            with self.subTest(command):
                ended = self.run_it(*self.arguments(command), "--json", program=PROGRAM)
                self.assertEqual(ended.returncode, 1, ended)
                answer = json.loads(ended.stdout)
                self.assertEqual(answer["result"], "error")
                self.assertGreater(len(answer["error"]["remedy"]), 10)
                if command != "report":
                    self.assertIn("cannot reach Xen", answer["error"]["what"])

    def test_not_root(self):
        if os.geteuid():
            self.skipTest("not root, who could drop rights")
        shutil.rmtree(self.path("run"), ignore_errors=True)
        for command in WITH_HOST[:-1]:
            self.assert_wrong(self.arguments(command), 1, "run/lock", "run it as root", user=NOBODY, group=NOBODY)

    def test_another_is_at_work(self):
        os.makedirs(self.path("run"), exist_ok=True)
        self.write("run/lock", b"update, process 4711\n")
        with subprocess.Popen(["flock", self.path("run/lock"), "sh", "-c", "echo; read line"],
                              stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
            other.stdout.readline()
            for command in WITH_HOST[:-1]:
                self.assert_wrong(self.arguments(command), 1, "another interrex is at work",
                                  "update, process 4711")
            ended = self.run_it("status")
            self.assertEqual(ended.returncode, 0)
            self.assertIn(b"at work  interrex update, process 4711", ended.stdout)
            other.communicate(b"\n")


class Output(Bench):
    """Standard output that cannot be written, and signals."""

    def assert_unheard(self, ended, command):
        self.assertEqual(ended.returncode, 7, ended)
        self.assertIn(b"cannot write to standard output", ended.stderr)
        self.assertIn(b"remedy: ", ended.stderr)
        if command in (*CHANGING, "abandon"):  # it was done all the same
            self.assertGreater(self.host()["changes"], 0)

    def commands(self):
        self.run_it(*self.arguments("drill"))
        for command in ALL:
            for json_wanted in ((), ("--json",)):
                yield command, (*self.arguments(command), *json_wanted)

    def test_a_full_device(self):
        for command, args in self.commands():
            with self.subTest(args), open("/dev/full", "wb") as full:
                self.assert_unheard(self.run_it(*args, stdout=full), command)

    def test_closed(self):
        for command, args in self.commands():
            with self.subTest(args):
                ended = self.run_it(*args, stdout=None, preexec_fn=lambda: os.close(1))
                self.assert_unheard(ended, command)
                lock = self.path("run/lock")
                if os.path.exists(lock):  # it did not become standard output
                    self.assertLess(os.path.getsize(lock), 80)

    def test_everything_closed(self):
        for command, args in self.commands():
            with self.subTest(args):
                ended = self.run_it(*args, stdin=None, stdout=None, stderr=None,
                                    preexec_fn=lambda: os.closerange(0, 3))
                self.assertEqual(ended.returncode, 7)

    def test_a_reader_that_goes_away(self):
        for command, args in self.commands():
            with self.subTest(args):
                reader, writer = os.pipe()
                os.close(reader)
                ended = self.run_it(*args, stdout=writer)
                os.close(writer)
                self.assert_unheard(ended, command)

    def test_help_too(self):
        for args in (("--help",), ("--version",), ("check", "--help")):
            with open("/dev/full", "wb") as full:
                self.assertEqual(self.run_it(*args, stdout=full).returncode, 7)

    def test_a_failure_keeps_its_status(self):
        with open("/dev/full", "wb") as full:
            self.assertEqual(self.run_it(*self.arguments("check"), "--cpus", "77", stdout=full).returncode, 3)
            self.assertEqual(self.run_it("check", "--nonsense", "--json", stdout=full).returncode, 2)
            self.assertEqual(self.run_it("check", "--json", host="stock", stdout=full).returncode, 1)

    def test_a_signal_goes_back(self):
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            with self.subTest(number):
                ended = self.interrupted(number)
                self.assertIn(ended[0], (0, 4), ended)
                host = self.host()
                self.assertEqual((host["normal"], host["xen"]), (True, 0))

    def interrupted(self, number):
        """A drill of many times that gets a signal while it is at it."""
        environment = {**os.environ, "INTERREX_PLAYED": self.folder}
        with subprocess.Popen([PLAYED, "drill", "--shim", self.shim, "--seconds", "0", "--times", "100000"],
                              env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
            time.sleep(0.2)
            process.send_signal(number)
            out, err = process.communicate(timeout=300)
            return process.returncode, out, err


class Disk(Bench):
    def test_a_report_that_cannot_be_kept(self):
        os.makedirs(self.path("reports"))
        os.symlink("/dev/full", self.path("reports/last-report.json.new"))
        ended = self.run_it(*self.arguments("drill"), "--json")
        self.assertEqual(ended.returncode, 0, ended)
        self.assertEqual(json.loads(ended.stdout)["result"], "drilled")
        self.assertIn(b"cannot keep the report: No space left on device", ended.stderr)
        self.assertIn(b"remedy: make room on its file system", ended.stderr)
        self.assertEqual(self.run_it("report").returncode, 1)

    def test_no_room_for_the_lock(self):
        shutil.rmtree(self.path("run"), ignore_errors=True)
        os.makedirs(self.path("run"))
        full = ["unshare", "-rm", "sh", "-c",
                'mount -t tmpfs -o nr_inodes=1 none "$INTERREX_PLAYED/run" || exit 99; exec "$@"', "sh"]
        if self.run_it(*full[1:], "true", program=full[0]).returncode:
            self.skipTest("no file system can be mounted here")
        for command in WITH_HOST[:-1]:
            ended = self.run_it(*full[1:], PLAYED, *self.arguments(command), program=full[0])
            self.assertEqual(ended.returncode, 1, ended)
            self.assertIn(b"run/lock: No space left on device", ended.stderr)
            self.assertIn(b"remedy: make room on its file system", ended.stderr)
            self.assertIsNone(self.host())

    def test_report_files(self):
        self.assert_wrong(("report",), 1, "no report on this host", "interrex drill")
        os.makedirs(self.path("reports"))
        for text in (b"", b"{", b"[1, 2", b"\xff\xfe", b"{}", b"[]", b"7", b'{"schema": 2}',
                     b'{"schema": 1, "guests": 3}'):
            with self.subTest(text):
                self.write("reports/last-report.json", text)
                self.assert_wrong(("report",), 1, "last-report.json", "delete the file")

    def test_report_options(self):
        self.run_it(*self.arguments("drill"))
        for text in (b"", b"{", b"[]", b'{"guests": 1}', b'{"guests": [1]}', b'{"guests": [{"name": "nobody"}]}',
                     b'{"guests": [{"name": "g1", "color": 1}]}',
                     b'{"guests": [{"name": "g1", "events_lost": "many"}]}'):
            with self.subTest(text):
                self.assert_wrong(("report", "--merge-guests", self.write("guests.json", text)), 1)
        self.assert_wrong(("report", "--merge-guests", self.path("none")), 1, "none")
        for path in ("/dev/full", self.folder, self.path("none/below")):
            with self.subTest(path):
                self.assert_wrong(("report", "--output", path), 1, path)


if __name__ == "__main__":
    unittest.main()
