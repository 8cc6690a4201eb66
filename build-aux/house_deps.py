# SPDX-License-Identifier: GPL-2.0-only
"""Which file of the house uses which, and what of it: from #include lines, from what headers offer
(macros, types, inline functions), and from the symbols of the objects, or of the text where there
is no object."""

import collections
import os

from c_text import CText
from elf_symbols import symbols

SOURCES = (".c", ".S")
# One use: files, what is used, and the line (0: known from the object alone).
Use = collections.namedtuple("Use", "source target what line")


class House:
    """The files of the plan's rooms, read."""

    def __init__(self, top, plan, names):
        self.top, self.plan = top, plan
        self.room = {name: plan.room_of(name) for name in names if name.endswith((".c", ".h", ".S"))
                     and name.split("/")[0] in plan.houses}
        self.homeless = sorted(name for name, room in self.room.items() if not room)
        self.texts = {name: self._read(name) for name, room in self.room.items() if room in plan.rooms}
        self.without_object = []  # sources of which only the text was looked at
        self.missing = []         # sources whose object should be there
        self._linked = {name: self._symbols(name) for name in sorted(self.texts) if name.endswith(SOURCES)}

    def _read(self, name):
        with open(os.path.join(self.top, name), encoding="utf-8") as file:
            return CText(file.read())

    def part(self, name):
        return self.plan.part_of(self.room[name])

    # ---- Symbols ----

    def _object(self, name):
        """(object, copy of the source that it was made of or None) of a source; None: it has no
        object of its own."""
        best = max((entry for entry in self.plan.objects if name.startswith(entry[0] + "/")),
                   key=lambda entry: len(entry[0]), default=None)
        if not best:
            return None
        inside = os.path.relpath(name, best[0])
        return (os.path.join(self.top, best[1], os.path.splitext(inside)[0] + ".o"),
                os.path.join(self.top, best[2], inside) if best[2] else None)

    def _symbols(self, name):
        """(defined, undefined) of a source."""
        place = self._object(name)
        if place and self._is_current(name, *place):
            return symbols(place[0])
        if place and not place[1]:
            self.missing.append(name)
        elif place:
            self.without_object.append(name)
        return self.texts[name].defines, set(self.texts[name].uses)

    def _is_current(self, name, path, copy):
        """The object is of today's source."""
        source = os.path.join(self.top, name)
        try:
            if copy and not _same(source, copy):
                return False
            return os.path.getmtime(path) >= os.path.getmtime(copy or source)
        except OSError:
            return False

    def _symbol_uses(self):
        homes = collections.defaultdict(list)
        for name, (defined, _) in self._linked.items():
            for symbol in defined:
                homes[symbol].append(name)
        for name, (defined, undefined) in self._linked.items():
            for symbol in undefined - defined:
                target = self._home(name, homes.get(symbol, ()))
                if target:
                    target = self._declared_at_seam(symbol, target)
                    yield Use(name, target, symbol, self.texts[name].uses.get(symbol, 0))

    def _home(self, name, candidates):
        """Of files that define a symbol, the one that is linked with the file: of its part, or of
        that on which the part stands."""
        for part in (self.part(name), self.plan.links[self.part(name)]):
            for candidate in candidates:
                if self.part(candidate) == part:
                    return candidate
        return None

    def _declared_at_seam(self, symbol, target):
        """What a seam's header declares and its room defines counts as the header's."""
        for header, room in self.plan.seams.items():
            if self.room[target] == room and header in self.texts and symbol in self.texts[header].uses:
                return header
        return target

    # ---- Includes, and what headers offer ----

    def _resolve(self, name, included, angled):
        """The project's file that an #include means; None: it is none of ours."""
        folder = os.path.dirname(name)
        stands = next((to + folder[len(of):] for of, to in self.plan.placed
                       if (folder + "/").startswith(of + "/")), folder)
        places = ([] if angled else [folder, stands]) + self.plan.roots
        for place in places:
            path = os.path.normpath(os.path.join(place, included))
            for of, to in [("", ""), *self.plan.placed]:
                real = of + path[len(to):] if path.startswith(to) else path
                if real in self.room:
                    return real
        return None

    def _include_uses(self):
        self._includes = collections.defaultdict(list)
        for name, text in self.texts.items():
            for included, angled, line in text.includes:
                target = self._resolve(name, included, angled)
                if target:
                    self._includes[name].append(target)
                    yield Use(name, target, "#include", line)

    def _seen_headers(self, name):
        seen, todo = set(), [name]
        while todo:
            for header in self._includes[todo.pop()]:
                if header not in seen:
                    seen.add(header)
                    todo.append(header)
        return seen - {name}

    def _header_uses(self):
        """Names that come through another header, perhaps of a third folder."""
        for name, text in self.texts.items():
            for header in sorted(self._seen_headers(name)):
                if header not in self.texts:
                    continue
                for what in sorted(self.texts[header].offers & set(text.uses)):
                    yield Use(name, header, what, text.uses[what])

    def uses(self):
        """Each Use between two files, sorted; first the #includes."""
        found = [*self._include_uses(), *self._header_uses(), *self._symbol_uses()]
        return sorted({use for use in found if use.source != use.target},
                      key=lambda use: (use.source, use.target, use.what != "#include", use.line, use.what))


def _same(one, other):
    with open(one, "rb") as first, open(other, "rb") as second:
        return first.read() == second.read()
