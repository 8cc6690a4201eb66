# SPDX-License-Identifier: GPL-2.0-only
"""dom0's own interrupts: a level line and MSI of QEMU's edu devices, an edge of the CMOS clock."""

import functools
import json
import re

from .. import irqs, meanwhile
from ..errors import StepFailed
from ..monitor import command
from .context import Kind
from .usage import WHOLE, check, step

TICKS = "/tmp/rtc-ticks"
PORT = "pcie-root-port,id=root0"
# A root port notes an error: it tells by MSI-X, without DMA. A completion timeout (bit 14; PCI
# Express 3.0, 7.10.2), from which nothing has to recover: README.md, faults of the emulator, says
# why no correctable one.
PORT_ERROR = "pcie_aer_inject_error root0 0x4000"
# Of an edu device (docs/specs/edu.txt): what it interrupts for, beside the register that raises.
STATUS_FROM_RAISE = 0x24 - 0x60
# The interrupt of an edu device by MSI, in the answer to Xen's debug key i: it cannot be masked.
MSI_VECTOR = r"vec:([0-9a-f]{2}) PCI-MSI +status="


class Interrupts(Kind):
    """The devices are those of `host devices="edu edu"`: the first uses its line, the others
    MSI."""

    def __init__(self, context):
        super().__init__(context)
        self.before = {}  # what was at the last `interrupts` or check
        self.port_errors = self.strays = 0  # asked for since then

    def _devices(self):
        return [json.loads(line) for line in self.must("cat /proc/edu-irq").splitlines()]

    def _clock(self):
        return json.loads(self.must(f"cat {TICKS}"))

    def _config(self):
        """{function: its configuration space as dom0 sees it, up to the head of the extended
        one}"""
        text = self.must("cd /sys/bus/pci/devices; for f in *; do "
                         "echo $f $(head -c 260 $f/config | xxd -p | tr -d '\\n'); done")
        return dict(line.split() for line in text.splitlines())

    @step(device="edu", unless=("interrupts",))
    def step_interrupts(self, _words, timeout="60"):
        """interrupts: the drivers of the devices and of the clock; from here on it counts."""
        self.must("insmod /lib/modules/edu-irq.ko")
        self.must(f"setsid rtc-ticks {TICKS} >{TICKS}.log 2>&1 &")
        self.must(f"for _ in 1 2 3 4 5 6 7 8 9; do [ -e {TICKS} ] && exit; sleep 1; done; "
                  f"cat {TICKS}.log; exit 1", int(timeout))
        if PORT in self.host.devices:
            self._first_port_error()
        self._count_from_here()

    def _port(self):
        """Interrupts of the root port so far; 0 on a host without one."""
        return int(self.must("awk '/aerdrv/ { n = $2 } END { print n + 0 }' /proc/interrupts"))

    def _first_port_error(self):
        """The port interrupts; and what the emulator makes of its registers then is made from here
        on."""
        before = self._port()
        status, _ = self.dom0.run("stand", meanwhile=lambda: meanwhile.while_it_stands(self.context.channel,
                                                                                       [self._port_error]))
        came = self._port() - before
        if status or came != 1:
            raise StepFailed(f"the root port: {came} interrupts for its first error")

    def _count_from_here(self):
        self.port_errors = self.strays = 0
        self.before = {"devices": self._devices(), "clock": self._clock(), "config": self._config(),
                       "updates": len(self.results.updates), "port": self._port()}

    @step(device="pcie-root-port", after=("interrupts",), unless=("port-error-meanwhile",))
    def step_port_error_meanwhile(self, _words, **_):
        """port-error-meanwhile: the root port has an error to report while the next update has no
        dom0."""
        self.context.meanwhile.append(self._port_error)

    def _port_error(self, _memory):
        answer = command(self.context.channel.directory, PORT_ERROR)
        if "OK" not in answer:
            raise StepFailed(f"the root port reports no error: {answer}")
        self.port_errors += 1

    @step(after=("interrupts", "hold"))
    def step_stray(self, _words, timeout="60"):
        """stray: the message of the edu device with MSI goes to the last CPU, as if that had been
        the interrupt's a moment ago."""
        text = self.must("xl dmesg -c >/dev/null; xl debug-keys i; xl dmesg")
        vectors = re.findall(MSI_VECTOR, text)
        if len(vectors) != 1:
            raise StepFailed(f"{len(vectors)} interrupts look like that of the edu device")
        self.must(f"echo stray 1 {int(vectors[0], 16)} {self.host.cpus - 1} >/proc/edu-irq",
                  int(timeout))
        self.strays += 1

    def _port_faults(self, before):
        came = self._port() - before
        if came != self.port_errors:
            return [f"the root port: {came} interrupts for {self.port_errors} errors"]
        return []

    @step(after=("interrupts",), times=WHOLE)
    def step_raise(self, _words, times="5", timeout="60"):
        """raise: every device interrupts, a few times one after the other."""
        devices = range(len(self._devices()))
        writes = "; ".join(f"echo raise {i} >/proc/edu-irq || exit 1" for i in devices)
        self.must(f"n={times}; while [ $n -gt 0 ]; do {writes}; sleep 0.1; n=$((n - 1)); done",
                  int(timeout))

    @step(after=("interrupts",), unless=("raise-meanwhile",))
    def step_raise_meanwhile(self, _words, timeout="60"):
        """raise-meanwhile: every device interrupts, once, while the next update has no dom0."""
        for i in range(len(self._devices())):
            self.must(f"echo await {i} >/proc/edu-irq", int(timeout))
        self.context.meanwhile += [
            functools.partial(self._raise_from_outside, i, device["raise_at"], device["awaited"])
            for i, device in enumerate(self._devices())]

    @staticmethod
    def _raise_from_outside(number, raise_at, value, memory):
        def status():
            return memory.read_word(raise_at + STATUS_FROM_RAISE)
        before = status()
        memory.write_word(raise_at, value)
        if before or status() != value:
            raise StepFailed(f"edu {number} interrupted for {before:#x} before and for {status():#x} after {value:#x}")

    @check(after=("interrupts",), unless=("raise-meanwhile or port-error-meanwhile",), waited_ms=WHOLE)
    def check_interrupts(self, _words, waited_ms="0", **_):
        """Since `interrupts` or the last such check, none was lost, doubled or for nothing."""
        before = self.before
        self.must("sleep 3")
        now, updates = self._devices(), len(self.results.updates) - before["updates"]
        faults = irqs.clock_faults(before["clock"], self._clock())
        faults += irqs.config_faults(before["config"], self._config(), self.host.dom0 != "pv")
        faults += self._port_faults(before["port"])
        for i, (old, new) in enumerate(zip(before["devices"], now)):
            name = f"edu {i} ({new['kind']})"
            faults += irqs.device_faults(name, old, new, updates, self.strays)
            self.say(f"{name}: {new['came']} of {new['asked']}, {new['empty']} for nothing, "
                     f"the last waited {new['waited']} ms")
            faults += irqs.waited_faults(name, new, int(waited_ms))
        if faults:
            raise StepFailed("; ".join(faults))
        self._count_from_here()
