# SPDX-License-Identifier: GPL-2.0-only
"""The audit of references to pages: `interrex audit`, of test builds of Xen."""

import json

from ..errors import StepFailed
from .context import Kind
from .usage import check, step

# What a page that is spoilt so has to differ in, and nothing else.
SPOILT = {"ref": ["refs"], "type": ["type_refs"], "table": ["type_refs"], "pin": ["refs", "type_refs"]}
MET = ("foreign", "partial", "mappings")


def words_of(difference):
    """A difference, in one line."""
    def page(which):
        said = difference[which]
        return f"{said['refs']} refs, {said['type_refs']} of type {said['type']} {'+'.join(said['flags'])}".rstrip()
    return (f"frame {difference['mfn']} (pfn {difference['pfn']}) of domain {difference['domid']}: "
            f"{', '.join(difference['what'])}: expected {page('expected')}; found {page('found')}")


def refuse(audit, spoil):
    """Raises StepFailed unless it found what it had to: nothing, or the page that was spoilt."""
    found = audit["differences"]
    if not spoil:
        if audit["count"]:
            raise StepFailed(f"{audit['count']} differences: {words_of(found[0])}")
        return
    if audit["count"] != 1:
        raise StepFailed(f"{audit['count']} differences where one was made")
    if audit["spoilt"] is None or found[0]["mfn"] != audit["spoilt"] or found[0]["what"] != SPOILT[spoil]:
        raise StepFailed(f"frame {audit['spoilt']} was made wrong ({spoil}); {words_of(found[0])}")


def line(audit):
    """What it looked at."""
    return (f"audit: {audit['pages']} pages of {audit['domains']} domains, tables {'/'.join(map(str, audit['tables']))}, "
            f"{audit['partial']} in the making, {audit['pins']} pins, {audit['entries']} entries, "
            f"{audit['foreign']} of pages of others, {audit['mappings']} mappings, {audit['paused_us']} us")


class Audit(Kind):
    """Are the references to pages where they are expected?"""

    def __init__(self, context):
        super().__init__(context)
        self.met = dict.fromkeys(MET, 0)  # in how many audits there were such things

    def _audit(self, spoil, timeout):
        status, output = self.dom0.run(f"interrex audit --json{f' --spoil={spoil}' if spoil else ''}", timeout)
        if status not in (0, 3):
            raise StepFailed(f"interrex audit ended with {status}: {output.strip()}")
        audit = json.loads(output)
        if (status == 3) != bool(audit["count"]):
            raise StepFailed(f"interrex audit ended with {status} and {audit['count']} differences")
        return audit

    @step(spoil="|".join(SPOILT))
    def step_audit(self, _words, spoil="", timeout="60"):
        """audit: all are, or (spoil=) the one that is made wrong is found, and no other."""
        audit = self._audit(spoil, int(timeout))
        refuse(audit, spoil)
        for name in MET:
            self.met[name] += bool(audit[name])
        if not spoil:
            self.say(line(audit))

    @check(1, 3, word="|".join(MET), after=("audit",))
    def check_audited(self, words, **_):
        """So far an audit has met such things."""
        for name in words:
            if not self.met.get(name):
                raise StepFailed(f"no audit has met: {name}")
