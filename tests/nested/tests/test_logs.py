# SPDX-License-Identifier: GPL-2.0-only
"""bedlib/logs.py: which lines of a kernel's log are faults."""

import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bedlib import logs  # pylint: disable=wrong-import-position


class Faults(unittest.TestCase):
    """faults()"""

    def test_empty(self):
        """Empty lines are none."""
        self.assertEqual(logs.faults(["", " "]), [])

    def test_known(self):
        """What is known to be harmless is none, all else is."""
        line = "[   12.3] vbd vbd-1-51712: 9 reading ring-ref"
        self.assertEqual(logs.faults(["[    9.1] random: crng init done", line]), [line])


if __name__ == "__main__":
    unittest.main()
