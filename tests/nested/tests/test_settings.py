# SPDX-License-Identifier: GPL-2.0-only
"""What of xl's output must stay: each kind of line that changes is found and named, and nothing
else."""

import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bedlib import settings  # pylint: disable=wrong-import-position

LIST = """\
Name                                        ID   Mem VCPUs\tState\tTime(s) NODE Affinity
Domain-0                                     0   512     4     r-----      12.3 any node
g1                                           1   192     2     -b----       3.1 any node
still                                        4   160     1     --p---       2.2 any node
"""
VCPUS = """\
Name                                ID  VCPU   CPU State   Time(s) Affinity (Hard / Soft)
Domain-0                             0     0    0   r--       9.9  0 / all
g1                                   1     0    1   -b-       2.0  0-1 / 1
g1                                   1     1    -   --p       0.1  1 / 0
still                                4     0    2   --p       2.2  all / all
"""
INFO = """\
host                   : bed
nr_cpus                : 4
free_memory            : 631
free_cpus              : 1
xen_extra              : .5-interrex-A
xen_version            : 4.17.5-interrex-A
xen_commandline        : dom0=pvh liveupdate=64M sched=credit2
build_id               : 0123
"""
LIMITS = """\
(XEN) [    9.3] General information for domain 1:
(XEN)     refcnt=3 dying=0 pause_count=0
(XEN)     nr_pages=49152 xenheap_pages=5 shared_pages=0 paged_pages=0 dirty_cpus={} max_pages=76800
(XEN)     handle=00112233-4455-6677-8899-aabbccddeeff vm_assist=00000028
(XEN) NODE affinity for domain 1: [0]
(XEN) grant-table for remote d1 (v1)
(XEN)   2 frames (40 max), 0 maptrack frames (300 max)
"""
RULES = {"xl list": LIST, "xl vcpu-list": VCPUS, "xl info": INFO, "Xen's limits": LIMITS}


def kept(name, text):
    """{name: what is compared}"""
    rule = next(o.rule for o in settings.OUTPUTS if o.name == name)
    return {name: rule(text.splitlines())}


class Rules(unittest.TestCase):
    """What is left out, and what is not."""

    def found(self, name, old, new):
        """The differences when this is replaced in that command's output."""
        text = RULES[name]
        self.assertIn(old, text)
        return settings.differences(kept(name, text), kept(name, text.replace(old, new, 1)))

    def test_same(self):
        for name, text in RULES.items():
            self.assertEqual(settings.differences(kept(name, text), kept(name, text)), [])
            self.assertTrue(kept(name, text)[name])

    def test_changes_by_itself(self):
        for name, old, new in (("xl list", "12.3", "99.9"), ("xl list", "r-----", "-b----"),
                               ("xl vcpu-list", "    0   r--       9.9", "    3   -b-      10.0"),
                               ("xl info", "631", "632"), ("xl info", "interrex-A", "interrex-B"),
                               ("xl info", "4.17.5-interrex-A", "4.17.5-interrex-B"),
                               ("xl info", "liveupdate=64M sched=credit2",
                                "sched=credit2 no-real-mode liveupdate=64M@0x10000000"),
                               ("xl info", "0123", "4567"), ("Xen's limits", "refcnt=3", "refcnt=4"),
                               ("Xen's limits", "9.3", "1.0"),
                               ("Xen's limits", "nr_pages=49152", "nr_pages=49151")):
            self.assertEqual(self.found(name, old, new), [], (name, old))

    def test_must_stay(self):
        for name, old, new in (("xl list", "192", "193"), ("xl list", "--p---", "-b----"),
                               ("xl list", "still                                        4",
                                "still                                        5"),
                               ("xl list", "-b----", "--p---"), ("xl list", "any node", "0"),
                               ("xl list", "-b----", "---s--"),
                               ("xl vcpu-list", "0-1 / 1", "all / 1"),
                               ("xl vcpu-list", "1 / 0", "1 / all"),
                               ("xl vcpu-list", "1     1    -   --p", "1     1    2   -b-"),
                               ("xl vcpu-list", "2   --p", "2   -b-"),
                               ("xl info", "nr_cpus                : 4", "nr_cpus                : 3"),
                               ("xl info", "sched=credit2", "sched=credit"),
                               ("Xen's limits", "max_pages=76800", "max_pages=49152"),
                               ("Xen's limits", "handle=0", "handle=1"),
                               ("Xen's limits", "vm_assist=00000028", "vm_assist=00000020"),
                               ("Xen's limits", "[0]", "[0-1]"), ("Xen's limits", "(v1)", "(v2)"),
                               ("Xen's limits", "(40 max)", "(64 max)"),
                               ("Xen's limits", "(300 max)", "(1024 max)")):
            found = self.found(name, old, new)
            self.assertEqual(len(found), 1, (name, old))
            self.assertTrue(found[0].startswith(f"{name}: '"), found)


class Differences(unittest.TestCase):
    """differences(): names the line, what it was and what it is."""

    BEFORE = {"xl cpupool-list": ["Pool-0 2 credit2 y 3", "fast 1 credit y 2"], "xenstore": ["/a = 1"]}

    def differ(self, **now):
        return settings.differences(self.BEFORE, {**self.BEFORE, **{
            name.replace("_", " ").replace("cpupool ", "cpupool-"): lines
            for name, lines in now.items()}})

    def test_another(self):
        self.assertEqual(self.differ(xl_cpupool_list=["Pool-0 2 credit2 y 3", "fast 0 credit y 2"]),
                         ["xl cpupool-list: 'fast 1 credit y 2' is now 'fast 0 credit y 2'"])

    def test_gone_and_new(self):
        self.assertEqual(self.differ(xl_cpupool_list=["Pool-0 2 credit2 y 3"]),
                         ["xl cpupool-list: 'fast 1 credit y 2' is gone"])
        self.assertEqual(self.differ(xenstore=["/a = 1", "/b = 2"]), ["xenstore: '/b = 2' is new"])
        self.assertEqual(self.differ(xenstore=[]), ["xenstore: '/a = 1' is gone"])

    def test_an_output_that_is_missing(self):
        self.assertEqual(settings.differences(self.BEFORE, {"xenstore": ["/a = 1"]}),
                         ["xl cpupool-list: 'Pool-0 2 credit2 y 3' is gone",
                          "xl cpupool-list: 'fast 1 credit y 2' is gone"])
        self.assertEqual(settings.differences({}, {"new": ["line"]}), ["new: 'line' is new"])

    def test_order(self):
        self.assertTrue(self.differ(xl_cpupool_list=self.BEFORE["xl cpupool-list"][::-1]))


if __name__ == "__main__":
    unittest.main()
