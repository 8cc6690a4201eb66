# SPDX-License-Identifier: GPL-2.0-only
"""Validates JSON against a JSON Schema, with the standard library alone.

Knows the keywords that the project's schemas use (KEYWORDS). A schema that uses
another one is refused, so nothing is quietly left unchecked.

As a command: json_schema.py SCHEMA FILE...; prints every problem with its place.
"""

import json
import re
import sys

ANNOTATIONS = {"$schema", "$id", "$comment", "$defs", "title", "description", "examples"}
KEYWORDS = {"type", "enum", "const", "properties", "required", "additionalProperties", "items",
            "minItems", "maxItems", "minimum", "maximum", "pattern", "minLength", "$ref", "allOf",
            "anyOf", "if", "then", "else"}
TYPES = {
    "object": lambda v: isinstance(v, dict),
    "array": lambda v: isinstance(v, list),
    "string": lambda v: isinstance(v, str),
    "boolean": lambda v: isinstance(v, bool),
    "null": lambda v: v is None,
    "number": lambda v: isinstance(v, (int, float)) and not isinstance(v, bool),
    "integer": lambda v: isinstance(v, int) and not isinstance(v, bool),
}


class SchemaError(Exception):
    """The schema itself is wrong, or uses what this validator does not know."""


def check_schema(schema, place="#"):
    """Refuses what validate() would not look at."""
    if isinstance(schema, bool):
        return
    if not isinstance(schema, dict):
        raise SchemaError(f"{place}: a schema is an object or a boolean")
    unknown = set(schema) - KEYWORDS - ANNOTATIONS
    if unknown:
        raise SchemaError(f"{place}: unknown keyword {', '.join(sorted(unknown))}")
    types = schema.get("type", [])
    for name in [types] if isinstance(types, str) else types:
        if name not in TYPES:
            raise SchemaError(f"{place}: unknown type {name}")
    for name in ("properties", "$defs"):
        for key, inner in schema.get(name, {}).items():
            check_schema(inner, f"{place}/{name}/{key}")
    for name in ("items", "additionalProperties", "if", "then", "else"):
        if name in schema:
            check_schema(schema[name], f"{place}/{name}")
    for name in ("allOf", "anyOf"):
        for number, inner in enumerate(schema.get(name, [])):
            check_schema(inner, f"{place}/{name}/{number}")
    for key in schema.get("required", []):
        if not isinstance(key, str):
            raise SchemaError(f"{place}/required: {key!r} is not a name")


def same(a, b):
    """Equality of JSON: 1 is not true, 1 is 1.0."""
    if isinstance(a, bool) or isinstance(b, bool):
        return a is b
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(same(x, y) for x, y in zip(a, b))
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(same(a[k], b[k]) for k in a)
    return a == b


