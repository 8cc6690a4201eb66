# SPDX-License-Identifier: GPL-2.0-only
"""The steps of scenarios, one module a kind. README.md describes them for those who write
scenarios.

A kind's step_NAME does a step, its check_NAME what `check NAME` asks for; usage.py says how each
declares what it takes, which is checked before anything starts.
"""

import re

from .attempts import Attempts
from .audit import Audit
from .baseline import Baseline
from .clocks import Clocks
from .context import Context
from .crowd import Crowd
from .dma import Dma
from .dom0_io import Dom0Io
from .figures import Figures
from .guests import Guests
from .hostile import Hostile
from .interrex import Interrex
from .interrupts import Interrupts
from .io import Io
from .logs import Logs
from .parks import Parks
from .probes import Probes
from .pvhostile import PvHostile
from .refusals import Refusals
from .regs import Regs
from .reports import Reports
from .settings import Settings
from .struck import Struck
from .traffic import Traffic
from .transactions import Transactions
from .usage import WHOLE, Usage

KINDS = (Attempts, Audit, Baseline, Clocks, Crowd, Dma, Dom0Io, Figures, Guests, Hostile, Interrex, Interrupts, Io, Logs, Parks, Probes, PvHostile, Refusals, Regs,
         Reports, Settings, Struck, Traffic, Transactions)
# What turns.unrolled() writes out.
BLOCKS = {"repeat": Usage(1, 1, {}, word=WHOLE), "end": Usage(0, 0, {})}


def _registered():
    """{name of a step, or "check NAME": (its kind, its method)}"""
    found = {}
    for kind in KINDS:
        for attribute, method in vars(kind).items():
            if hasattr(method, "usage"):
                name = attribute.removeprefix("step_").replace("check_", "check ", 1).replace("_", "-")
                assert name not in found, f"{name}: two kinds do it"
                found[name] = (kind, method)
    return found


REGISTERED = _registered()


class Steps:
    """Does the steps of one run: an object a kind, on one context. shown: see Context."""

    def __init__(self, host, channel, log, shown):
        self.context = context = Context(host, channel, log, shown)
        probes, regs, logs = Probes(context), Regs(context), Logs(context)
        interrex, io, held = Interrex(context), Io(context, logs), Struck(context)
        hostile, pv_hostile = Hostile(context, interrex), PvHostile(context)
        made = (probes, regs, logs, interrex, io, hostile, pv_hostile, Attempts(context, probes, interrex, held), Audit(context), Baseline(context, probes, io), Clocks(context, probes),
                Crowd(context, probes), Dma(context), Dom0Io(context), Figures(context), Guests(context, probes, regs, hostile, pv_hostile), Interrupts(context),
                Parks(context), Refusals(context, interrex),
                Reports(context, probes), Settings(context, probes), held, Traffic(context), Transactions(context))
        self._kinds = {type(kind): kind for kind in made}

    def kind(self, which):
        """The object of this kind."""
        return self._kinds[which]

    def perform(self, words):
        """Does the step of a line."""
        name, plain, keys = taken(words)
        kind, method = REGISTERED[name]
        method(self._kinds[kind], plain, **keys)


def name_of(words):
    """Of the step of a line: its first word, and behind "check" the second."""
    return " ".join(words[:2 if words[0] == "check" else 1])


def usage(words):
    """What the step of this line takes; ValueError where there is none."""
    name = name_of(words)
    if name in BLOCKS:
        return BLOCKS[name]
    if name in REGISTERED:
        return REGISTERED[name][1].usage
    of_checks = words[0] == "check"
    names = [n.removeprefix("check ") for n in [*REGISTERED, *BLOCKS] if n.startswith("check ") == of_checks]
    raise ValueError(f"'{name}' is not known (known: {', '.join(sorted(names))})")


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
    """A line's words -> (name of the step, or "check NAME", the words behind it, {key: value})"""
    plain, given = split(words)
    name = name_of(plain)
    return name, plain[len(name.split()):], given


def check(host, words):
    """Refuses a step that cannot be meant; ValueError says why."""
    name, plain, given = taken(words)
    usage(words).refuse(name, plain, given, host)
