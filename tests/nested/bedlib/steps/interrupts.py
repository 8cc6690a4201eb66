# SPDX-License-Identifier: GPL-2.0-only
"""dom0's own interrupts: a level line and MSI of QEMU's edu devices, an edge of the CMOS clock."""

import json
import re

from .. import irqs
from ..errors import StepFailed
from ..monitor import Meanwhile
from ..qemu import BUILD
from .base import WHOLE, Base, check, step

TICKS = "/tmp/rtc-ticks"
# A root port notes an error: it tells by MSI-X, without DMA.
ERROR = "pcie_aer_inject_error -c root0 0x40"
NEXT_XEN = r"Xen version .*-interrex-"
# The interrupt of an edu device by MSI, in the answer to Xen's debug key i: it cannot be masked.
MSI_VECTOR = r"vec:([0-9a-f]{2}) PCI-MSI +status="


class Interrupts(Base):
    """The devices are those of `host devices="edu edu"`: the first uses its line, the others MSI."""

    marked_interrupts = None  # what was at the last `interrupts` or check
    meanwhile = ()  # port errors that are or will be injected
    strays = 0

    def _devices(self):
        return [json.loads(line) for line in self.must("cat /proc/edu-irq").splitlines()]

    def _clock(self):
        return json.loads(self.must(f"cat {TICKS}"))

    def _config(self):
        """{function: its configuration space as dom0 sees it, up to the head of the extended one}"""
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
        self._mark_interrupts()

    def _port(self):
        """Interrupts of the root port so far; 0 on a host without one."""
        return int(self.must("awk '/aerdrv/ { n = $2 } END { print n + 0 }' /proc/interrupts"))

    def _mark_interrupts(self):
        self.meanwhile, self.strays = [], 0
        self.marked_interrupts = {"devices": self._devices(), "clock": self._clock(),
                                  "config": self._config(), "updates": len(self.updates),
                                  "port": self._port()}

    @step(device="pcie-root-port", after=("interrupts",))
    def step_port_error(self, _words, timeout="120"):
        """port-error: the root port has an error to report once the next Xen has begun to boot."""
        directory = BUILD / "nested" / self.host.name
        self.meanwhile.append(Meanwhile(directory, NEXT_XEN, ERROR, int(timeout)))

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
        faults = [e for m in self.meanwhile for e in [m.finish()] if "OK" not in e]
        came = self._port() - before
        if came != len(self.meanwhile):
            faults.append(f"the root port: {came} interrupts for {len(self.meanwhile)} errors")
        return faults

    @step(after=("interrupts",), times=WHOLE)
    def step_raise(self, _words, times="5", timeout="60"):
        """raise: every device interrupts, a few times one after the other."""
        devices = range(len(self._devices()))
        writes = "; ".join(f"echo raise {i} >/proc/edu-irq || exit 1" for i in devices)
        self.must(f"n={times}; while [ $n -gt 0 ]; do {writes}; sleep 0.1; n=$((n - 1)); done",
                  int(timeout))

    @step(1, word=WHOLE, after=("interrupts",))
    def step_compute(self, words, timeout="60"):
        """compute NUMBER: every device interrupts once it has computed a factorial."""
        for i in range(len(self._devices())):
            self.must(f"echo compute {i} {int(words[0])} >/proc/edu-irq", int(timeout))

    @check(after=("interrupts",), waited_ms=WHOLE)
    def check_interrupts(self, _words, waited_ms=None, **_):
        """Since `interrupts start` or the last such check, none was lost, doubled or for nothing."""
        before = self.marked_interrupts
        self.must("sleep 3")
        now, updates = self._devices(), len(self.updates) - before["updates"]
        faults = irqs.clock_faults(before["clock"], self._clock())
        faults += irqs.config_faults(before["config"], self._config())
        faults += self._port_faults(before["port"])
        for i, (old, new) in enumerate(zip(before["devices"], now)):
            name = f"edu {i} ({new['kind']})"
            faults += irqs.device_faults(name, old, new, updates, self.strays)
            print(f"# {name}: {new['came']} of {new['asked']}, {new['empty']} for nothing, "
                  f"the last waited {new['waited']} ms")
            if waited_ms and not new["waited"] >= int(waited_ms):
                faults.append(f"{name} did not interrupt while dom0 stood: this shows nothing")
        if faults:
            raise StepFailed("; ".join(faults))
        self._mark_interrupts()
