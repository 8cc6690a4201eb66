#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""The report's schema and the validator that the bed uses with it."""

import copy
import json
import os
import subprocess
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.realpath(__file__))
sys.dont_write_bytecode = True
sys.path.insert(0, HERE)

from json_schema import KEYWORDS, SchemaError, Validator, load  # noqa: E402

SCHEMA = os.path.join(HERE, "..", "..", "docs", "report.schema.json")

# As an update on the bed would write it; the figures are made up.
REPORT = {
    "schema": 1,
    "command": "update",
    "started": "2026-01-01T00:00:00Z",
    "result": "updated",
    "source": {"version": "4.17.5-interrex-A", "build_id": "0123456789abcdef0123456789abcdef01234567"},
    "target": {"version": "4.17.5-interrex-B", "build_id": "fedcba9876543210fedcba9876543210fedcba98"},
    "host": {"cpus": 3, "held_cpus": 2, "memory_mib": 2048, "tsc_khz": 1000000},
    "phases": [{"name": "check", "start": 0, "length": 1.5},
               {"name": "kexec", "start": 40.25, "length": 900}],
    "service_stall_ms": 910.5,
    "reasons": [],
    "error": None,
    "guests": [{"name": "g1", "domid": 1, "vcpus": 1, "memory_mib": 256, "blackout_enter_us": 800,
                "blackout_leave_us": 900.5, "largest_gap_us": 1000, "held_progress": 0.9,
                "events_lost": 0, "checksum_ok": True,
                "held": {"parked_vcpus": 0, "longest_park_us": 0, "exits_served": {"hlt": 12},
                         "exits_parked": {}, "events_in": 1, "events_out": 2, "timers_fired": 3}}],
}
REASON = {"subject": "g1 (1)", "domid": 1, "code": 8, "name": "pv", "what": "is a PV domain",
          "remedy": "shut it down", "detail": 0}


class ReportSchema(unittest.TestCase):
    def setUp(self):
        self.validator = Validator(load(SCHEMA))

    def problems(self, change=None):
        report = copy.deepcopy(REPORT)
        if change:
            change(report)
        return self.validator.problems(report)

    def assert_refused(self, place, change):
        found = self.problems(change)
        self.assertTrue(any(p.startswith(place + ":") for p in found), (place, found))

    def test_good_report(self):
        self.assertEqual(self.problems(), [])

    def test_every_field_that_readers_rely_on_is_required(self):
        for key in ("schema", "command", "started", "result", "source", "target", "host", "phases", "service_stall_ms", "guests"):
            self.assert_refused("/", lambda r, k=key: r.pop(k))
        for key in set(REPORT["guests"][0]) - {"held"}:
            self.assert_refused("/guests/0", lambda r, k=key: r["guests"][0].pop(k))
        for key in ("version", "build_id"):
            self.assert_refused("/target", lambda r, k=key: r["target"].pop(k))
            self.assert_refused("/source", lambda r, k=key: r["source"].pop(k))
        for key in ("name", "start", "length"):
            self.assert_refused("/phases/0", lambda r, k=key: r["phases"][0].pop(k))

    def test_types_and_ranges(self):
        self.assert_refused("/result", lambda r: r.update(result="done"))
        self.assert_refused("/service_stall_ms", lambda r: r.update(service_stall_ms="910"))
        self.assert_refused("/service_stall_ms", lambda r: r.update(service_stall_ms=-1))
        self.assert_refused("/phases/1/start", lambda r: r["phases"][1].update(start=-0.1))
        self.assert_refused("/guests/0/domid", lambda r: r["guests"][0].update(domid=0))
        self.assert_refused("/guests/0/domid", lambda r: r["guests"][0].update(domid=True))
        self.assert_refused("/guests/0/events_lost", lambda r: r["guests"][0].update(events_lost=0.5))
        self.assert_refused("/guests/0/checksum_ok", lambda r: r["guests"][0].update(checksum_ok=1))
        self.assert_refused("/source/build_id", lambda r: r["source"].update(build_id="unknown"))
        self.assert_refused("/schema", lambda r: r.update(schema=2))
        self.assert_refused("/started", lambda r: r.update(started="yesterday"))
        self.assert_refused("/guests/0/held/exits_served/hlt",
                            lambda r: r["guests"][0]["held"]["exits_served"].update(hlt=-1))
        self.assert_refused("/host/cpus", lambda r: r["host"].update(cpus=0))

    def test_what_nobody_measured_is_null(self):
        def unmeasured(report):
            for key in ("blackout_enter_us", "blackout_leave_us", "largest_gap_us",
                        "held_progress", "events_lost", "checksum_ok"):
                report["guests"][0][key] = None
        self.assertEqual(self.problems(unmeasured), [])

    def test_updated_has_a_target_and_a_stall(self):
        self.assert_refused("/target", lambda r: r.update(target=None))
        self.assert_refused("/service_stall_ms", lambda r: r.update(service_stall_ms=None))
        self.assert_refused("/phases", lambda r: r.update(phases=[]))

    def test_drill_has_neither(self):
        self.assertEqual(self.problems(
            lambda r: r.update(result="drilled", target=None, service_stall_ms=None)), [])

    def test_refused_says_why(self):
        self.assert_refused("/reasons", lambda r: r.update(result="refused"))
        self.assert_refused("/", lambda r: (r.update(result="refused"), r.pop("reasons")))
        self.assertEqual(self.problems(lambda r: r.update(result="refused", reasons=[REASON])), [])
        self.assert_refused("/reasons/0", lambda r: r.update(
            result="refused", reasons=[{"subject": "host"}]))

    def test_forecast_and_limits(self):
        estimate = {"ms": 0.3, "from": "drill", "source": "the drill of 2026-01-01T00:00:00Z"}
        limits = {"max_blackout_ms": 0.25, "max_brownout_ms": None, "max_stall_ms": 100, "over_limit": "abort"}
        over = {"figure": "stall", "seen": "forecast", "guest": None, "domid": None, "limit_ms": 1, "value_ms": 2}
        good = {"forecast": {"blackout": estimate, "brownout": None, "stall": estimate,
                             "guests": [{"name": "g1", "domid": 1, "blackout": estimate, "brownout": estimate}]},
                "limits": {**limits, "domains": {"g1": limits}}, "over": [over], "boot_delay_ms": 5}
        self.assertEqual(self.problems(lambda r: r.update(good)), [])
        for place, key, value in (
                ("/forecast/stall", "forecast", {**good["forecast"], "stall": None}),
                ("/forecast/stall/from", "forecast", {**good["forecast"], "stall": {**estimate, "from": "guess"}}),
                ("/forecast", "forecast", {}),
                ("/limits", "limits", limits),
                ("/limits/over_limit", "limits", {**good["limits"], "over_limit": "stop"}),
                ("/limits/domains/g1/max_stall_ms", "limits",
                 {**limits, "domains": {"g1": {**limits, "max_stall_ms": 0}}}),
                ("/over/0/seen", "over", [{**over, "seen": "before"}]),
                ("/over/0/figure", "over", [{**over, "figure": "gap"}]),
                ("/boot_delay_ms", "boot_delay_ms", 0)):
            with self.subTest(place):
                self.assert_refused(place, lambda r, k=key, v=value: r.update({k: v}))

    def test_failed_says_what(self):
        self.assert_refused("/error", lambda r: r.update(result="failed"))
        self.assertEqual(self.problems(lambda r: r.update(
            result="failed", error={"what": "no answer", "remedy": "", "errno": 110})), [])


