/* SPDX-License-Identifier: GPL-2.0-only */
#include "handoff.h"

#include <interrex/note_file.h>

#include <elf.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "file.h"

int irx_handoff_open(struct irx_handoff *h, const char *path, const char **reason)
{
    uint64_t magic = 0;
    int rc;

    memset(h, 0, sizeof(*h));
    *reason = "";
    rc = irx_file_read(path, &h->data, &h->size);
    if (rc)
        return rc;
    memcpy(&magic, h->data, h->size < sizeof(magic) ? h->size : sizeof(magic));
    if (magic == IRX_STREAM_MAGIC) {
        h->kind = IRX_FILE_STREAM;
    } else if (magic == IRX_ANCHOR_MAGIC) {
        h->kind = IRX_FILE_REGION;
    } else if (h->size >= SELFMAG && !memcmp(h->data, ELFMAG, SELFMAG)) {
        h->kind = IRX_FILE_NOTE;
        rc = irx_note_from_elf(h->data, h->size, &h->note, reason);
    } else {
        *reason = "it is no stream, no dump of a region and no ELF file";
        rc = -ENOEXEC;
    }
    if (rc)
        irx_handoff_close(h);
    return rc ? -ENOEXEC : 0;
}

void irx_handoff_close(struct irx_handoff *h)
{
    free(h->data);
    memset(h, 0, sizeof(*h));
}

const void *irx_handoff_at(const struct irx_handoff *h, irx_off_t off, uint64_t size)
{
    return off <= h->size && size <= h->size - off ? h->data + off : NULL;
}

const void *irx_handoff_entry(const struct irx_handoff *h, const struct irx_table *t, uint32_t i)
{
    static union {
        struct irx_cpu cpu;
        struct irx_domain domain;
        struct irx_vcpu vcpu;
    } copies[3];
    const struct irx_anchor *a = (const void *)h->data;
    const struct irx_layout *const layouts[] = {&irx_layout_irx_cpu, &irx_layout_irx_domain,
                                                &irx_layout_irx_vcpu};
    uint32_t which = t == &a->cpus ? 0 : t == &a->domains ? 1 : 2;
    uint32_t size = irx_layout_size(layouts[which], a->version);
    const void *entry = i < t->count ? irx_handoff_at(h, t->off + (uint64_t)i * t->stride, size)
                                     : NULL;

    if (!entry || size == irx_layout_native(layouts[which]))
        return entry;
    memset(&copies[which], 0, sizeof(copies[which]));
    return memcpy(&copies[which], entry, size);
}

int irx_handoff_stream(uint8_t *data, size_t size, struct irx_stream *s,
                       struct irx_stream_error *err)
{
    struct irx_stream_header *header = (struct irx_stream_header *)data;
    int rc = irx_stream_validate(s, data, size, 0, err);

    if (!rc || err->code != IRX_SE_CONSUMED)
        return rc;
    header->valid = 1;
    rc = irx_stream_validate(s, data, size, 0, err);
    header->valid = 0;
    return rc;
}

/* ---- check ---- */

__attribute__((format(printf, 3, 4))) static void report(struct irx_problems *problems,
                                                         const char *part, const char *format, ...)
{
    va_list args;

    if (problems->count++ >= IRX_MAX_PROBLEMS)
        return;
    problems->problem[problems->count - 1].part = part;
    va_start(args, format);
    vsnprintf(problems->problem[problems->count - 1].text, sizeof(problems->problem[0].text),
              format, args);
    va_end(args);
}

static void report_live(struct irx_problems *problems, const char *part,
                        const struct irx_live_error *e)
{
    report(problems, part, "%s [%u] %s: 0x%llx, expected 0x%llx", e->what, e->index,
           irx_live_error_text(e->code), (unsigned long long)e->value,
           (unsigned long long)e->expected);
}

/* 0, and *s can be asked. */
static int check_stream(const void *data, size_t size, uint32_t section, const char *part,
                        struct irx_stream *s, struct irx_problems *problems)
{
    struct irx_stream_error e;
    int rc = irx_stream_validate(s, data, size, section, &e);

    if (!rc)
        return 0;
    if (e.index == IRX_SE_NO_RECORD)
        report(problems, part, "header, offset %llu: 0x%llx, expected 0x%llx: %s",
               (unsigned long long)e.offset, (unsigned long long)e.value,
               (unsigned long long)e.expected, irx_stream_error_text(e.code));
    else
        report(problems, part,
               "record %u (%s, type 0x%x, instance %u), offset %llu: 0x%llx, expected 0x%llx: %s",
               e.index, irx_record_name(e.type), e.type, e.instance, (unsigned long long)e.offset,
               (unsigned long long)e.value, (unsigned long long)e.expected,
               irx_stream_error_text(e.code));
    return rc;
}

/* Whose guests are looked at here is not known. */
static const struct irx_limits no_limits = IRX_LIMITS_NONE;

/* Arrays of a domain whose entry is sound, as far as the dump holds them. */
static void check_arrays(const struct irx_handoff *h, const struct irx_anchor *a,
                         const struct irx_domain *d, uint32_t stage, struct irx_problems *problems)
{
    const void *extents = irx_handoff_at(h, d->extents,
                                         (uint64_t)d->extent_count * sizeof(struct irx_extent));
    const void *leaves = irx_handoff_at(h, d->leaves, (uint64_t)d->leaf_count * 24);
    const void *msrs = irx_handoff_at(h, d->msrs, (uint64_t)d->msr_count * 16);
    const void *ports = irx_handoff_at(h, d->ports,
                                       (uint64_t)d->port_count * sizeof(struct irx_port));
    struct irx_live_error e;

    if (extents && irx_extents_validate(a, d, extents, &no_limits, &e))
        report_live(problems, "extents", &e);
    if (leaves && msrs && irx_policy_validate(d, leaves, msrs, &e))
        report_live(problems, "policy", &e);
    if (stage != IRX_STAGE_PREPARE && ports && irx_ports_validate(d, ports, stage, &e))
        report_live(problems, "ports", &e);
}

