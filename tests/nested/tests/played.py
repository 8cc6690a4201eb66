# SPDX-License-Identifier: GPL-2.0-only
"""A dom0 that is played, for tests of steps."""

import io

from bedlib import host
from bedlib.shown import Shown
from bedlib.steps import Steps


class Dom0:  # pylint: disable=too-few-public-methods
    """Answers commands: {start of a command: (status, output)}, others with success and nothing.
    Its clock stands."""

    ticks = (0, 0)

    def __init__(self, answers):
        self.answers = answers
        self.asked = []  # commands

    def run(self, command, _timeout=60, _show=None, _meanwhile=None):
        """As Channel.run"""
        self.asked.append(command)
        return next((answer for start, answer in self.answers.items() if command.startswith(start)), (0, ""))

    def put(self, data, path):
        """As Channel.put"""


class Notes(Shown):
    """Keeps what is said, and the results."""

    def __init__(self):
        self.said, self.results = [], []

    def ended(self, good, took):
        self.results.append((self.name, good, took))

    def note(self, text):
        self.said.append(text)


def steps(answers, running=("g1", "g2"), **guests):
    """The steps of a host with these guests, some of which run. guests: {name: host.Guest}, two
    plain ones where none is given."""
    described = host.Host("x", guests=guests or {name: host.Guest(name) for name in ("g1", "g2")})
    made = Steps(described, Dom0(answers), io.StringIO(), Notes())
    made.context.running.names[:] = running
    return made