class Keywords(unittest.TestCase):
    """Each keyword finds what it is for; and lets pass what it should."""

    CASES = {
        "type": ({"type": ["integer", "null"]}, [1, None], [1.5, "1", True]),
        "enum": ({"enum": ["a", 1]}, ["a", 1], ["b", True]),
        "const": ({"const": 0}, [0], [False, 1]),
        "properties": ({"properties": {"a": {"type": "string"}}}, [{}, {"a": ""}, 3], [{"a": 1}]),
        "required": ({"required": ["a"]}, [{"a": None}], [{}]),
        "additionalProperties": ({"properties": {"a": True}, "additionalProperties": False},
                                 [{"a": 1}], [{"b": 1}]),
        "items": ({"items": {"type": "integer"}}, [[], [1]], [[1, "a"]]),
        "minItems": ({"minItems": 1}, [[0]], [[]]),
        "maxItems": ({"maxItems": 1}, [[0]], [[0, 0]]),
        "minimum": ({"minimum": 1}, [1, "a"], [0.9]),
        "maximum": ({"maximum": 1}, [1], [1.1]),
        "pattern": ({"pattern": "^a+$"}, ["aa", 1], ["ab"]),
        "minLength": ({"minLength": 1}, ["a"], [""]),
        "$ref": ({"$ref": "#/$defs/x", "$defs": {"x": {"type": "string"}}}, ["a"], [1]),
        "allOf": ({"allOf": [{"minimum": 1}, {"maximum": 3}]}, [2], [0, 4]),
        "anyOf": ({"anyOf": [{"type": "string"}, {"minimum": 5}]}, ["a", 5], [4]),
        "if": ({"if": {"minimum": 10}, "then": {"maximum": 20}}, [5, 15], [25]),
        "then": ({"if": {"type": "string"}, "then": {"minLength": 2}}, ["ab", 1], ["a"]),
        "else": ({"if": {"type": "string"}, "else": {"minimum": 1}}, ["a", 1], [0]),
    }

    def test_all_are_tried(self):
        self.assertEqual(set(self.CASES), KEYWORDS)

    def test_each(self):
        for keyword, (schema, good, bad) in self.CASES.items():
            for value in good:
                self.assertEqual(Validator(schema).problems(value), [], (keyword, value))
            for value in bad:
                self.assertTrue(Validator(schema).problems(value), (keyword, value))

    def test_unknown_keyword_and_type_are_refused(self):
        for schema in ({"oneOf": []}, {"items": {"format": "date"}}, {"type": "float"}, {"anyOf": [3]},
                       {"$defs": {"a": {"uniqueItems": True}}}):
            with self.assertRaises(SchemaError):
                Validator(schema)
        with self.assertRaises(SchemaError):
            Validator({"$ref": "#/$defs/none"}).problems(1)


class Command(unittest.TestCase):
    def run_on(self, text):
        with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
            file.write(text)
            file.flush()
            run = subprocess.run([sys.executable, os.path.join(HERE, "json_schema.py"), SCHEMA,
                                  file.name], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                 text=True, timeout=600, check=False)
        return run.returncode, run.stdout

    def test_good(self):
        self.assertEqual(self.run_on(json.dumps(REPORT)), (0, ""))

    def test_bad(self):
        for text in ("{}", "", "{\"result\": NaN}", "{\"result\": 1, \"result\": 2}", "[]"):
            status, output = self.run_on(text)
            self.assertEqual(status, 1, output)
            self.assertTrue(output)

    def test_no_such_schema(self):
        run = subprocess.run([sys.executable, os.path.join(HERE, "json_schema.py"), "/nonexistent",
                              SCHEMA], stderr=subprocess.PIPE, timeout=600, check=False)
        self.assertEqual(run.returncode, 2)


if __name__ == "__main__":
    unittest.main()
