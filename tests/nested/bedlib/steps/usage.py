# SPDX-License-Identifier: GPL-2.0-only
"""How a step says what its line may say, and when it may come.

A step is a method step_NAME of a kind (context.py) with @step before it; what `check NAME` does is
a method check_NAME with @check. Both get the words behind the name as a list, and key=value pairs
as keyword arguments.
"""

import dataclasses
import inspect
import re

NUMBER = r"[0-9]+(\.[0-9]+)?"
WHOLE = r"[0-9]+"
XEN = r"[A-Z]"
FILE = r"[a-z0-9-]+/[a-z0-9-]+\.[a-z]+"
RUNS = "start * or moved *"
REGEX = "(a regular expression)"  # not a pattern: the value is one


@dataclasses.dataclass(frozen=True)
class Usage:
    """What a line may say. least, most: number of words; keys: {key: pattern of its value};
    required: the keys that it cannot do without. guests: "all" words, or only the "first", are
    guests; "places": all are guests or dom0. text: the word with this number is text, even with a
    '=' in it. word: pattern of the first word. regexes: from this word on they are regular
    expressions. stock: only on a host of stock Xen. device: only on a host with such a PCI device.

    When it may come (turns.py). The guests that a step is about are those among its words; without
    any, where it has a kind, all that run and are of this kind ("linux", "regs", or "io": with a
    disk or an interface), at least one of them unless `some` is False. after, unless and ends hold
    lines of other steps: each of `after` has to be done, none of `unless` may be, and what `ends`
    names, with all that begins like it, is not done any more from here on. "A or B": either; "8
    update": so often; '*': each guest that the step is about; '@': its words. result: it is only
    done if it is to have this result. steady: in each of these steps before it the host had the
    same guests; lone: just one."""
    least: int
    most: int
    keys: dict
    required: tuple = ()
    guests: str = ""
    text: int = 0
    word: str = ""
    regexes: int = 0
    stock: bool = False
    device: str = ""
    after: tuple = ()
    unless: tuple = ()
    ends: tuple = ()
    kind: str = ""
    some: bool = True
    result: str = ""
    steady: tuple = ()
    lone: bool = False

    def named(self, words):
        """Those of the words that are guests, or dom0."""
        return {"all": words, "places": words, "first": words[:1]}.get(self.guests, [])

    def refuse_keys(self, name, given):
        """Raises ValueError where a key or its value cannot be meant."""
        for key, value in given.items():
            pattern = {**self.keys, "timeout": WHOLE}.get(key)
            if pattern is None:
                raise ValueError(f"{name} knows no '{key}'")
            if pattern == REGEX:
                compiles(value)
            elif not re.fullmatch(pattern, value):
                raise ValueError(f"'{value}' is not a value for {key}")
        for key in self.required:
            if key not in given:
                raise ValueError(f"{name} needs {key}=")

    def refuse(self, name, words, given, host):
        """Raises ValueError where a step cannot be meant."""
        if not self.least <= len(words) <= self.most:
            raise ValueError(f"{name} takes {self.least} to {self.most} words, not {len(words)}")
        self.refuse_keys(name, given)
        for guest in self.named(words):
            if guest not in host.guests and (guest != "dom0" or self.guests != "places"):
                raise ValueError(f"no guest {guest} is described above")
            if self.kind and guest != "dom0" and not host.guests[guest].is_a(self.kind):
                raise ValueError(f"{guest} is not a guest of kind {self.kind}")
        if self.word and not re.fullmatch(self.word, words[0]):
            raise ValueError(f"{name} takes {MEANINGS.get(self.word, self.word)}, not '{words[0]}'")
        for word in words[self.regexes:] if self.regexes else ():
            compiles(word)
        if self.stock and not host.stock:
            raise ValueError(f"{name} is for a host of stock Xen")
        if self.device and self.device not in [d.partition(",")[0] for d in host.devices]:
            raise ValueError(f"{name} is for a host with a device {self.device}")


MEANINGS = {NUMBER: "a number", WHOLE: "a whole number", XEN: "the letter of a Xen",
            FILE: "the name of a file below build/"}


def compiles(text):
    """Raises ValueError where a text is no regular expression."""
    try:
        re.compile(text)
    except re.error as e:
        raise ValueError(f"'{text}' is no regular expression: {e}") from e


PROPERTIES = tuple(field.name for field in dataclasses.fields(Usage)
                   if field.name not in ("least", "most", "keys", "required"))


def step(least=0, most=None, **rest):
    """Declares a step: see Usage. most: as many as least if it is not given. What of the rest is no
    property of Usage is a key (keys={...}: one that is called like a property); it is required
    where the method has no value for it."""
    properties = {name: rest.pop(name) for name in PROPERTIES if name in rest}
    rest = {**rest, **rest.pop("keys", {})}

    def declare(method):
        required = tuple(name for name, p in inspect.signature(method).parameters.items()
                         if name in rest and p.default is p.empty and p.kind != p.VAR_KEYWORD)
        method.usage = Usage(least, least if most is None else most, rest, required, **properties)
        return method
    return declare


check = step  # the same for a method check_NAME, of the words behind the name
