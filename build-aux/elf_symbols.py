# SPDX-License-Identifier: GPL-2.0-only
"""Names that a compiled object defines and uses: a reader of ELF's symbol table (64 bits,
little-endian)."""

import struct

SHT_SYMTAB = 2
STB_LOCAL = 0
SHN_UNDEF = 0
# name type flags addr offset size link info addralign entsize
SECTION = struct.Struct("<IIQQQQIIQQ")
# name info other shndx value size
SYMBOL = struct.Struct("<IBBHQQ")


def _sections(data):
    offset, size, count = (struct.unpack_from(form, data, at)[0]
                           for form, at in (("<Q", 0x28), ("<H", 0x3a), ("<H", 0x3c)))
    return [SECTION.unpack_from(data, offset + number * size) for number in range(count)]


def symbols(path):
    """(defined, undefined): names with linkage that the object at path defines and asks for.

    Raises ValueError where it is no such object.
    """
    with open(path, "rb") as file:
        data = file.read()
    if data[:6] != b"\x7fELF\x02\x01":
        raise ValueError(f"{path}: not an ELF object of 64 bits, little-endian")
    defined, undefined = set(), set()
    sections = _sections(data)
    for _, kind, _, _, offset, size, link, _, _, _ in sections:
        if kind != SHT_SYMTAB:
            continue
        names = sections[link][4]
        for name, info, _, index, _, _ in SYMBOL.iter_unpack(data[offset:offset + size]):
            if not name or info >> 4 == STB_LOCAL:
                continue
            start = names + name
            text = data[start:data.index(b"\0", start)].decode()
            (undefined if index == SHN_UNDEF else defined).add(text)
    return defined, undefined
