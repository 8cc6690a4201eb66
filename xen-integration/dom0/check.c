/* SPDX-License-Identifier: GPL-2.0-only */
/* The step "check": Xen's reasons against an update, as lines for the operator. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <interrex/note_file.h>

#include "reasons.h"
#include "sequence.h"
#include "view.h"

#define REASONS_MAX 4096u

static void subject_of(struct irx_session *s, uint16_t domid, char *subject, size_t size)
{
    const struct irx_guest *g = irx_session_guest(s, domid);

    if (domid == IRX_DOMID_HOST)
        snprintf(subject, size, "host");
    else if (domid == 0)
        snprintf(subject, size, "Domain-0 (0)");
    else if (g)
        snprintf(subject, size, "%s (%u)", g->name, domid);
    else
        snprintf(subject, size, "domain %u", domid);
}

/* It stays where it is. */
static void as_warning(struct irx_finding *finding)
{
    finding->refused = false;
    finding->warning = true;
    snprintf(finding->remedy, sizeof(finding->remedy),
             "it is carried on, and quarantined again where the target cannot take it either");
}

static void add_reasons(struct irx_session *s, bool loaded, const struct irx_op_reason *reasons,
                        unsigned int count, struct irx_findings *f)
{
    for (unsigned int i = 0; i < count; i++) {
        struct irx_finding finding = {0};

        if (reasons[i].code == IRX_REASON_NOT_LOADED && !loaded)
            continue;
        irx_reason_describe(&reasons[i], &finding);
        if (reasons[i].code == IRX_REASON_NO_REGION)
            irx_reason_describe_region(s->source.cmdline, &finding);
        subject_of(s, reasons[i].domid, finding.subject, sizeof(finding.subject));
        if (s->carries && irx_reason_carried(&reasons[i]))
            as_warning(&finding);
        irx_findings_add(f, &finding);
    }
}

static void add_passed(struct irx_session *s, const struct irx_op_reason *reasons,
                       unsigned int count, struct irx_findings *f)
{
    const struct irx_note *note = &s->before.note;
    char release[IRX_RELEASE_TEXT_MAX], subject[80];
    bool host = true;

    for (unsigned int i = 0; i < count; i++)
        if (reasons[i].domid == IRX_DOMID_HOST && reasons[i].code != IRX_REASON_NOT_LOADED)
            host = false;
    irx_findings_ok(f, "running Xen", "%s: Interrex %s, ABI %u.%u", s->source.version,
                    irx_release_text(note->release, release), note->native >> 16,
                    note->native & 0xffff);
    if (host)
        irx_findings_ok(f, "host", "%u CPUs, %" PRIu64 " MiB, region of %" PRIu64 " MiB, %s",
                        s->cpus, s->host.memory_mib, s->before.region_size >> 20,
                        irx_host_state_name(s->before.host_state));
    for (unsigned int g = 0; g < s->guest_count; g++) {
        const struct irx_guest *guest = &s->guests[g];
        bool passed = true;

        for (unsigned int i = 0; i < count; i++)
            passed &= reasons[i].domid != guest->domid;
        subject_of(s, (uint16_t)guest->domid, subject, sizeof(subject));
        if (passed)
            irx_findings_ok(f, subject, "%u vCPU%s, %" PRIu64 " MiB%s", guest->vcpus,
                            guest->vcpus == 1 ? "" : "s", guest->memory_mib,
                            guest->pv ? ", PV: stands still for the service stall" : "");
    }
}

/* What Xen cannot know: a toolstack is at it, or waits for it. */
static void add_suspending(struct irx_session *s, struct irx_findings *f)
{
    for (unsigned int i = 0; i < s->guest_count; i++) {
        struct irx_finding finding = {.refused = true, .domid = (uint16_t)s->guests[i].domid};

        if (!s->xen->ops->suspends(s->xen->ctx, s->guests[i].domid))
            continue;
        subject_of(s, finding.domid, finding.subject, sizeof(finding.subject));
        snprintf(finding.what, sizeof(finding.what),
                 "a save, migration or restore of it is under way");
        snprintf(finding.remedy, sizeof(finding.remedy), "wait until that has ended");
        irx_findings_add(f, &finding);
    }
}

#define TABLES_PER_MIB                                                                             \
    512u /* MiB of memory whose nested page tables take one, mapped page by page */

/* What R has room for; a warning where that may be too little, which only prepare can tell. */
static void add_limits(struct irx_session *s, struct irx_findings *f)
{
    const uint64_t needed = s->host.memory_mib / TABLES_PER_MIB;
    struct irx_error ignored;
    struct irx_view view;
    uint64_t heap;

    if (s->before.region_size && irx_view_read(s->xen, &view, &ignored) == 0) {
        heap = view.anchor.shim_heap.size >> 20;
        irx_findings_ok(f, "region",
                        "room for %u domains, %u vCPUs, guests' memory in %" PRIu64
                        " pieces, %" PRIu64 " MiB of nested page tables",
                        view.anchor.domains.count, view.anchor.vcpus.count,
                        view.anchor.data.size / sizeof(struct irx_extent), heap);
        if (needed > heap)
            irx_findings_warn(f, "region", "boot Xen with a larger liveupdate= if prepare says so",
                              "memory that is all in single pages would need %" PRIu64
                              " MiB of nested page tables, and there is room for %" PRIu64 " MiB",
                              needed, heap);
    }
    if (s->before.region_size)
        irx_view_free(&view);
}

int irx_session_check(struct irx_session *s, bool loaded, struct irx_findings *f,
                      struct irx_error *e)
{
    struct irx_op_reason *reasons = calloc(REASONS_MAX, sizeof(*reasons));
    struct irx_phase *phase = irx_phase_begin(s, "check");
    struct irx_op_check check = {0};
    unsigned int kept;
    int rc = reasons ? irx_xen_check(s->xen, &check, reasons, REASONS_MAX) : -ENOMEM;

    if (rc) {
        free(reasons);
        return irx_fail(e, rc, "see `xl dmesg`", "Xen does not check the host: %s", strerror(-rc));
    }
    kept = check.count < REASONS_MAX ? check.count : REASONS_MAX;
    /* Xen keeps fewer than there are, and than we have room for: what is not told stays zero. */
    while (kept && !reasons[kept - 1].code)
        kept--;
    if (check.count == kept)
        add_passed(s, reasons, kept, f);
    if (!loaded)
        add_limits(s, f);
    add_reasons(s, loaded, reasons, kept, f);
    add_suspending(s, f);
    if (check.count > kept) {
        struct irx_error more = {0};

        irx_fail(&more, -E2BIG, "remove the ones that are shown first",
                 "%u more reasons than can be shown", check.count - kept);
        irx_findings_error(f, "host", &more);
    }
    free(reasons);
    irx_phase_end(s, phase);
    irx_progress_step(&s->progress, 1, 1, "%s",
                      irx_findings_passed(f) ? "nothing refuses" : "refused");
    return 0;
}
