/* SPDX-License-Identifier: GPL-2.0-only */
/* What the early section's records say: see interrex/sections.h. */
#include <interrex/sections.h>

#include "items.h"
#include "live_internal.h"

#define NO_ENTRY     0xffffffffu
#define NSEC_MAX     999999999u
#define TIMER_HZ_MIN 1000000ull      /* a local APIC's timer: the bus clock, and no less than */
#define TIMER_HZ_MAX 100000000000ull /* a microsecond a tick */
#define WORD_MAX     0xffffu

static int check_preserved(const struct irx_anchor *a, const struct irx_early *e,
                           const struct irx_limits *limits, struct irx_live_error *err)
{
    uint64_t from = 0;
    uint32_t i;
    int rc = 0;

    for (i = 0; !rc && i < e->nr_preserved; i++) {
        const struct irx_preserved *p = &e->preserved[i];

        if (!p->nr)
            return irx_live_refuse(err, IRX_LE_RANGE, "preserved.nr", i, 0, 1);
        if (p->mfn < from)
            return irx_live_refuse(err, IRX_LE_ORDER, "preserved.mfn", i, p->mfn, from);
        rc = irx_live_at_most(err, "preserved.owner", i, p->owner, IRX_DOMID_LIMIT - 1);
        if (!rc)
            rc = irx_live_at_most(err, "preserved.kind", i, p->kind, IRX_PRESERVED_XEN_PAGE);
        if (!rc)
            rc = irx_live_frames(err, "preserved.mfn", i, p->mfn, p->nr, IRX_LOW_FRAMES, a, limits);
        from = p->mfn + p->nr;
    }
    return rc;
}

static int check_cpus(const struct irx_anchor *a, const struct irx_early *e,
                      struct irx_live_error *err)
{
    uint32_t i;
    int rc = 0;

    if (!e->nr_cpus || e->nr_cpus > a->cpus.count)
        return irx_live_refuse(err, IRX_LE_SIZE, "cpu_record", 0, e->nr_cpus, a->cpus.count);
    for (i = 0; !rc && i < e->nr_cpus; i++) {
        const struct irx_cpu_record *c = &e->cpus[i];

        rc = irx_live_at_most(err, "cpu_record.held", i, c->held, 1);
        if (!rc)
            rc = irx_live_at_most(err, "cpu_record.offline", i, c->offline, c->held ? 0 : 1);
        if (!rc && (c->held ? c->cpu_entry >= a->cpus.count : c->cpu_entry != NO_ENTRY))
            rc = irx_live_refuse(err, IRX_LE_BOUNDS, "cpu_record.cpu_entry", i, c->cpu_entry,
                                 c->held ? a->cpus.count : NO_ENTRY);
    }
    return rc;
}

static int check_time(const struct irx_anchor *a, const struct irx_time_record *t,
                      struct irx_live_error *err)
{
    int rc = irx_live_scale(err, "time_record.scale.mul", "time_record.scale.shift", 0, &t->scale);

    if (!rc && t->tsc_khz != a->tsc_khz)
        rc = irx_live_refuse(err, IRX_LE_MISMATCH, "time_record.tsc_khz", 0, t->tsc_khz,
                             a->tsc_khz);
    if (!rc)
        rc = irx_live_at_most(err, "time_record.wc_nsec", 0, t->wc_nsec, NSEC_MAX);
    if (!rc && t->apic_timer_hz &&
        (t->apic_timer_hz < TIMER_HZ_MIN || t->apic_timer_hz > TIMER_HZ_MAX))
        rc = irx_live_refuse(err, IRX_LE_RANGE, "time_record.apic_timer_hz", 0, t->apic_timer_hz,
                             TIMER_HZ_MAX);
    return rc;
}

static int check_firmware(const struct irx_firmware_record *f, const struct irx_limits *limits,
                          struct irx_live_error *err)
{
    uint64_t last = limits->end_mfn * IRX_PAGE_SIZE - 1;
    int rc = irx_live_at_most(err, "firmware_record.rsdp", 0, f->rsdp, last);

    if (!rc)
        rc = irx_live_at_most(err, "firmware_record.efi_table", 0, f->efi_table, last);
    if (!rc)
        rc = irx_live_at_most(err, "firmware_record.smbios", 0, f->smbios, last);
    if (!rc)
        rc = irx_live_at_most(err, "firmware_record.bda_ebda_seg", 0, f->bda_ebda_seg, WORD_MAX);
    if (!rc)
        rc = irx_live_at_most(err, "firmware_record.bda_base_kib", 0, f->bda_base_kib, WORD_MAX);
    return rc;
}

