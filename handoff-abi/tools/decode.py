#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""The second decoder: reads a file of a handoff by code of its own.

usage: decode.py FILE

Prints the JSON that `interrex-abi dump --json FILE` prints, byte for byte, or
says why the file is refused. It shares the description of the structures with
the C code (describe.py reads the headers), and nothing else: framing, CRC, rules
and printing are written a second time here, so that a mistake in one of them
shows. Exit status: 0 sound, 1 refused, 4 of another kind.
"""

import json
import struct
import sys

import describe

STREAM_MAGIC, ANCHOR_MAGIC, ELF_MAGIC = b"IRXSTRAM", b"INTERREX", b"\x7fELF"
OPTIONAL, TAIL_IGNORABLE = 0x80000000, 1
DOMID_LIMIT = 0x7ff0
WHOLE_BYTES = 32
WITH_XEN = 0


class Refused(Exception):
    """The file breaks a rule."""


def refuse(condition, text):
    if condition:
        raise Refused(text)


def crc32c(data):
    """Bit by bit, as the polynomial is defined: slow and plain."""
    crc = 0xffffffff
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82f63b78 if crc & 1 else 0)
    return crc ^ 0xffffffff


# ---- Structures ----

CODES = {"uint8_t": "B", "uint16_t": "H", "uint32_t": "I", "uint64_t": "Q", "irx_off_t": "Q",
         "int8_t": "b", "int16_t": "h", "int32_t": "i", "int64_t": "q"}


def raw(kind, data):
    """{field: value} of a structure, integers as they are; missing bytes are zero."""
    data = data[:kind.size].ljust(kind.size, b"\0")
    out, at = {}, 0
    for f in kind.fields:
        values = []
        for _ in range(f.count):
            if f.struct:
                values.append(raw(f.struct, data[at:at + f.struct.size]))
                at += f.struct.size
            else:
                code = "<" + CODES[f.kind]
                values.append(struct.unpack_from(code, data, at)[0])
                at += struct.calcsize(code)
        out[f.name] = values if f.dims else values[0]
    return out


def reserved_fields(kind, values):
    """Every value of a reserved field, nested ones too."""
    for f in kind.fields:
        parts = values[f.name] if f.dims else [values[f.name]]
        for part in parts:
            if f.struct:
                yield from reserved_fields(f.struct, part)
            elif f.reserved:
                yield part


def shown(kind, values):
    """As printed: see src/hosted/dump_json.h."""
    out = {}
    for f in kind.fields:
        if f.reserved:
            continue
        value = values[f.name]
        if f.kind == "uint8_t" and f.dims:
            data = bytes(value)
            out[f.name] = (data.rstrip(b"\0") if len(data) > WHOLE_BYTES else data).hex()
        elif f.dims:
            out[f.name] = [shown_one(f, v) for v in value]
        else:
            out[f.name] = shown_one(f, value)
    return out


def shown_one(field, value):
    if field.struct:
        return shown(field.struct, value)
    return f"{value:#x}" if CODES[field.kind] == "Q" else value


def size_in(kind, version):
    """Size of a structure as a version has it."""
    sizes = [size for since, size in kind.forms if since <= version]
    return sizes[-1] if sizes else kind.forms[0][1]


# ---- Streams ----

class Stream:
    """Validates in the constructor; .records are [(header, payload)]."""

    def __init__(self, abi, data):
        self.abi, self.data = abi, data
        self.types = {r.type: r for r in abi.records}
        header = abi.structs["irx_stream_header"]
        refuse(len(data) < header.size, "shorter than its header")
        self.header = raw(header, data)
        self.check_header(header)
        self.version = (self.header["version"] >> 16, self.header["version"] & 0xffff)
        self.records = list(self.walk(header.size))
        refuse(len(self.records) != self.header["record_count"], "record count")
        self.check_groups()

    def check_header(self, kind):
        h, abi = self.header, self.abi
        native = abi.version[0] << 16 | abi.version[1]
        oldest = abi.oldest[0] << 16 | abi.oldest[1]
        known = 0
        for bit in abi.names("IRX_FEATURE_"):
            known |= bit
        refuse(h["version"] >> 16 != abi.version[0], "another major version")
        refuse(h["oldest_reader"] > h["version"], "oldest reader newer than the version")
        refuse(h["oldest_reader"] > native, "needs a newer reader")
        refuse(h["version"] < oldest, "too old")
        refuse(h["header_size"] != kind.size, "header size")
        refuse(h["total_size"] != len(self.data), "total size")
        refuse(h["section"] not in (1, 2), "section")
        refuse(h["producer"] not in (1, 2, 3), "producer")
        refuse(h["valid"] not in (0, 1), "valid")
        refuse(any(reserved_fields(kind, h)), "reserved field of the header")
        refuse(h["features"] & ~known, "unknown features")
        # The CRC covers all with `valid` and `crc` as zero.
        copy = bytearray(self.data)
        for f in kind.fields:
            if f.name in ("valid", "crc"):
                copy[f.offset:f.offset + f.size] = bytes(f.size)
        refuse(crc32c(copy) != h["crc"], "CRC of the whole")

    def walk(self, at):
        kind = self.abi.structs["irx_record"]
        while at < len(self.data):
            refuse(len(self.data) - at < kind.size, "record header leaves the stream")
            rec = raw(kind, self.data[at:])
            at += kind.size
            end = at + rec["length"]
            padded = (end + 7) // 8 * 8
            refuse(padded > len(self.data), "record leaves the stream")
            payload = self.data[at:end]
            refuse(rec["flags"] & ~TAIL_IGNORABLE, "record flags")
            refuse(crc32c(payload) != rec["crc"], "CRC of a record")
            refuse(any(self.data[end:padded]), "padding")
            self.check_payload(rec, payload)
            yield rec, payload
            at = padded

    def check_payload(self, rec, payload):
        known = self.types.get(rec["type"])
        if not known:
            refuse(not rec["type"] & OPTIONAL, "unknown mandatory record")
            return
        section = {"early": 1, "late": 2}[known.section]
        refuse(section != self.header["section"], "record of the other section")
        refuse(known.since > self.version, "record newer than the version")
        if not known.struct:
            return
        kind = self.abi.structs[known.struct]
        size = size_in(kind, self.version)
        if known.array:
            refuse(len(payload) % size, "array of no whole number of elements")
        else:
            refuse(len(payload) < kind.forms[0][1], "shorter than the first form")
            refuse(any(payload[size:]) and not rec["flags"] & TAIL_IGNORABLE, "unknown tail")
        for element in self.elements(known, payload):
            refuse(any(reserved_fields(kind, element)), "reserved field")

    def elements(self, known, payload):
        """The structures of a record as this version of the headers has them."""
        kind = self.abi.structs[known.struct]
        size = size_in(kind, self.version)
        if not known.array:
            return [raw(kind, payload[:size])]
        return [raw(kind, payload[i:i + size]) for i in range(0, len(payload), size)]

    def check_groups(self):
        late = self.header["section"] == 2
        before, seen = None, set()
        for rec, _ in self.records:
            instance, known = rec["instance"], self.types.get(rec["type"])
            refuse(instance >= DOMID_LIMIT if late else instance != 0, "instance")
            if late and instance != before:
                refuse(before is not None and instance < before, "order of domains")
                refuse(not known or "first" not in known.flags, "domain record is not the first")
                seen = set()
            before = instance
            if known and "many" not in known.flags:
                refuse(rec["type"] in seen, "record occurs twice")
                seen.add(rec["type"])

    def tree(self):
        records = []
        for rec, payload in self.records:
            known = self.types.get(rec["type"])
            if known and known.struct:
                kind = self.abi.structs[known.struct]
                data = [shown(kind, e) for e in self.elements(known, payload)]
            else:
                data = payload.hex()
            records.append({"type": rec["type"], "name": known.name.lower() if known else None,
                            "flags": rec["flags"], "instance": rec["instance"],
                            "crc": rec["crc"], "length": rec["length"], "data": data})
        return {"kind": "stream", "header": shown(self.abi.structs["irx_stream_header"], self.header),
                "records": records}


# ---- Regions ----

class Region:
    """A dump of R from its start on; may end early. Trusts the anchor's places, not their bounds."""

    def __init__(self, abi, data):
        self.abi, self.data = abi, data
        anchor = abi.structs["irx_anchor"]
        refuse(len(data) < anchor.size, "shorter than its anchor")
        self.anchor = raw(anchor, data)

    def at(self, off, size):
        return self.data[off:off + size] if off + size <= len(self.data) else None

    def entry(self, table, index, kind):
        table, kind = self.anchor[table], self.abi.structs[kind]
        version = (self.anchor["version"] >> 16, self.anchor["version"] & 0xffff)
        data = self.at(table["off"] + index * table["stride"], size_in(kind, version))
        return raw(kind, data.ljust(kind.size, b"\0")) if data is not None else None

    def array(self, off, count, kind):
        kind = self.abi.structs[kind]
        data = self.at(off, count * kind.size)
        if data is None:
            return None
        return [shown(kind, raw(kind, data[i * kind.size:])) for i in range(count)]

    def show_entry(self, table, index, kind):
        entry = self.entry(table, index, kind)
        return shown(self.abi.structs[kind], entry) if entry else None

    def domain(self, entry, d):
        return {"entry": entry, "domain": shown(self.abi.structs["irx_domain"], d),
                "extents": self.array(d["extents"], d["extent_count"], "irx_extent"),
                "ports": self.array(d["ports"], d["port_count"], "irx_port"),
                "vcpus": [self.show_entry("vcpus", d["vcpu_first"] + i, "irx_vcpu")
                          for i in range(d["vcpu_count"])]}

    def log(self):
        kind = self.abi.structs["irx_log"]
        start = self.anchor["log"]["off"]
        log = raw(kind, self.at(start, kind.size) or b"")
        ring = self.at(start + kind.size, log["size"])
        if not log["size"] or ring is None:
            return None
        turn = log["head"] % log["size"]
        text = ring[:log["head"]] if log["head"] < log["size"] else ring[turn:] + ring[:turn]
        return "".join(chr(b) if 32 <= b < 127 or b == 10 else "?" for b in text)

    def section(self, name):
        used = self.anchor[name + "_used"]
        data = self.at(self.anchor[name]["off"], used) if used else None
        return Stream(self.abi, data).tree() if data else None

    def tree(self):
        a = self.anchor
        cpus = [self.entry("cpus", i, "irx_cpu") for i in range(a["cpus"]["count"])]
        domains = [(i, self.entry("domains", i, "irx_domain")) for i in range(a["domains"]["count"])]
        return {"kind": "region", "anchor": shown(self.abi.structs["irx_anchor"], a),
                "cpus": [shown(self.abi.structs["irx_cpu"], c) for c in cpus if c and c["state"]],
                "domains": [self.domain(i, d) for i, d in domains
                            if d and d["generation"] == a["generation"]
                            and d["state"] != WITH_XEN],
                "log": self.log(), "early": self.section("early"), "late": self.section("late")}


