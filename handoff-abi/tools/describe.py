# SPDX-License-Identifier: GPL-2.0-only
"""Reads the ABI's headers: the one description that everything is derived from.

The headers of include/interrex/abi keep to a restricted style, parsed strictly
here (anything else is an error):

  #define IRX_NAME value           /* comment */
  struct irx_name {
      uint32_t field;              /* comment; "since 1.1" gives the version */
      struct irx_other nested[2];  any of the types in SCALARS, or a structure
      union { ... } name;          of such fields; as large as the largest of them
  };
  IRX_SIZE(struct irx_name, bytes);  one for every structure
  IRX_OFFSET(struct irx_name, member, offset);

A comment that names IRX_FOO_* says that the field holds one of these constants
(or, in a field called flags, features, required or optional, a set of them).
Fields called reserved* are zero. A record is a definition in early.h or late.h:

  #define IRX_REC_NAME 1u /* struct irx_name[]; many; since 1.1: free text */

(or the comment on the line before it) with the payload `struct irx_name`, `struct irx_name[]` or `bytes`, then any of
`many` (may occur more than once for an instance), `first` (opens the records of
its instance) and `since`. The comment at the top of the file says Writer:,
Reader: and Life: of its records.
"""

import ast
import re
from pathlib import Path

ABI = Path(__file__).resolve().parent.parent / "include/interrex/abi"
HEADERS = ("types.h", "version.h", "stream.h", "anchor.h", "early.h", "live.h", "late.h", "op.h")
SCALARS = {"uint8_t": 1, "uint16_t": 2, "uint32_t": 4, "uint64_t": 8,
           "int8_t": 1, "int16_t": 2, "int32_t": 4, "int64_t": 8, "irx_off_t": 8}
MASKS = ("flags", "features", "required", "optional")


class Refused(Exception):
    """A header that is not in the restricted style."""


class Field:
    """A member: kind is the type's name, dims its array bounds, comment its meaning."""

    def __init__(self, kind, name, dims, comment):
        self.kind, self.name, self.dims, self.comment = kind, name, dims, comment
        self.since = parse_since(comment)
        self.offset = self.size = self.element = 0
        self.struct = None
        self.choices = []  # the fields of a union

    @property
    def count(self):
        n = 1
        for d in self.dims:
            n *= d
        return n

    @property
    def reserved(self):
        return self.name.startswith("reserved")

    @property
    def prefix(self):
        """IRX_FOO_ if the comment names IRX_FOO_*, else None."""
        m = re.search(r"\b(IRX_[A-Z0-9_]+_)\*", self.comment)
        return m.group(1) if m else None

    @property
    def grows(self):
        """It is a structure that later versions appended to."""
        return bool(self.struct) and len(self.struct.forms) > 1

    @property
    def mask(self):
        return self.name in MASKS


class Struct:
    def __init__(self, name, header, doc):
        self.name, self.header, self.doc = name, header, doc
        self.fields = []
        self.size = 0
        self.align = 1
        self.forms = []  # [(since, size)]
        self.pinned = False

    def zeros(self, base=0):
        """[(offset, size)] of reserved bytes, those of nested structures too."""
        out = []
        for f in self.fields:
            if f.reserved:
                out.append((base + f.offset, f.size))
            elif f.struct:
                for i in range(f.count):
                    out += f.struct.zeros(base + f.offset + i * f.element)
        return out


class Record:
    def __init__(self, name, value, header, m):
        self.name, self.type, self.header = name, value, header
        self.section = Path(header).stem
        self.struct, self.array = m.group("struct"), bool(m.group("array"))
        self.flags = set(re.findall(r"many|first", m.group("attrs")))
        self.since = parse_since(m.group("attrs"))
        self.text = m.group("text") or ""

    @property
    def optional(self):
        return bool(self.type & 0x80000000)


class Abi:
    def __init__(self):
        self.defines = {}  # name: (value, comment)
        self.structs = {}  # name: Struct
        self.records = []
        self.headers = {}  # file: {"doc": text, "Writer": text, ...}

    @property
    def version(self):
        return (self.defines["IRX_ABI_MAJOR"][0], self.defines["IRX_ABI_MINOR"][0])

    @property
    def oldest(self):
        """Support: this version and the two before it, of the same major."""
        return (self.version[0], max(0, self.version[1] - 2))

    def names(self, prefix):
        """{value: name without the prefix} of the constants IRX_FOO_*."""
        inner = {f.prefix for s in self.structs.values() for f in s.fields if f.prefix}
        inner = {p for p in inner if p.startswith(prefix) and p != prefix} | {prefix + "F_"}
        out = {}
        for name, (value, _) in self.defines.items():
            if (name.startswith(prefix) and not any(name.startswith(p) for p in inner)
                    and name not in (prefix + "ALL", prefix + "MAX")):
                out.setdefault(value, name[len(prefix):])
        return out


def strip_comment(text):
    """The words of a /* comment */, on one line."""
    text = re.sub(r"^/\*|\*/$", "", text.strip())
    return " ".join(re.sub(r"^\s*\*", "", line).strip() for line in text.splitlines()).strip()


