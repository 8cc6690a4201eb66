# SPDX-License-Identifier: GPL-2.0-only
"""Reads handoff-abi/states.table: the state machines, in the form that its head describes.

Also writes what is made of it: states_c() for the code, model() for tests/model; the figures are
build-aux/states.
"""

import re
from pathlib import Path

import describe

TABLE = Path(__file__).resolve().parent.parent / "states.table"
WRITERS = ("xen", "shim", "fault", "operator")
CODE = WRITERS[:2]  # those that write the words of the ABI
SCOPES = ("one", "cpu", "domain")
PLACES = ["none", "this", "other"]  # the values of a variable that names a CPU


class Refused(Exception):
    """The table is not in its form; says where."""


class Var:
    def __init__(self, name, scope, values, field=None, prefix=None):
        self.name, self.scope, self.values = name, scope, values
        self.field, self.prefix = field, prefix  # of a word
        self.place = values == PLACES

    @property
    def word(self):
        return self.field is not None


class Test:
    """VAR A|B: a variable and a set of its values."""

    def __init__(self, var, mask):
        self.var, self.mask = var, mask


class Condition:
    """how: self, other, any, all, none; tests: of one CPU or domain."""

    def __init__(self, how, tests, text):
        self.how, self.tests, self.text = how, tests, text


class Change:
    """how: self, other, each, those. to: an index; None: the value before."""

    def __init__(self, how, test, to, optional, only, text):
        self.how, self.test, self.to = how, test, to
        self.optional, self.only, self.text = optional, only, text
        self.forgets = False  # it is not written: an arrow of the model's alone


class Step:
    def __init__(self, writer, name, planned, line):
        self.writer, self.name, self.planned, self.line = writer, name, planned, line
        self.changes, self.conditions = [], []
        self.alone = False

    def needs(self, scope):
        """It is a step of one CPU, or domain."""
        for c in [*self.changes, *self.conditions]:
            tests = c.tests if isinstance(c, Condition) else [c.test, *([c.only] if c.only else [])]
            if c.how in ("self", "other") and any(t.var.scope == scope for t in tests):
                return True
            if scope == "cpu" and (c.how in ("other", "those")
                                   or any(t.var.place and t.mask != 1 for t in tests)
                                   or getattr(c, "to", 0) and c.test.var.place):
                return True
        return False


