# SPDX-License-Identifier: GPL-2.0-only
"""What a C file says by its text alone: what it includes, which names it makes and which it uses.

No compiler and no macro expansion: enough for names that are written as they are.
"""

import functools
import re

# Comments, strings and characters.
NOISE = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.S)
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]+([<"])([^>"\n]+)[>"]', re.M)
DIRECTIVE = re.compile(r"^[ \t]*#(?:\\\n|[^\n])*", re.M)
MACRO = re.compile(r"^[ \t]*#[ \t]*define[ \t]+(\w+)\b(?![ \t]*\n)", re.M)
ATTRIBUTE = re.compile(r"\b__attribute__\s*\(\(.*?\)\)", re.S)
FORWARD = re.compile(r"^[ \t]*(?:struct|union|enum)\s+\w+;", re.M)
TAG = re.compile(r"\b(struct|union|enum)\s+(\w+)")
WORD = re.compile(r"(?<![\w.])(?<!->)[A-Za-z_]\w*")


def _blank(match):
    """As much text as it was, with its lines."""
    return re.sub(r"[^\n]", " ", match.group())


def _declarations(code):
    """(head, body, tail) for each declaration outside of braces: what stands before its braces, in
    them (None: it has none) and behind them."""
    start, depth, head, body = 0, 0, None, None
    for match in re.finditer(r"[{};]", code):
        mark, at = match.group(), match.start()
        if mark == "{":
            if depth == 0:
                head, opened = code[start:at], at + 1
            depth += 1
        elif mark == "}":
            depth -= 1
            if depth == 0:
                body, start = code[opened:at], at + 1
                if head.rstrip().endswith(")"):  # a function: no semicolon follows
                    yield head, body, ""
                    head = body = None
        elif depth == 0:
            yield (code[start:at], None, "") if head is None else (head, body, code[start:at])
            start, head, body = at + 1, None, None


def _made(head, body, tail):
    """The name of the function or object that a declaration makes; None: it makes none."""
    before = head.split("=")[0]
    if "(" in before:
        match = re.search(r"[\w*]\s*\b(\w+)\s*\(", before)
        return match.group(1) if match and body is not None and "=" not in head else None
    if body is not None and "=" not in head:
        before = "x " + tail.split("=")[0]
    words = TAG.sub("x", before.split("[")[0]).split()
    return words[-1].lstrip("*") if len(words) > 1 else None


def _types(head, body, tail):
    """Tags, enumerators and type names that a declaration makes."""
    found = set()
    tag = TAG.search(head)
    if body is not None and tag and "(" not in head and "=" not in head:
        found.add(" ".join(tag.groups()))
    if body is not None and re.search(r"\benum\b", head) and "(" not in head:
        found |= set(re.findall(r"(?:^|,)\s*([A-Za-z_]\w*)", body))
    if re.match(r"\s*typedef\b", head):
        names = (re.findall(r"\(\s*\*\s*(\w+)\s*\)", head)
                 or re.findall(r"\w+(?=\s*(?:\[[^]]*\]\s*)*$)", tail or head))
        found |= set(names[:1])
    return found


class CText:
    """One file's text."""

    def __init__(self, text):
        plain = NOISE.sub(lambda m: _blank(m) if m.group().startswith("/") else m.group(), text)
        # (name, it is in angle brackets, line)
        self.includes = [(m.group(2), m.group(1) == "<", plain.count("\n", 0, m.start()) + 1)
                         for m in INCLUDE.finditer(plain)]
        self.code = NOISE.sub(_blank, INCLUDE.sub(_blank, plain))

    @functools.cached_property
    def _declared(self):
        return list(_declarations(ATTRIBUTE.sub("", DIRECTIVE.sub(_blank, self.code))))

    @functools.cached_property
    def uses(self):
        """{name: line of its first use}, members left out; a tag is named as "struct x"."""
        code = FORWARD.sub(_blank, self.code)
        found = {}
        for pattern in (WORD, TAG):
            for match in pattern.finditer(code):
                found.setdefault(" ".join(match.groups()) or match.group(), match.start())
        return {name: code.count("\n", 0, at) + 1 for name, at in found.items()}

    @functools.cached_property
    def defines(self):
        """Functions and objects with external linkage that it defines."""
        return {_made(*declaration) for declaration in self._declared
                if not re.search(r"\b(?:static|extern|typedef)\b", declaration[0])} - {None}

    @functools.cached_property
    def offers(self):
        """What can be used of it, a header, without a symbol: macros, tags, types, enumerators,
        inline functions."""
        found = {name for name in MACRO.findall(self.code) if not re.search(r"_H_*$", name)}
        for head, body, tail in self._declared:
            found |= _types(head, body, tail)
            if body is not None and re.search(r"\bstatic\b", head):
                found.add(_made(head, body, tail))
        return found - {None}