def parse_since(text):
    m = re.search(r"\bsince (\d+)\.(\d+)\b", text)
    return (int(m.group(1)), int(m.group(2))) if m else (1, 0)


def evaluate(expr, defines):
    """An integer constant expression of C: numbers, known names, + - * << |."""
    text = re.sub(r"\b(0[xX][0-9a-fA-F]+|\d+)[uUlL]+\b", r"\1", expr)
    text = re.sub(r"\(uint\d+_t\)", "", text)
    ops = {ast.Add: lambda a, b: a + b, ast.Sub: lambda a, b: a - b, ast.Mult: lambda a, b: a * b,
           ast.LShift: lambda a, b: a << b, ast.BitOr: lambda a, b: a | b}

    def walk(node):
        if isinstance(node, ast.Constant) and isinstance(node.value, int):
            return node.value
        if isinstance(node, ast.Name) and node.id in defines:
            return defines[node.id][0]
        if isinstance(node, ast.BinOp) and type(node.op) in ops:
            return ops[type(node.op)](walk(node.left), walk(node.right))
        raise Refused(f"not a constant: {expr}")

    try:
        return walk(ast.parse(text.strip(), mode="eval").body)
    except SyntaxError as e:
        raise Refused(f"not a constant: {expr}") from e


COMMENT = r"/\*(?:[^*]|\*(?!/))*\*/"
TOP = re.compile(rf"""
    (?P<space>\s+)
  | (?P<comment>{COMMENT})
  | (?P<struct>struct[ ](?P<sname>\w+)[ ]\{{(?P<body>(?:{COMMENT}|union[ ]\{{[^}}]*\}}|[^}}])*)\}};)
  | (?P<pin>IRX_(?P<pkind>SIZE|OFFSET)\(struct[ ](?P<pname>\w+),[ ](?P<pargs>[^;]*)\);)
  | (?P<typedef>typedef[ ]uint64_t[ ]irx_off_t;)
  | (?P<define>\#define[ ](?P<dname>\w+)(?P<dargs>\([^)]*\))?
       (?P<dvalue>(?:[^\n/\\]|\\\n)*)(?P<dcomment>{COMMENT})?)
  | (?P<directive>\#(?:ifndef|if|else|endif|include)\b[^\n]*)
""", re.X)
FIELD = re.compile(rf"""
    (?P<space>\s+)
  | (?P<union>union[ ]\{{(?P<choices>(?:{COMMENT}|[^}}])*)\}}[ ](?P<uname>\w+);)
  | (?P<field>(?P<kind>struct[ ]\w+|\w+)[ ](?P<name>\w+)(?P<dims>(?:\[[^\]]+\])*);
       (?:[ \t]*(?P<comment>{COMMENT}))?)
  | (?P<heading>{COMMENT})
""", re.X)
RECORD = re.compile(r"(?:struct (?P<struct>\w+)(?P<array>\[\])?|bytes)"
                    r"(?P<attrs>(?:; (?:many|first|since \d+\.\d+))*)(?:: (?P<text>.*))?")


def parse_body(abi, struct, body):
    """The fields that `body` declares."""
    fields, pos = [], 0
    while pos < len(body):
        m = FIELD.match(body, pos)
        if not m:
            raise Refused(f"struct {struct.name}: cannot read {body[pos:pos + 50]!r}")
        pos = m.end()
        if m.group("union"):
            choices = parse_body(abi, struct, m.group("choices"))
            fields.append(Field("union", m.group("uname"), [],
                                "one of " + ", ".join(c.name for c in choices)))
            fields[-1].choices = choices
        elif m.group("field"):
            dims = [evaluate(d, abi.defines) for d in re.findall(r"\[([^\]]+)\]", m.group("dims"))]
            fields.append(Field(m.group("kind").replace("struct ", ""), m.group("name"),
                                dims, strip_comment(m.group("comment") or "")))
    return fields


def place_field(abi, struct, f, at):
    """Type and offset of one member; its alignment."""
    where = f"struct {struct.name}.{f.name}"
    if f.choices:
        align = max(place_field(abi, struct, c, 0) for c in f.choices)
        f.element = max(c.size for c in f.choices)
    elif f.kind in SCALARS:
        f.element = align = SCALARS[f.kind]
    elif f.kind in abi.structs:
        f.struct = abi.structs[f.kind]
        f.element, align = f.struct.size, f.struct.align
        if f.grows and (f.dims or f in struct.fields[:-1]):  # in a union it has room
            raise Refused(f"{where}: a structure inside another must not grow, unless it is the last")
    else:
        raise Refused(f"{where}: {f.kind} is no fixed-width type")
    if at % align:
        raise Refused(f"{where}: implicit padding at {at}; put a reserved field before it")
    f.offset, f.size = at, f.element * f.count
    return align