# ---- Notes ----

def notes(data, at, size):
    """[(name, type, payload)] of a run of ELF notes."""
    end = at + size
    refuse(end > len(data), "notes lie outside the file")
    while at + 12 <= end:
        name_size, desc_size, kind = struct.unpack_from("<III", data, at)
        name = at + 12
        desc = name + (name_size + 3) // 4 * 4
        at = desc + (desc_size + 3) // 4 * 4
        refuse(desc + desc_size > end, "a note leaves its segment")
        yield data[name:name + name_size].rstrip(b"\0"), kind, data[desc:desc + desc_size]


def elf_note(abi, data):
    wide = data[4] == 2
    phoff = struct.unpack_from("<Q" if wide else "<I", data, 32 if wide else 28)[0]
    size, count = struct.unpack_from("<HH", data, 54 if wide else 42)
    for i in range(count):
        at = phoff + i * size
        if struct.unpack_from("<I", data, at)[0] != 4:  # PT_NOTE
            continue
        offset = struct.unpack_from("<Q" if wide else "<I", data, at + (8 if wide else 4))[0]
        length = struct.unpack_from("<Q" if wide else "<I", data, at + (32 if wide else 16))[0]
        for name, kind, desc in notes(data, offset, length):
            if name == b"Interrex" and kind == abi.defines["IRX_NOTE_TYPE"][0]:
                return {"kind": "note", "note": shown(abi.structs["irx_note"],
                                                      raw(abi.structs["irx_note"], desc))}
    raise Refused("no Interrex note in its segments")


def decode(abi, data):
    """The tree that is printed, or Refused; None: a file of another kind."""
    if data[:8] == STREAM_MAGIC:
        return Stream(abi, data).tree()
    if data[:8] == ANCHOR_MAGIC:
        return Region(abi, data).tree()
    if data[:4] == ELF_MAGIC:
        return elf_note(abi, data)
    return None


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    with open(sys.argv[1], "rb") as file:
        data = file.read()
    try:
        tree = decode(describe.load(), data)
    except (Refused, struct.error) as e:
        print(f"{sys.argv[1]}: refused: {e}", file=sys.stderr)
        return 1
    if tree is None:
        print(f"{sys.argv[1]}: no file of a handoff", file=sys.stderr)
        return 4
    print(json.dumps(tree, indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main())
