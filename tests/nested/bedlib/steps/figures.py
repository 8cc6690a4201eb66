# SPDX-License-Identifier: GPL-2.0-only
"""Steps of the hosts of `bed costs`."""

import json
import re
import time

from .. import costs
from ..slowness import slowness
from ..errors import StepFailed
from ..qemu import BUILD, DOM0_OPTIONS, xen_command_line
from .context import Kind
from .usage import NUMBER, step


class Figures(Kind):
    """What an update costs."""

    def _figures(self, figures):
        path = BUILD / f"costs/{self.host.name}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")

    @step(after=("drill", "update"), unless=("2 update",), steady=("drill", "update"),
          lone=True, stall_ms=NUMBER)
    def step_costs(self, _words, stall_ms="", **_):
        """costs: the figures of all drills and of the update of this host, for `bed costs`; dom0 stood
        for no longer than stall_ms."""
        figures = costs.interrex_figures(self.results.reports, self.host.memory, self.host.dom0)
        self._figures(figures)
        if stall_ms and figures["service_stall_ms"] > float(stall_ms):
            raise StepFailed(f"dom0 stood for {figures['service_stall_ms']} ms, limit {stall_ms} ms")
        self.say(f"dom0 stood for {figures['service_stall_ms']} ms")

    @step(stock=True)
    def step_kexec(self, _words, timeout="120"):
        """kexec: Debian's Xen starts itself anew; the figures, for `bed costs`. dom0 is gone."""
        console = BUILD / "nested" / self.host.name / "console.log"
        self.must(f"kexec -l /boot/xen --command-line='{xen_command_line(self.host)}' "
                  f"--module='/boot/vmlinux {DOM0_OPTIONS}' --module=/boot/initrd", int(timeout))
        begin = int(self.must("tsc"), 16)
        self.context.channel.leave("sleep 1; echo stock: $(tsc) >/dev/hvc0; kexec -e")
        end = time.monotonic() + 3 * int(timeout) * slowness()  # dom0's clock is gone
        while time.monotonic() < end:
            text = console.read_text(errors="replace")
            begins = [int(m, 16) for m in re.findall(r"stock: ([0-9a-f]{16})\b", text)]
            begins = [b for b in begins if b > begin]
            figures = costs.stock_figures(text, begins[0]) if begins else None
            if figures:
                self._figures(figures)
                return
            time.sleep(0.5)
        raise StepFailed("the next Xen did not hand over to dom0")