static uint32_t stage_of(const struct irx_domain *d)
{
    return (d->state >= IRX_DOM_ENTERING && d->state <= IRX_DOM_CLAIMED) ||
                   d->state == IRX_DOM_SAVED
               ? IRX_STAGE_ENTER
               : IRX_STAGE_PREPARE;
}

static void check_domain(const struct irx_handoff *h, const struct irx_anchor *a,
                         const struct irx_domain *d, uint32_t entry, struct irx_problems *problems)
{
    uint32_t stage = stage_of(d);
    struct irx_live_error e;
    uint32_t i;

    if (irx_domain_validate(a, d, entry, stage, &no_limits, &e)) {
        report_live(problems, "domain", &e);
        return;
    }
    check_arrays(h, a, d, stage, problems);
    if (stage == IRX_STAGE_PREPARE)
        return;
    for (i = 0; i < d->vcpu_count; i++) {
        const struct irx_vcpu *v = irx_handoff_entry(h, &a->vcpus, d->vcpu_first + i);

        if (v && irx_vcpu_validate(a, d, v, i, &no_limits, &e))
            report_live(problems, "vcpu", &e);
    }
}

/* ---- A region that was handed over: as its reader sees it ---- */

/* All domains, their ends joined. */
static int check_links(const struct irx_anchor *a, struct irx_live_error *e)
{
    struct irx_domain_view *views = calloc(a->domains.count, sizeof(*views));
    uint32_t i;
    int rc = views ? 0 : -ENOMEM;

    *e = (struct irx_live_error){.what = "out of memory"};
    for (i = 0; !rc && i < a->domains.count; i++) {
        if (!irx_domain_in_use(a, irx_domain_entry(a, i)))
            continue;
        rc = irx_domain_validate_memory(a, i, &no_limits, &views[i], e);
        if (!rc)
            rc = irx_domain_validate_events(a, i, IRX_STAGE_HANDOVER, &no_limits, &views[i], e);
    }
    if (!rc)
        rc = irx_links_validate(views, a->domains.count, e);
    free(views);
    return rc;
}

/* Only if the dump has all of it, and only what nobody complained of yet. */
static void check_handover(const struct irx_handoff *h, const struct irx_anchor *a,
                           const struct irx_stream *early, const struct irx_stream *late,
                           struct irx_problems *problems)
{
    struct irx_live_error e;
    struct irx_early all;

    if (problems->count || !irx_handoff_at(h, 0, a->late.off + a->late.size) ||
        !irx_handoff_at(h, 0, a->data.off + a->data.size))
        return;
    if (irx_early_validate(early, a, &no_limits, &all, &e) ||
        irx_cpus_validate(a, all.cpus, all.nr_cpus, &e))
        report_live(problems, "early", &e);
    else if (irx_late_validate(late, a, &no_limits, &e))
        report_live(problems, "late", &e);
    else if (check_links(a, &e))
        report_live(problems, "domain", &e);
}

static void check_sections(const struct irx_handoff *h, const struct irx_anchor *a,
                           struct irx_problems *problems)
{
    const void *early = a->early_used ? irx_handoff_at(h, a->early.off, a->early_used) : NULL;
    const void *late = a->late_used ? irx_handoff_at(h, a->late.off, a->late_used) : NULL;
    struct irx_stream s[2];
    bool both = early && late;

    if (early && check_stream(early, a->early_used, IRX_SECTION_EARLY, "early", &s[0], problems))
        both = false;
    if (late && check_stream(late, a->late_used, IRX_SECTION_LATE, "late", &s[1], problems))
        both = false;
    if (both && !irx_anchor_validate_handover(a, NULL))
        check_handover(h, a, &s[0], &s[1], problems);
}

static void check_region(const struct irx_handoff *h, struct irx_problems *problems)
{
    const struct irx_anchor *a = irx_handoff_at(h, 0, sizeof(*a));
    struct irx_live_error e;
    uint32_t i;

    if (!a) {
        report(problems, "anchor", "the dump is shorter than the anchor: dump more of the region");
        return;
    }
    if (irx_anchor_validate(a, a->region_base, a->region_size, &e)) {
        report_live(problems, "anchor", &e);
        return;
    }
    for (i = 0; i < a->cpus.count; i++) {
        const struct irx_cpu *cpu = irx_handoff_entry(h, &a->cpus, i);

        if (cpu && irx_cpu_validate(cpu, i, &e))
            report_live(problems, "cpu", &e);
    }
    for (i = 0; i < a->domains.count; i++) {
        const struct irx_domain *d = irx_handoff_entry(h, &a->domains, i);

        if (d && irx_domain_in_use(a, d))
            check_domain(h, a, d, i, problems);
    }
    check_sections(h, a, problems);
}

/* A file that was never sealed may be sound: it is not final yet. */
static void check_seal(const struct irx_handoff *h, struct irx_problems *problems)
{
    const char *reason = "";
    int rc = irx_seal_verify(h->data, h->size, &reason);

    if (rc && rc != -ENOENT)
        report(problems, "seal", "%s", reason);
}

void irx_handoff_check(const struct irx_handoff *h, struct irx_problems *problems)
{
    struct irx_stream s;

    memset(problems, 0, sizeof(*problems));
    if (h->kind == IRX_FILE_STREAM)
        check_stream(h->data, h->size, 0, "stream", &s, problems);
    else if (h->kind == IRX_FILE_REGION)
        check_region(h, problems);
    else
        check_seal(h, problems);
}
