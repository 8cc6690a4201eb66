# SPDX-License-Identifier: GPL-2.0-only
"""The driver of the nested bed."""

import sys
from pathlib import Path

# What it shares with tests/run: progress.py.
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
