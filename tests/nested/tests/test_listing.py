# SPDX-License-Identifier: GPL-2.0-only
"""Scenarios by name and tag: which are meant, what is refused, how they are run."""

import contextlib
import io
import json
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bedlib import costs, listing, main  # pylint: disable=wrong-import-position
from bedlib.errors import BedError  # pylint: disable=wrong-import-position
from bedlib.host import TAGS  # pylint: disable=wrong-import-position

FILES = {"one": "# SPDX-License-Identifier: x\n# First words.\n# More.\ntags series events\nhost cpus=2\n",
         "two": "host concurrent=on\n", "long/three": "tags events\nhost system=stock\n"}


class Folder(unittest.TestCase):
    """A folder with scenarios of its own."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        for name, text in FILES.items():
            path = Path(folder.name) / f"{name}.scn"
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")
        self.folder = Path(folder.name)
        self.hosts = listing.all_of_them(self.folder)

    def picked(self, *wanted, without=()):
        """Names of what is picked."""
        return [host.name for host in listing.pick(self.hosts, wanted, without)]

    def test_tags(self):
        """Those of the line, and what the folder and the clock imply."""
        self.assertEqual({host.name: host.tags for host in self.hosts},
                         {"one": ("series", "events"), "two": ("concurrent",), "three": ("long", "events")})

    def test_bad_tags(self):
        for bad in ("tags", "tags fast", "tags events\ntags series"):
            (self.folder / "bad.scn").write_text(bad + "\n", encoding="utf-8")
            with self.subTest(bad), self.assertRaisesRegex(BedError, r"bad.scn:[12]: "):
                listing.all_of_them(self.folder)

    def test_pick(self):
        self.assertEqual(self.picked(), ["one", "three", "two"])
        self.assertEqual(self.picked("two", "one"), ["one", "two"])
        self.assertEqual(self.picked("events"), ["one", "three"])
        self.assertEqual(self.picked("events", "two"), ["one", "three", "two"])
        self.assertEqual(self.picked("events", without=["long"]), ["one"])
        self.assertEqual(self.picked(without=["long"]), ["one", "two"])

    def test_unknown(self):
        """Names what is unknown, and all that is known."""
        with self.assertRaisesRegex(BedError, "'tow' is neither (.|\n)*one three two(.|\n)*concurrent"):
            self.picked("one", "tow")
        with self.assertRaisesRegex(BedError, "'one' is neither"):
            self.picked(without=["one"])

    def test_table(self):
        self.assertEqual(listing.table(listing.pick(self.hosts, ["one", "two"])).splitlines(),
                         ["one  series events  First words.", "two  concurrent"])
        self.assertEqual(json.loads(listing.as_json(listing.pick(self.hosts, ["one"]))),
                         [{"name": "one", "tags": ["series", "events"], "about": "First words.", "counted": True}])

    def test_jobs(self):
        """The build of what is needed, then those that run alone, then the others."""
        lines = [line.split(None, 2) for line in listing.jobs(self.hosts)]
        self.assertEqual([line[0] for line in lines], ["bed-build", "nested-two", "&nested-one", "&nested-three"])
        self.assertEqual(lines[0][2], "tests/nested/bed build --all")
        self.assertEqual(lines[2][2], "tests/nested/bed run --no-build one")
        self.assertTrue(all(line[1].isdigit() for line in lines))
        first = next(listing.jobs(listing.pick(self.hosts, ["one"])))
        self.assertTrue(first.endswith("bed build"), first)


class Ours(unittest.TestCase):
    """The scenarios that there are."""

    def list(self, *arguments):
        """(exit status, output, errors) of bed list"""
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            status = main.main(["list", *arguments])
        return status, out.getvalue(), err.getvalue()

    def test_no_name_is_a_tag(self):
        """Or nobody could say which of the two is meant."""
        names = {host.name for host in listing.all_of_them()}
        self.assertGreater(len(names), 20)
        self.assertEqual(names & set(TAGS), set())

    def test_each_tag_is_used(self):
        used = {tag for host in listing.all_of_them() for tag in host.tags}
        self.assertEqual(used, set(TAGS))

    def test_costs(self):
        """All hosts of `bed costs` are one job; one of them alone is run as it is."""
        hosts = listing.all_of_them()
        self.assertEqual({host.name for host in listing.pick(hosts, ["costs"])}, set(costs.SCENARIOS))
        self.assertEqual([line.split()[0] for line in listing.jobs(listing.pick(hosts, ["costs"]))],
                         ["bed-build", "&costs"])
        self.assertEqual([line.split()[0] for line in listing.jobs(listing.pick(hosts, ["costs-256"]))],
                         ["bed-build", "&nested-costs-256"])

    def test_command(self):
        status, output, _ = self.list("--jobs", "demo", "costs-256")
        self.assertEqual((status, len(output.splitlines())), (0, 3), output)
        status, output, _ = self.list("--without", "long")
        self.assertEqual(status, 0)
        self.assertNotRegex(output, r"\blong\b")
        status, output, errors = self.list("demo", "dmeo")
        self.assertEqual((status, output), (1, ""))
        self.assertRegex(errors, "'dmeo' is neither a scenario nor a tag(.|\n)* demo (.|\n)* refusals")


if __name__ == "__main__":
    unittest.main()
