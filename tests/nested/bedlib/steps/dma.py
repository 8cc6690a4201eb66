# SPDX-License-Identifier: GPL-2.0-only
"""A bus master of dom0's: pages between its memory and an edu device, whether or not it runs."""

import json

from ..errors import StepFailed
from .context import Kind
from .usage import WHOLE, check, step


class Dma(Kind):
    """The first of the devices of `host devices="edu,dma_mask=0xffffffff"` has dom0's pages copied to
    its own memory and back (dom0/edu-irq)."""

    def __init__(self, context):
        super().__init__(context)
        self.before = {}

    def _look(self):
        return json.loads(self.must("head -n 1 /proc/edu-irq"))

    @step(device="edu", unless=("dma", "interrupts"))
    def step_dma(self, _words, **_):
        """dma: from here on pages go to the device and back, each transfer 100 ms long."""
        self.must("insmod /lib/modules/edu-irq.ko && echo copy 0 >/proc/edu-irq")
        self.before = self._look()

    @check(after=("dma",), away=WHOLE)
    def check_dma(self, _words, away="0", **_):
        """Every page since `dma` came back right, and more did; `away` transfers at least were under
        way when dom0 stood for a second and more."""
        self.must("sleep 1")
        now = self._look()
        self.say(f"{now['copies']} pages right, {now['wrong']} wrong, {now['away']} while dom0 did not run")
        if now["wrong"] or now["copies"] <= self.before["copies"] or now["away"] < int(away):
            raise StepFailed(f"DMA: {now['copies']} pages right after {self.before['copies']}, {now['wrong']} "
                             f"wrong, {now['away']} while dom0 did not run, {away} expected")
        self.before = now