class Validator:
    """Collects what is wrong with a value, as (place, problem)."""

    def __init__(self, root):
        check_schema(root)
        self.root = root

    def problems(self, value):
        return [f"{place or '/'}: {what}" for place, what in self._look(self.root, value, "")]

    def _resolve(self, reference):
        if not reference.startswith("#/"):
            raise SchemaError(f"$ref {reference}: only references into this file")
        schema = self.root
        for key in reference[2:].split("/"):
            try:
                schema = schema[key]
            except (KeyError, TypeError) as error:
                raise SchemaError(f"$ref {reference}: no such place") from error
        return schema

    def _look(self, schema, value, place):
        if schema is True:
            return []
        if schema is False:
            return [(place, "must not be here")]
        found = []
        if "$ref" in schema:
            found += self._look(self._resolve(schema["$ref"]), value, place)
        types = schema.get("type", list(TYPES))
        types = [types] if isinstance(types, str) else types
        if not any(TYPES[name](value) for name in types):
            return found + [(place, f"is {json.dumps(value)[:60]}, should be {' or '.join(types)}")]
        if "enum" in schema and not any(same(value, v) for v in schema["enum"]):
            found.append((place, f"is {json.dumps(value)[:60]}, should be one of "
                          + ", ".join(json.dumps(v) for v in schema["enum"])))
        if "const" in schema and not same(value, schema["const"]):
            found.append((place, f"is {json.dumps(value)[:60]}, should be "
                          + json.dumps(schema["const"])))
        found += self._look_inside(schema, value, place)
        found += self._look_combined(schema, value, place)
        return found

    def _look_inside(self, schema, value, place):
        if TYPES["number"](value):
            return self._look_number(schema, value, place)
        if isinstance(value, str):
            return self._look_string(schema, value, place)
        if isinstance(value, list):
            return self._look_array(schema, value, place)
        if isinstance(value, dict):
            return self._look_object(schema, value, place)
        return []

    @staticmethod
    def _look_number(schema, value, place):
        found = []
        if "minimum" in schema and value < schema["minimum"]:
            found.append((place, f"is {value}, at least {schema['minimum']}"))
        if "maximum" in schema and value > schema["maximum"]:
            found.append((place, f"is {value}, at most {schema['maximum']}"))
        return found

    @staticmethod
    def _look_string(schema, value, place):
        found = []
        if len(value) < schema.get("minLength", 0):
            found.append((place, f"is shorter than {schema['minLength']}"))
        if "pattern" in schema and not re.search(schema["pattern"], value):
            found.append((place, f"is {value[:60]!r}, does not match {schema['pattern']}"))
        return found

    def _look_array(self, schema, value, place):
        found = []
        if len(value) < schema.get("minItems", 0):
            found.append((place, f"has {len(value)} items, at least {schema['minItems']}"))
        if "maxItems" in schema and len(value) > schema["maxItems"]:
            found.append((place, f"has {len(value)} items, at most {schema['maxItems']}"))
        for number, item in enumerate(value):
            found += self._look(schema.get("items", True), item, f"{place}/{number}")
        return found

    def _look_object(self, schema, value, place):
        found = [(place, f"lacks {key}") for key in schema.get("required", []) if key not in value]
        known = schema.get("properties", {})
        for key, item in value.items():
            inner = known.get(key, schema.get("additionalProperties", True))
            found += self._look(inner, item, f"{place}/{key}")
        return found

    def _look_combined(self, schema, value, place):
        found = []
        for inner in schema.get("allOf", []):
            found += self._look(inner, value, place)
        if "anyOf" in schema:
            outcomes = [self._look(inner, value, place) for inner in schema["anyOf"]]
            if all(outcomes):
                # What went wrong furthest inside is the alternative that was meant.
                found += max(outcomes, key=lambda o: max(len(p) for p, _ in o))
        if "if" in schema:
            branch = "else" if self._look(schema["if"], value, place) else "then"
            found += self._look(schema.get(branch, True), value, place)
        return found


def load(path):
    """JSON of a file; a repeated key or NaN is refused, as other readers would differ on it."""
    def unique(pairs):
        names = [name for name, _ in pairs]
        if len(set(names)) != len(names):
            raise ValueError("a key stands twice in an object")
        return dict(pairs)

    def refuse(name):
        raise ValueError(f"{name} is not JSON")

    with open(path, encoding="utf-8") as file:
        return json.load(file, object_pairs_hook=unique, parse_constant=refuse)


def main(arguments):
    if len(arguments) < 2:
        print("usage: json_schema.py SCHEMA FILE...", file=sys.stderr)
        return 2
    bad = 0
    try:
        validator = Validator(load(arguments[0]))
        for path in arguments[1:]:
            try:
                problems = validator.problems(load(path))
            except ValueError as error:
                problems = [str(error)]
            for problem in problems:
                print(f"{path}: {problem}")
            bad += bool(problems)
    except (OSError, ValueError, SchemaError) as error:
        print(f"json_schema: {error}", file=sys.stderr)
        return 2
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
