# SPDX-License-Identifier: GPL-2.0-only
"""Steps of the hosts of `bed costs`."""

import json
import re
import time

from .. import bench, costs
from ..slowness import slowness
from ..errors import StepFailed
from ..qemu import BUILD, DOM0_OPTIONS, xen_command_line
from .context import Kind
from .usage import NUMBER, RUNS, step


class Figures(Kind):
    """What an update costs."""

    def _figures(self, figures):
        if self.host.name.startswith("bench-"):
            bench.leave(self.host.name, figures)
            return
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

    @step(2, word="|".join(axis.name for axis in bench.AXES), after=("drill", "update"), unless=("2 update",),
          steady=("drill", "update"))
    def step_bench(self, words, timeout="600"):
        """bench AXIS VALUE: the figures of all drills and of the update of this host, for `make bench`, as soon as
        Xen has all free memory in its heap."""
        end = self.dom0.clock() + int(timeout)
        while True:
            status = json.loads(self.must("interrex status --json"))
            if not status["host"].get("heap_to_come_mib"):
                break
            if self.dom0.clock() > end:
                raise StepFailed(f"{status['host']['heap_to_come_mib']} MiB are still on their way into the heap")
            self.must("sleep 0.2")
        self._figures(bench.figures_of(words[0], int(words[1]), self.results.reports, status))

    def _takes_ms(self, command):
        begin = self.dom0.clock()
        self.must(command, 600)
        return (self.dom0.clock() - begin) * 1000

    @step(1, guests="first", stock=True, after=(RUNS,))
    def step_save_restore(self, words, **_):
        """save-restore G: how long xl takes to save this guest and to restore it, for `make bench`."""
        file = f"/tmp/{words[0]}.save"
        save = self._takes_ms(f"xl save {words[0]} {file}")
        restore = self._takes_ms(f"xl restore {file}")
        self._figures({"save_ms": save, "restore_ms": restore})

    @step(1, guests="first", stock=True, after=(RUNS,))
    def step_migrate(self, words, **_):
        """migrate G: how long xl takes to migrate this guest to the same host, for `make bench`."""
        self._figures({"takes_ms": self._takes_ms(f"xl migrate -s '' {words[0]} 'xl migrate-receive'")})

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
