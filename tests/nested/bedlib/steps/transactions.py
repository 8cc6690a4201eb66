# SPDX-License-Identifier: GPL-2.0-only
"""Steps of transactions in xenstore that stay open while guests are held (guest/transaction.c)."""

from .context import Kind
from .places import inside
from .usage import RUNS, check, step


class Transactions(Kind):
    """In guests and in dom0."""

    @step(1, 16, guests="places", kind="linux", after=(RUNS,), unless=("transaction *", "pause *"))
    def step_transaction(self, places, timeout="60"):
        """transaction PLACE...: opens a transaction and sets a watch in xenstore, there."""
        for place in places:
            inside(self.dom0, place, f"transaction begin {self._node(place)}", timeout)

    @staticmethod
    def _node(place):
        return "/bed/transaction" if place == "dom0" else "data/transaction"

    @check(1, 16, guests="places", after=("transaction *",), ends=("transaction *",))
    def check_transaction(self, places, timeout="60"):
        """The transactions that were opened there commit, and the watches fire once."""
        for place in places:
            inside(self.dom0, place, f"transaction end {self._node(place)}", timeout)