def lay_out(abi, struct):
    """Offsets, size and forms by the rules of the x86-64 psABI, with no implicit padding."""
    at, since = 0, (1, 0)
    struct.align = max((abi.structs[f.kind].align if f.kind in abi.structs
                        else SCALARS.get(f.kind, 1))
                       for field in struct.fields for f in field.choices or [field])
    for f in struct.fields:
        if f.since < since:
            raise Refused(f"struct {struct.name}.{f.name}: older than the field before; append")
        if f.since > since:
            if at % struct.align:
                raise Refused(f"struct {struct.name}: the form before {f.name} ends unaligned")
            if at:
                struct.forms.append((since, at))
            since = f.since
        place_field(abi, struct, f, at)
        at += f.size
    if at % struct.align:
        raise Refused(f"struct {struct.name}: implicit padding at the end ({at} bytes)")
    struct.size = at
    last = struct.fields[-1]
    for inner, size in last.struct.forms if last.grows else [(since, last.size)]:
        struct.forms.append((max(since, inner), last.offset + size))


def check_pin(abi, kind, name, args):
    struct = abi.structs.get(name)
    if not struct:
        raise Refused(f"IRX_{kind} of unknown struct {name}")
    if kind == "SIZE":
        if evaluate(args, abi.defines) != struct.size:
            raise Refused(f"struct {name}: size is {struct.size}, IRX_SIZE says {args}")
        struct.pinned = True
        return
    member, offset = (a.strip() for a in args.split(","))
    field = next((f for f in struct.fields if f.name == member), None)
    if not field or field.offset != evaluate(offset, abi.defines):
        raise Refused(f"struct {name}: {member} is not at {offset}")


def add_define(abi, m, header, doc):
    name, value = m.group("dname"), m.group("dvalue").strip()
    if m.group("dargs") or not value or value.startswith('"'):
        return  # a macro with arguments, an include guard, a string
    if name in abi.defines:
        raise Refused(f"{name} is defined twice")
    version = re.fullmatch(r"IRX_VERSION\((\w+), (\w+)\)", value)
    number = (abi.defines[version.group(1)][0] << 16 | abi.defines[version.group(2)][0]
              if version else evaluate(value, abi.defines))
    comment = strip_comment(m.group("dcomment") or "")
    if name.startswith("IRX_REC_"):
        comment = comment or doc
    abi.defines[name] = (number, comment)
    if name.startswith("IRX_REC_"):
        record = RECORD.fullmatch(comment)
        if not record:
            raise Refused(f"{name}: its comment is not 'struct irx_x[]; many; first; since 1.0: "
                          f"text', but '{comment}'")
        abi.records.append(Record(name[len("IRX_REC_"):], number, header, record))


def parse_header(abi, name, text):
    pos, doc, about = 0, "", {"doc": ""}
    abi.headers[name] = about
    while pos < len(text):
        m = TOP.match(text, pos)
        if not m:
            raise Refused(f"line {text.count(chr(10), 0, pos) + 1}: cannot read "
                          f"{text[pos:pos + 60]!r}")
        pos = m.end()
        if m.group("comment"):
            doc = strip_comment(m.group("comment"))
            if not about["doc"] and "SPDX" not in doc:
                about["doc"] = doc
        elif m.group("struct"):
            struct = Struct(m.group("sname"), name, doc)
            if struct.name in abi.structs:
                raise Refused(f"struct {struct.name} is defined twice")
            struct.fields = parse_body(abi, struct, m.group("body"))
            lay_out(abi, struct)
            abi.structs[struct.name] = struct
        elif m.group("pin"):
            check_pin(abi, m.group("pkind"), m.group("pname"), m.group("pargs"))
        elif m.group("define"):
            add_define(abi, m, name, doc)
        if not (m.group("space") or m.group("comment")):
            doc = ""
    for key in ("Writer", "Reader", "Life"):
        found = re.search(rf"\b{key}: (.*?)\.(?: |$)", about["doc"])
        if found:
            about[key] = found.group(1)


def check_records(abi):
    for r in abi.records:
        if r.struct and r.struct not in abi.structs:
            raise Refused(f"IRX_REC_{r.name}: unknown struct {r.struct}")
        for key in ("Writer", "Reader", "Life"):
            if key not in abi.headers[r.header]:
                raise Refused(f"{r.header}: its first comment has no '{key}: ...'")
        if r.since > abi.version:
            raise Refused(f"IRX_REC_{r.name}: newer than the ABI's version {abi.version}")
    types = [r.type for r in abi.records]
    if len(set(types)) != len(types):
        raise Refused("two records have the same type")
    if len(types) > 64:
        raise Refused("more than 64 types of record: the reader's set of seen types is a uint64_t")
    for s in abi.structs.values():
        if not s.pinned:
            raise Refused(f"struct {s.name} has no IRX_SIZE")
        if s.forms[-1][0] > abi.version:
            raise Refused(f"struct {s.name}: newer than the ABI's version {abi.version}")


def load(directory=ABI):
    """The whole ABI, or Refused."""
    abi = Abi()
    for name in HEADERS:
        try:
            parse_header(abi, name, (Path(directory) / name).read_text())
        except Refused as e:
            raise Refused(f"{name}: {e}") from e
    check_records(abi)
    return abi
