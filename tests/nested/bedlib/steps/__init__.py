# SPDX-License-Identifier: GPL-2.0-only
"""The steps of scenarios, one module a kind. README.md describes them for those who write scenarios.

Steps.step_NAME does a step, Steps.check_NAME what `check NAME` asks for; base.py says how each declares
what it takes, which is checked before anything starts.
"""

import re

from .base import WHOLE, Usage, step
from .clocks import Clocks
from .figures import Figures
from .guests import Guests
from .interrex import trends
from .interrupts import Interrupts
from .io import Io
from .settings import Settings
from .traffic import Traffic

__all__ = ["Steps", "check", "find", "split", "taken", "trends", "usage"]

# What run.unrolled() writes out.
BLOCKS = {"repeat": Usage(1, 1, {}, word=WHOLE), "end": Usage(0, 0, {})}


class Steps(Guests, Io, Interrupts, Figures, Clocks, Settings, Traffic):
    """Runs steps on a booted machine and remembers what they found."""

    @step(1, 17)
    def step_check(self, words, **keys):
        """check WHAT"""
        find("check", words[0])(self, words[1:], **keys)


def find(kind, name):
    """The method of a step or a check, or None."""
    return getattr(Steps, f"{kind}_{name.replace('-', '_')}", None)


def usage(words):
    """What the step of this line takes; ValueError where there is none."""
    if words[0] in BLOCKS:
        return BLOCKS[words[0]]
    method = find(*(words if words[0] == "check" and len(words) > 1 else ("step", words[0]))[:2])
    if method is None:
        kind = "check" if words[0] == "check" else "step"
        names = [n.partition("_")[2].replace("_", "-") for n in dir(Steps)
                 if n.startswith(kind + "_")] + ([] if kind == "check" else [*BLOCKS])
        raise ValueError(f"'{' '.join(words[:2] if kind == 'check' else words[:1])}' is not known "
                         f"(known: {', '.join(sorted(names))})")
    return method.usage


def split(words):
    """A line's words -> (plain words, {key: value})."""
    text = usage(words).text
    plain, keys = [], {}
    for number, word in enumerate(words):
        key, sep, value = word.partition("=")
        if sep and re.fullmatch(r"[a-z_]+", key) and not (text and number == text):
            keys[key] = value
        else:
            plain.append(word)
    return plain, keys


def taken(words):
    """A line's words -> (name of the step or check, the words behind it, {key: value})"""
    plain, given = split(words)
    length = 2 if words[0] == "check" else 1
    return " ".join(plain[:length]), plain[length:], given


def check(host, words):
    """Refuses a step that cannot be meant; ValueError says why."""
    name, plain, given = taken(words)
    usage(words).refuse(name, plain, given, host)