/* Sorted and of some size; what the types mean, the reader knows. */
static int check_memmap(const struct irx_items *map, struct irx_live_error *err)
{
    uint64_t from = 0;
    uint32_t i;

    for (i = 0; i < map->count; i++) {
        struct irx_memmap_entry copy;
        const struct irx_memmap_entry *m = irx_item(map, i, &copy);

        if (!m->size || m->size > IRX_NOWHERE - m->addr)
            return irx_live_refuse(err, IRX_LE_RANGE, "memmap_entry.size", i, m->size, 1);
        if (m->addr < from)
            return irx_live_refuse(err, IRX_LE_ORDER, "memmap_entry.addr", i, m->addr, from);
        from = m->addr + m->size;
    }
    return 0;
}

/* A string of Xen's: it ends inside its field. */
static int check_console(const struct irx_record *rec, struct irx_live_error *err)
{
    struct irx_console_record c;
    size_t i;

    irx_record_copy(rec, &c, sizeof(c));
    for (i = 0; i < sizeof(c.xen_cmdline); i++)
        if (!c.xen_cmdline[i])
            return 0;
    return irx_live_refuse(err, IRX_LE_RANGE, "console_record.xen_cmdline", 0, c.xen_cmdline[i - 1],
                           0);
}

static int missing(const char *what, struct irx_live_error *err)
{
    return irx_live_refuse(err, IRX_LE_MISSING, what, 0, 0, 1);
}

/* An array that is used where it lies. */
static int get_array(const struct irx_stream *s, uint32_t type, const char *what,
                     struct irx_items *items, struct irx_live_error *err)
{
    const struct irx_record *rec = irx_stream_find(s, type, 0, NULL);

    if (!rec)
        return missing(what, err);
    *items = irx_items(s, rec);
    if (items->wire != items->native)
        return irx_live_refuse(err, IRX_LE_VERSION, what, 0, items->wire, items->native);
    return 0;
}

static int get_all(const struct irx_stream *s, struct irx_early *e, struct irx_live_error *err)
{
    const struct irx_record *time = irx_stream_find(s, IRX_REC_TIME, 0, NULL);
    const struct irx_record *firmware = irx_stream_find(s, IRX_REC_FIRMWARE, 0, NULL);
    struct irx_items preserved = {.count = 0}, cpus = {.count = 0};
    int rc;

    if (!time)
        return missing("time_record", err);
    if (!firmware)
        return missing("firmware_record", err);
    rc = get_array(s, IRX_REC_PRESERVED, "preserved", &preserved, err);
    if (!rc)
        rc = get_array(s, IRX_REC_CPUS, "cpu_record", &cpus, err);
    if (rc)
        return rc;
    irx_record_copy(time, &e->time, sizeof(e->time));
    irx_record_copy(firmware, &e->firmware, sizeof(e->firmware));
    e->preserved = (const void *)preserved.first;
    e->nr_preserved = preserved.count;
    e->cpus = (const void *)cpus.first;
    e->nr_cpus = cpus.count;
    return 0;
}

int irx_early_validate(const struct irx_stream *s, const struct irx_anchor *a,
                       const struct irx_limits *limits, struct irx_early *early,
                       struct irx_live_error *err)
{
    const struct irx_record *console = irx_stream_find(s, IRX_REC_CONSOLE, 0, NULL);
    struct irx_items map = irx_items(s, irx_stream_find(s, IRX_REC_MEMMAP, 0, NULL));
    int rc;

    if (!irx_stream_of_handoff(s, a->handoff_id))
        return irx_live_refuse(err, IRX_LE_MISMATCH, "anchor.handoff_id", 0, IRX_SECTION_EARLY, 0);
    rc = get_all(s, early, err);
    if (!rc)
        rc = check_time(a, &early->time, err);
    if (!rc)
        rc = check_firmware(&early->firmware, limits, err);
    if (!rc)
        rc = check_memmap(&map, err);
    if (!rc && console)
        rc = check_console(console, err);
    if (!rc)
        rc = check_cpus(a, early, err);
    return rc ? rc : check_preserved(a, early, limits, err);
}