class States:
    """words and owns together are vars; steps, nevers and rests in the table's order."""

    def __init__(self, text, abi):
        self.vars, self.lets = {}, {}
        self.ends = set()  # (word, value) that only a reset of the machine ends
        self.steps, self.nevers, self.rests = [], [], []
        self.abi = abi
        for number, line in logical_lines(text):
            try:
                self._line(number, line)
            except Refused as e:
                raise Refused(f"states.table:{number}: {e}") from e
        self._check()

    @property
    def words(self):
        return [v for v in self.vars.values() if v.word]

    def _line(self, number, line):
        m = re.fullmatch(r"word (\w+)(?: each (\w+))? = (\S+) (IRX_\w+_)\*", line)
        if m:
            return self._word(*m.groups())
        m = re.fullmatch(r"own (\w+)(?: each (\w+))?: (.*)", line)
        if m:
            return self._var(m[1], m[2], m[3].split())
        m = re.fullmatch(r"end (\w+) (\S+)", line)
        if m:
            self._test(f"{m[1]} {m[2]}")
            return self.ends.add((m[1], m[2]))
        head, _, body = line.partition(": ")
        m = re.fullmatch(r"let (\S+)", head)
        if m:
            self.lets[m[1]] = self._conditions(body)
            return None
        m = re.fullmatch(r"(never|rest) (.+)", head)
        if m:
            step = Step(m[1], m[2], False, number)
            step.conditions = self._conditions(body)
            return (self.nevers if m[1] == "never" else self.rests).append(step)
        m = re.fullmatch(rf"(planned )?(alone )?({'|'.join(WRITERS)}) (.+)", head)
        if not m:
            raise Refused(f"not understood: {line}")
        step = Step(m[3], m[4], bool(m[1]), number)
        step.alone = bool(m[2])
        changes, _, conditions = body.partition(" when ")
        step.changes = [self._change(c.strip()) for c in changes.split(",")]
        step.conditions = self._conditions(conditions) if conditions else []
        return self.steps.append(step)

    def _var(self, name, scope, values, field=None, prefix=None):
        if name in self.vars:
            raise Refused(f"{name} is there twice")
        if scope not in (None, "cpu", "domain"):
            raise Refused(f"each {scope}: a CPU or a domain has states")
        if len(set(values)) != len(values) or not 2 <= len(values) <= 16:
            raise Refused(f"{name}: two to sixteen values, each once")
        self.vars[name] = Var(name, scope or "one", values, field, prefix)

    def _word(self, name, scope, field, prefix):
        names = self.abi.names(prefix)
        if sorted(names) != list(range(len(names))):
            raise Refused(f"{prefix}*: not numbered from 0 on without a gap")
        struct, _, member = field.partition(".")
        found = self.abi.structs.get(struct)
        if not found or member not in [f.name for f in found.fields]:
            raise Refused(f"there is no {field}")
        values = [names[i].lower().replace("_", "-") for i in range(len(names))]
        self._var(name, scope, values, field, prefix)

    def _test(self, text):
        m = re.fullmatch(r"(\S+) (!?)(\S+)", text.strip())
        if not m or m[1] not in self.vars:
            raise Refused(f"not a variable and its values: {text}")
        var = self.vars[m[1]]
        mask = 0
        for value in var.values if m[3] == "*" else m[3].split("|"):
            if value not in var.values:
                raise Refused(f"{var.name} is never {value}, but {' '.join(var.values)}")
            mask |= 1 << var.values.index(value)
        if m[2]:
            mask ^= (1 << len(var.values)) - 1
        return Test(var, mask)

    def _conditions(self, text):
        found = []
        for part in (p.strip() for p in text.split(",")):
            if part in self.lets:
                found += self.lets[part]
                continue
            m = re.match(r"(other|any|all|none) (?=\S+ \S)", part)
            how = m[1] if m else "self"
            tests = [self._test(t) for t in part[m.end() if m else 0:].split("&")]
            if how in ("any", "all", "none") and len({t.var.scope for t in tests} - {"one"}) != 1:
                raise Refused(f"{how} is of all CPUs or of all domains: {part}")
            if len(tests) > 2 or tests[1:] and how not in ("any", "none"):
                raise Refused(f"two at most are joined, after any or none: {part}")
            found.append(Condition(how, tests, part))
        return found

    def _change(self, text):
        m = re.fullmatch(r"forget (\S+)", text)
        if m:
            change = Change("self", self._test(f"{m[1]} *"), 0, True, None, text)
            change.forgets = True
            return change
        m = re.fullmatch(r"(?:(each|those|other) )?(\S+) (?:(less)|(\S+) (\??->) (\S+))(?: if (.+))?", text)
        if not m:
            raise Refused(f"not a change: {text}")
        how, name, less, values, arrow, to, only = m.groups()
        test = self._test(f"{name} {values or '!' + self._first(name)}")
        if to and to not in test.var.values:
            raise Refused(f"{name} is never {to}, but {' '.join(test.var.values)}")
        if only and how not in ("each", "those"):
            raise Refused(f"`if` is for each: {text}")
        return Change(how or "self", test, None if less else test.var.values.index(to),
                      arrow == "?->" or how in ("each", "those"), self._test(only) if only else None, text)

    def _first(self, name):
        """The value that has none before it."""
        return self.vars[name].values[0] if name in self.vars else "?"

    def _check(self):
        names = [f"{s.writer} {s.name}" for s in self.steps]
        for name in {n for n in names if names.count(n) > 1}:
            raise Refused(f"two steps are called: {name}")
        for var in self.words:
            arrows = self.arrows(var)
            for number, value in enumerate(var.values):
                if any(a.to == number for a in arrows) and (var.name, value) not in self.ends \
                        and not any(a.source == number for a in arrows):
                    raise Refused(f"{var.name} {value}: no arrow leads out of it")
                if not any(number in (a.to, a.source) for a in arrows) and var.name != "dom0" \
                        and not (var.prefix == "IRX_DOM_" and self._elsewhere(var, number)):
                    raise Refused(f"{var.name} {value}: no arrow knows it")

    def _elsewhere(self, var, number):
        return any(number in (a.to, a.source) for other in self.words
                   if other.field == var.field and other is not var for a in self.arrows(other))

    def arrows(self, var):
        """What the code may do to a word: no value to itself, no fault."""
        found = {}
        for step in self.steps:
            if step.writer not in CODE:
                continue
            for change in step.changes:
                if change.test.var is var and not change.forgets:
                    for source in range(len(var.values)):
                        if change.test.mask >> source & 1 and source != change.to:
                            key = (source, change.to, step.writer)
                            found.setdefault(key, Arrow(*key)).steps.append(step)
        return sorted(found.values(), key=lambda a: (a.source, a.to, a.writer))


