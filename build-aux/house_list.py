# SPDX-License-Identifier: GPL-2.0-only
"""The plan of the house as build-aux/house.arrows has it: parts, rooms, allowed arrows. The file's
head describes its form."""

import os
import re

from house_graph import circles

NAME = r"[\w.+/-]+"
TESTS = "tests"  # a folder that may use all rooms, and that none may use


class Mistake(Exception):
    """In the list itself; says where."""


class Plan:
    """parts: {name: title}; rooms: {name: (part, words, [folders])}; uses: {room: {rooms}};
    seams: {header: room that defines what it declares}; objects: [(folder of sources, folder of objects,
    folder of the copies that were compiled or None)]; roots: [(folder, prefix of its files in #include)];
    placed: [(folder, folder in which its files stand when they are compiled)]."""

    def __init__(self, path):
        self.path = os.path.basename(path)
        self.parts, self.links, self.rooms, self.uses, self.lines = {}, {}, {}, {}, {}
        self.seams, self.objects, self.roots, self.placed = {}, [], [], []
        with open(path, encoding="utf-8") as file:
            for number, line in enumerate(file, 1):
                line = line.split("#")[0].strip()
                if line:
                    self._line(number, line)
        self._check()

    def _line(self, number, line):
        forms = (
            (rf"part ({NAME})(?: on ({NAME}))?: (.+)", self._part),
            (rf"room ({NAME}): (.+?) = ({NAME}(?: {NAME})*)", self._room),
            (rf"objects ({NAME}) = ({NAME})(?: of ({NAME}))?", lambda *words: self.objects.append(words)),
            (rf"include ({NAME})", self.roots.append),
            (rf"place ({NAME}) = ({NAME})", lambda *words: self.placed.append(words)),
            (rf"seam ({NAME}) = ({NAME})", self.seams.__setitem__),
            (rf"({NAME}(?: {NAME})*) -> ({NAME}(?: {NAME})*)", self._arrows),
        )
        for form, take in forms:
            match = re.fullmatch(form, line)
            if match:
                self.number = number
                take(*match.groups())
                return
        raise Mistake(f"{self.path}:{number}: not understood: {line}")

    def _part(self, name, links, title):
        self.parts[name], self.links[name] = title, links

    def _room(self, name, words, folders):
        if not self.parts:
            raise Mistake(f"{self.path}:{self.number}: a room before the first part")
        self.rooms[name] = (list(self.parts)[-1], words, folders.split())
        self.uses[name] = set()

    def _arrows(self, users, used):
        for name in (users + " " + used).split():
            if name not in self.rooms:
                raise Mistake(f"{self.path}:{self.number}: {name} is no room")
        for room in users.split():
            self.uses[room] |= set(used.split())
            self.lines.update({(room, other): self.number for other in used.split()})

    def _check(self):
        found = circles(self.uses)
        if found:
            circle = " -> ".join([*found[0], found[0][0]])
            raise Mistake(f"{self.path}: the allowed arrows make a circle: {circle}. Take one of them out: "
                          "folders that use each other are one folder.")
        for room in self.seams.values():
            if room not in self.rooms:
                raise Mistake(f"{self.path}: {room}, at a seam, is no room")

    @property
    def houses(self):
        """Folders at the top that hold rooms."""
        return {folder.split("/")[0] for _, _, folders in self.rooms.values() for folder in folders}

    def room_of(self, name):
        """The room that a file is in, by its path, or TESTS; None: it is in none."""
        folder = os.path.dirname(name)
        if TESTS in folder.split("/"):
            return TESTS
        while folder:
            for room, (_, _, folders) in self.rooms.items():
                if folder in folders:
                    return room
            folder = os.path.dirname(folder)
        return None

    def part_of(self, room):
        return self.rooms[room][0]
