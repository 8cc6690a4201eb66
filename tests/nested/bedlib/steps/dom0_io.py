# SPDX-License-Identifier: GPL-2.0-only
"""dom0's own devices at work, bus masters both: a disk (nvme), and a network card (e1000e) to whose other end
the bed talks from outside of the emulator."""

import socket
import subprocess
import weakref

from .. import meanwhile, monitor, probe, pvio
from ..errors import BedError, StepFailed
from ..images import outside_program
from .context import Kind
from .usage import WHOLE, check, step

DISK = "nvme"
OUTSIDE = "10.0.2.2"  # as dom0 sees it: QEMU's user network
TRIES = 5  # at a port of this machine that nobody has


def _free_port():
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


class Outside:
    """The program io-outside. It ends with its input, and so with the bed."""

    def __init__(self, port):
        self._process = subprocess.Popen([outside_program(), str(port), OUTSIDE], stdin=subprocess.PIPE,
                                         stdout=subprocess.PIPE, text=True)
        weakref.finalize(self, self._process.kill)

    def report(self):
        """What it has seen so far."""
        try:
            self._process.stdin.write("report\n")
            self._process.stdin.flush()
            return probe.parse(self._process.stdout.readline())
        except (OSError, ValueError) as e:
            raise BedError(f"io-outside has ended: {e}") from e


class Dom0Io(Kind):
    """Verified writes to dom0's disk, and a TCP stream from outside, both from `dom0-io` on."""

    def __init__(self, context):
        super().__init__(context)
        self._outside = None
        self._before = {}

    def _forward(self, _machine):
        """Has a port of this machine lead to dom0's end of the stream, and a program talk to it."""
        for _ in range(TRIES):
            port = _free_port()
            refused = monitor.command(self.context.channel.directory, f"hostfwd_add nic tcp:127.0.0.1:{port}-:7002")
            if not refused:
                self._outside = Outside(port)
                return
        raise BedError(f"QEMU's user network: {refused}")

    def _reports(self):
        found = {"disk": probe.parse(self.must("guest-probe Domain-0 report program=io seconds=60", 70)),
                 "peer": probe.parse(self.must("nc 127.0.0.1 7003 </dev/null"))}
        if self._outside:
            found["outside"] = self._outside.report()
        return found

    def _faults(self, now):
        """What went wrong since the last look, or has not gone on."""
        before = self._before
        found = pvio.faults(before["disk"], now["disk"])
        if self._outside:
            found += pvio.stream_faults(before["outside"]["stream"], now["outside"]["stream"])
            found += pvio.peer_faults(before["peer"], now["peer"], OUTSIDE)
        return found

    def _missing(self, found):
        """What has not moved anything yet."""
        missing = pvio.not_begun(found["disk"])
        if self._outside and not (found["outside"]["stream"]["received"] and found["peer"]["guests"]):
            missing.append("stream from outside")
        return missing

    @step(device=DISK, unless=("dom0-io",))
    def step_dom0_io(self, _words, timeout="300", **_):
        """dom0-io: dom0's disk and network card are at work from here on."""
        card = any("netdev=nic" in device for device in self.host.devices)
        self.must(f"dom0-io {'card' if card else ''}", int(timeout))
        if card:
            self.dom0.run("stand", meanwhile=lambda: meanwhile.while_it_stands(self.context.channel, [self._forward]))
        for _ in range(int(timeout)):
            self._before = self._reports()
            if not self._missing(self._before):
                return
            self.must("sleep 1")
        raise StepFailed(f"after {timeout} s there is no {', '.join(self._missing(self._before))}")

    @check(after=("dom0-io",), waited_ms=WHOLE)
    def check_dom0_io(self, _words, waited_ms="0", timeout="300", **_):
        """Since `dom0-io` or the last such check all blocks came back right, the stream was right at both ends and
        never broke, and both have gone on. waited_ms: so long at least some request of the disk was on its way,
        since `dom0-io`: over a time in which dom0 did not run."""
        for _ in range(int(timeout)):  # the disk goes by the clock of this machine, which may be a fast one
            self.must("sleep 1")
            now = self._reports()
            found = self._faults(now)
            if not found:
                break
        waited = pvio.worst_ms(now["disk"])["disk"]
        if self._outside:
            self.say(f"from outside: {now['outside']['stream']['received']} messages received, "
                     f"{now['outside']['stream']['sent']} sent")
        self.say("written: " + str(sum(w["written"] for w in now["disk"]["disk"])) + " blocks; longest wait of the disk "
                 f"{waited:.0f} ms")
        if waited < int(waited_ms):
            found.append(f"no request of the disk took as long as {waited_ms} ms, one {waited:.0f} ms")
        if found:
            raise StepFailed(f"dom0's devices: {'; '.join(found)}")
        self._before = now