class Arrow:
    def __init__(self, source, to, writer):
        self.source, self.to, self.writer, self.steps = source, to, writer, []

    @property
    def planned(self):
        return all(step.planned for step in self.steps)


def logical_lines(text):
    """[(number, line)] without comments; a line that begins with a blank goes on with the one before."""
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        bare = line.split("#")[0].rstrip()
        if not bare:
            continue
        if bare[0].isspace() and found:
            found[-1] = (found[-1][0], f"{found[-1][1]} {bare.strip()}")
        else:
            found.append((number, bare))
    return found


def load(abi=None, text=None):
    return States(TABLE.read_text() if text is None else text, abi or describe.load())


# ---- The code's table ----

NOTICE = "Generated from states.table by tools/generate.py: do not edit."


def fields_of(states):
    """{field: its words}: several words of the table may be one of the ABI."""
    found = {}
    for var in states.words:
        found.setdefault(var.field, []).append(var)
    return found


def constant(var, value):
    return var.prefix + var.values[value].upper().replace("-", "_")


def c_state(states, words, number):
    """What may follow one state, by writer."""
    out = [f"    [{constant(words[0], number)}] = {{{{"]
    for writer in CODE:
        follow = sorted({a.to for word in words for a in states.arrows(word)
                         if (a.source, a.writer) == (number, writer)})
        names = " | ".join(f"1u << {constant(words[0], to)}" for to in follow)
        out.append(f"        [IRX_BY_{writer.upper()}] = {names or '0'},")
    return [*out, "    }},"]


def states_c(states):
    out = ["/* SPDX-License-Identifier: GPL-2.0-only */", f"/* {NOTICE} */", "/* clang-format off */",
           "#include <interrex/states.h>"]
    for field, words in fields_of(states).items():
        count = f"IRX_NR_{words[0].name.upper()}_STATES"
        last = len(words[0].values) - 1
        out += ["", f"/* {field} */",
                f'_Static_assert({count} == {constant(words[0], last)} + 1, "states of {words[0].name}");',
                f"const struct irx_next irx_next_{words[0].name}[{count}] = {{"]
        for number in range(last + 1):
            out += c_state(states, words, number)
        out.append("};")
    return "\n".join(out) + "\n"


# ---- The model's ----
def test_numbers(states, test):
    return f"{list(states.vars).index(test.var.name)} {test.mask}"


def step_lines(states, step, kind):
    out = [f"step {kind} {int(step.needs('cpu'))} {int(step.needs('domain'))} {int(step.alone)} "
           f"{len(step.changes)} {len(step.conditions)} {step.writer} {step.name}"]
    for c in step.changes:
        only = test_numbers(states, c.only) if c.only else "-1 0"
        to = -1 if c.to is None else c.to
        out.append(f"{('self', 'other', 'each', 'those').index(c.how)} {int(c.optional)} "
                   f"{test_numbers(states, c.test)} {to} {only}")
    for c in step.conditions:
        second = test_numbers(states, c.tests[1]) if c.tests[1:] else "-1 0"
        out.append(f"{('self', 'other', 'any', 'all', 'none').index(c.how)} "
                   f"{test_numbers(states, c.tests[0])} {second}")
    return out


def model(states):
    """The table as tests/model/model.c reads it: numbers, and names for its traces."""
    out = [f"vars {len(states.vars)}"]
    for var in states.vars.values():
        out.append(f"{var.name} {SCOPES.index(var.scope)} {int(var.place)} {len(var.values)} "
                   + " ".join(var.values))
    steps = [(s, 1 if s.writer == "fault" else 0) for s in states.steps]
    steps += [(s, 2) for s in states.nevers] + [(s, 3) for s in states.rests]
    out.append(f"steps {len(steps)}")
    for step, kind in steps:
        out += step_lines(states, step, kind)
    return "\n".join(out) + "\n"


if __name__ == "__main__":
    import sys

    print(model(load(text=sys.stdin.read() if "-" in sys.argv[1:] else None)), end="")
