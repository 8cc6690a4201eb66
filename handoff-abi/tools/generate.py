#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Writes what is derived from the ABI's headers (describe.py) and from states.table (states.py).

  generate.py --write    src/tables.c, src/states.c, src/hosted/fields.c, docs/abi.md
  generate.py --check    says which of them are not up to date; exit status 1

They are committed, so that Xen's build needs no step of ours.
"""

import re
import sys
from pathlib import Path

import describe
import states

TOP = Path(__file__).resolve().parents[2]
NOTICE = "Generated from the headers in include/interrex/abi by tools/generate.py: do not edit."


def version(v):
    return f"IRX_VERSION({v[0]}, {v[1]})"


def words(v):
    return f"{v[0]}.{v[1]}"


# ---- src/tables.c ----

LIVE = ("irx_anchor", "irx_cpu", "irx_extent", "irx_port", "irx_domain", "irx_vcpu", "irx_log",
        "irx_fallback", "irx_failure")


def merged(zeros):
    """Neighbouring reserved fields as one run."""
    out = []
    for offset, size in zeros:
        if out and out[-1][0] + out[-1][1] == offset:
            out[-1] = (out[-1][0], out[-1][1] + size)
        else:
            out.append((offset, size))
    return out


def c_layout(s, static):
    forms = ", ".join(f"{{{version(v)}, {size}}}" for v, size in s.forms)
    zeros = merged(s.zeros())
    out = [f"static const struct irx_form {s.name}_forms[] = {{{forms}}};"]
    if zeros:
        rows = ", ".join(f"{{{o}, {n}}}" for o, n in zeros)
        out.append(f"static const struct irx_zeros {s.name}_zeros[] = {{{rows}}};")
    out.append(f"{'static ' if static else ''}const struct irx_layout irx_layout_{s.name} = {{")
    out.append(f'    "{s.name}", {s.name}_forms, {s.name + "_zeros" if zeros else "NULL"}, '
               f"{len(s.forms)}, {len(zeros)}}};")
    return out


def c_type(r):
    flags = [f"IRX_TYPE_{name}" for name, on in (("ARRAY", r.array), ("MANY", "many" in r.flags),
                                                 ("FIRST", "first" in r.flags)) if on]
    layout = f"&irx_layout_{r.struct}" if r.struct else "NULL"
    return (f"    {{IRX_REC_{r.name}, IRX_SECTION_{r.section.upper()}, {version(r.since)}, "
            f"{' | '.join(flags) or 0},\n     \"{r.name.lower()}\", {layout}}},")


def tables_c(abi):
    used = {r.struct for r in abi.records if r.struct}
    features = 0
    for value in abi.names("IRX_FEATURE_"):
        features |= value
    out = ["/* SPDX-License-Identifier: GPL-2.0-only */", f"/* {NOTICE} */", "/* clang-format off */",
           "#include <interrex/abi/op.h>", "#include <interrex/schema.h>", "",
           "/* Every offset and size, as tools/describe.py computed them. */"]
    for s in abi.structs.values():
        out += [f"IRX_OFFSET(struct {s.name}, {f.name}, {f.offset});" for f in s.fields]
        out.append(f"IRX_SIZE(struct {s.name}, {s.size});")
    out.append("")
    for s in abi.structs.values():
        if s.name in used or s.name in LIVE:
            out += c_layout(s, s.name not in LIVE)
    out += ["", "static const struct irx_type_info types[] = {"]
    out += [c_type(r) for r in abi.records]
    out += ["};", "", "const struct irx_schema irx_schema_native = {",
            f"    {version(abi.version)}, {version(abi.oldest)}, {features:#x}ull, types, "
            f"{len(abi.records)},", "};", "",
            f"_Static_assert(IRX_ABI_VERSION == {abi.version[0] << 16 | abi.version[1]:#x}u, \"generate.py\");"]
    return "\n".join(out) + "\n"


# ---- src/hosted/fields.c ----

def c_names(abi, prefix):
    rows = sorted(abi.names(prefix).items())
    body = "".join(f'{{{value:#x}ull, "{name}"}}, ' for value, name in rows)
    return f"static const struct irx_name {prefix.lower()}names[] = {{{body}{{0, NULL}}}};"


def c_field(f):
    if f.choices:  # which of them it is, the structure around it says
        return f'    {{"{f.name}", IRX_FIELD_BYTES, IRX_FIELD_ARRAY, {f.offset}, 1, {f.size}, NULL, NULL}},'
    kind = ("IRX_FIELD_STRUCT" if f.struct else "IRX_FIELD_BYTES" if f.kind == "uint8_t" and f.dims
            else "IRX_FIELD_SIGNED" if f.kind.startswith("int") else "IRX_FIELD_UNSIGNED")
    names = f"{f.prefix.lower()}names" if f.prefix else "NULL"
    struct = f"&{f.struct.name}_fields" if f.struct else "NULL"
    flags = " | ".join(n for n, on in (("IRX_FIELD_RESERVED", f.reserved), ("IRX_FIELD_MASK", f.mask),
                                       ("IRX_FIELD_ARRAY", bool(f.dims))) if on) or "0"
    return (f'    {{"{f.name}", {kind}, {flags}, {f.offset}, {f.element}, {f.count}, '
            f"{names}, {struct}}},")


def fields_c(abi):
    prefixes = sorted({f.prefix for s in abi.structs.values() for f in s.fields if f.prefix})
    out = ["/* SPDX-License-Identifier: GPL-2.0-only */", f"/* {NOTICE} */", "/* clang-format off */",
           '#include "fields.h"', ""]
    out += [c_names(abi, p) for p in prefixes]
    for s in abi.structs.values():
        out += ["", f"static const struct irx_field {s.name}_members[] = {{"]
        out += [c_field(f) for f in s.fields]
        out += ["};", f"const struct irx_fields {s.name}_fields = "
                f'{{"{s.name}", {s.size}, {len(s.fields)}, {s.name}_members}};']
    out += ["", "const struct irx_record_fields irx_record_table[] = {"]
    out += [f"    {{IRX_REC_{r.name}, &{r.struct}_fields}}," for r in abi.records if r.struct]
    out += ["    {0, NULL},", "};"]
    return "\n".join(out) + "\n"


# ---- docs/abi.md ----

def cell(text):
    return text.replace("|", "\\|") or "-"


def struct_table(abi, s):
    out = [f"### struct {s.name}", "", f"{s.size} bytes ({s.header}). {s.doc}".rstrip(), "",
           "| offset | size | field | meaning | since |", "|---:|---:|---|---|---|"]
    for f in s.fields:
        dims = "".join(f"[{d}]" for d in f.dims)
        meaning = "zero" if f.reserved and not f.comment else f.comment
        out.append(f"| {f.offset} | {f.size} | `{f.kind} {f.name}{dims}` | {cell(meaning)} | "
                   f"{words(f.since)} |")
    return out + [""]


def record_table(abi):
    out = ["| record | type | payload | times | writer | reader | life | since | older reader |",
           "|---|---|---|---|---|---|---|---|---|"]
    for r in abi.records:
        about = abi.headers[r.header]
        payload = f"`{r.struct}{'[]' if r.array else ''}`" if r.struct else "bytes"
        each = " a domain" if r.section == "late" else ""
        times = (f"any number{each}" if "many" in r.flags else f"exactly one{each}, the first"
                 if "first" in r.flags else f"at most one{each}")
        older = "skips it" if r.optional else "refuses the stream"
        out.append(f"| {r.name} | {r.type:#x} | {payload}{'; ' + cell(r.text) if r.text else ''} | "
                   f"{times} | {about['Writer']} | {about['Reader']} | {about['Life']} | "
                   f"{words(r.since)} | {older} |")
    return out + [""]


def constant_tables(abi):
    out = []
    for prefix in sorted({f.prefix for s in abi.structs.values() for f in s.fields if f.prefix}):
        out += [f"### {prefix}*", "", "| value | name | meaning |", "|---:|---|---|"]
        for value, name in sorted(abi.names(prefix).items()):
            shown = f"{value:#x}" if value > 9 else str(value)
            out.append(f"| {shown} | {name} | {cell(abi.defines[prefix + name][1])} |")
        out.append("")
    return out


def abi_md(abi, text):
    """The document with the parts between its markers renewed."""
    parts = {"records": record_table(abi), "constants": constant_tables(abi), "structures": []}
    for s in abi.structs.values():
        parts["structures"] += struct_table(abi, s)
    for name, lines in parts.items():
        pattern = rf"(<!-- generated: {name} -->\n).*?(<!-- end: {name} -->)"
        if not re.search(pattern, text, re.S):
            raise describe.Refused(f"docs/abi.md has no part 'generated: {name}'")
        text = re.sub(pattern, lambda m, body="\n".join(lines): m.group(1) + "\n" + body
                      + m.group(2), text, flags=re.S)
    return text


def main():
    if sys.argv[1:] not in (["--write"], ["--check"]):
        sys.exit(__doc__)
    try:
        abi = describe.load()
        doc = TOP / "docs/abi.md"
        want = {TOP / "handoff-abi/src/tables.c": tables_c(abi),
                TOP / "handoff-abi/src/states.c": states.states_c(states.load(abi)),
                TOP / "handoff-abi/src/hosted/fields.c": fields_c(abi),
                doc: abi_md(abi, doc.read_text())}
    except (describe.Refused, states.Refused) as e:
        sys.exit(f"handoff-abi: {e}")
    stale = [p for p, text in want.items() if not p.exists() or p.read_text() != text]
    for path in stale:
        if sys.argv[1] == "--write":
            path.write_text(want[path])
        print(f"{path.relative_to(TOP)}: "
              + ("written" if sys.argv[1] == "--write" else "not up to date: run make golden"))
    sys.exit(1 if stale and sys.argv[1] == "--check" else 0)


main()
