# SPDX-License-Identifier: GPL-2.0-only
"""The bed's own exceptions."""


class BedError(Exception):
    """The bed cannot go on (a file is missing, a build failed, QEMU died). log: whose end says
    more, or None."""

    def __init__(self, message, log=None):
        super().__init__(message)
        self.log = log


class StepFailed(Exception):
    """A step of a scenario did not have the result that it had to have."""
