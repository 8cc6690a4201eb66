/* SPDX-License-Identifier: GPL-2.0-only */
/* The anchor of R: see interrex/live.h. */
#include "live_internal.h"

#define SIZE_2M      (2ull << 20)
#define LIMIT_4G     (4ull << 30)
#define TABLE_ALIGN  64u
#define FIRST_VECTOR 0x20u /* below: exceptions; Intel SDM volume 3, section 6.2 */
#define LAST_VECTOR  0xffu
/* Of MSR_SPEC_CTRL: IBRS, STIBP, SSBD, PSFD; AMD64 APM volume 2, section 3.2.9 */
#define SPEC_CTRL_BITS 0x87u
#define ENTRIES_MAX    4096u /* of CPUs, of domains: what is quadratic in them stays short */

static int check_identity(const struct irx_anchor *a, uint64_t base, uint64_t size,
                          struct irx_live_error *err)
{
    if (a->magic != IRX_ANCHOR_MAGIC)
        return irx_live_refuse(err, IRX_LE_MAGIC, "anchor.magic", 0, a->magic, IRX_ANCHOR_MAGIC);
    if (a->version > irx_schema_native.version || a->version < irx_schema_native.oldest)
        return irx_live_refuse(err, IRX_LE_VERSION, "anchor.version", 0, a->version,
                               irx_schema_native.version);
    if (a->size != irx_layout_size(&irx_layout_irx_anchor, a->version))
        return irx_live_refuse(err, IRX_LE_SIZE, "anchor.size", 0, a->size, sizeof(*a));
    if (a->region_base != base)
        return irx_live_refuse(err, IRX_LE_PLACE, "anchor.region_base", 0, a->region_base, base);
    if (a->region_size != size)
        return irx_live_refuse(err, IRX_LE_PLACE, "anchor.region_size", 0, a->region_size, size);
    if (base % SIZE_2M || size % SIZE_2M)
        return irx_live_refuse(err, IRX_LE_ALIGNMENT, "anchor.region_base", 0, base, SIZE_2M);
    if (!size || base > LIMIT_4G || size > LIMIT_4G - base)
        return irx_live_refuse(err, IRX_LE_BOUNDS, "anchor.region_size", 0, size, LIMIT_4G);
    return 0;
}

static int check_states(const struct irx_anchor *a, struct irx_live_error *err)
{
    int rc = irx_live_at_most(err, "anchor.host_state", 0, a->host_state, IRX_HOST_RECOVERING);

    if (!rc)
        rc = irx_live_at_most(err, "anchor.shim_state", 0, a->shim_state, IRX_SHIM_FAILED);
    if (!rc)
        rc = irx_live_at_most(err, "anchor.xen_alive", 0, a->xen_alive, 1);
    if (!rc)
        rc = irx_live_errno(err, "anchor.shim_error", 0, a->shim_error);
    if (rc)
        return rc;
    if (a->xen_alive && (a->xen_vector < FIRST_VECTOR || a->xen_vector > LAST_VECTOR))
        return irx_live_refuse(err, IRX_LE_RANGE, "anchor.xen_vector", 0, a->xen_vector,
                               LAST_VECTOR);
    if (a->features & ~irx_schema_native.features)
        return irx_live_refuse(err, IRX_LE_RANGE, "anchor.features", 0, a->features,
                               irx_schema_native.features);
    if (!a->tsc_khz)
        return irx_live_refuse(err, IRX_LE_RANGE, "anchor.tsc_khz", 0, 0, 1);
    return irx_live_shift(err, "anchor.time.shift", 0, a->time.shift); /* mul: none before a lend */
}

/*
 * A version 1.0 has no such field, and its reader takes it for absent. Which of it the CPU has is
 * for the shim to know.
 */
static int check_spec(const struct irx_anchor *a, struct irx_live_error *err)
{
    const uint32_t flags = IRX_SPEC_GIVEN | IRX_SPEC_GUEST_CTRL | IRX_SPEC_IBPB_EXIT |
                           IRX_SPEC_IBPB_SWITCH | IRX_SPEC_RSB_IBPB | IRX_SPEC_RSB_EXIT |
                           IRX_SPEC_RSB_IDLE | IRX_SPEC_VERW_ENTRY | IRX_SPEC_VERW_IDLE |
                           IRX_SPEC_DIV_ENTRY | IRX_SPEC_SSBD_ALWAYS;
    const struct irx_spec *s = &a->spec;

    if (a->version < IRX_VERSION(1, 1))
        return 0;
    if ((s->flags & ~flags) || (s->flags && !(s->flags & IRX_SPEC_GIVEN)))
        return irx_live_refuse(err, IRX_LE_RANGE, "anchor.spec.flags", 0, s->flags, flags);
    if (s->host_ctrl & ~(s->flags ? SPEC_CTRL_BITS : 0))
        return irx_live_refuse(err, IRX_LE_RANGE, "anchor.spec.host_ctrl", 0, s->host_ctrl,
                               SPEC_CTRL_BITS);
    return irx_live_at_most(err, "anchor.spec.ssbd", 0, s->ssbd, s->flags ? IRX_SSBD_LS_CFG : 0);
}

/* A table of entries of at least `entry` bytes; its place goes to *piece. */
static int check_table(const struct irx_anchor *a, const char *name, const struct irx_table *t,
                       uint32_t entry, struct irx_piece *piece, struct irx_live_error *err)
{
    uint64_t size = (uint64_t)t->stride * t->count;

    if (t->stride < entry)
        return irx_live_refuse(err, IRX_LE_SIZE, name, 0, t->stride, entry);
    if (t->stride % TABLE_ALIGN || t->off % TABLE_ALIGN)
        return irx_live_refuse(err, IRX_LE_ALIGNMENT, name, 0, t->off, TABLE_ALIGN);
    if (!t->count || t->off < IRX_PAGE_SIZE || t->off > a->region_size ||
        size > a->region_size - t->off)
        return irx_live_refuse(err, IRX_LE_BOUNDS, name, 0, t->off, a->region_size);
    *piece = (struct irx_piece){.name = name, .off = t->off, .size = size};
    return 0;
}

/* A span of at least `least` bytes (0: may be absent), aligned to `align`. */
static int check_span(const struct irx_anchor *a, const char *name, const struct irx_span *s,
                      uint64_t least, uint64_t align, struct irx_piece *piece,
                      struct irx_live_error *err)
{
    *piece = (struct irx_piece){.name = name, .off = s->off, .size = s->size};
    if (!s->size && !s->off && !least)
        return 0;
    if (s->size < least)
        return irx_live_refuse(err, IRX_LE_SIZE, name, 0, s->size, least);
    if (s->off % align)
        return irx_live_refuse(err, IRX_LE_ALIGNMENT, name, 0, s->off, align);
    if (s->off < IRX_PAGE_SIZE || s->off > a->region_size || s->size > a->region_size - s->off)
        return irx_live_refuse(err, IRX_LE_BOUNDS, name, 0, s->off, a->region_size);
    return 0;
}

/* Since 1.1. Who prints it, or answers a guest with it, finds an end. */
static int check_xen(const struct irx_anchor *a, struct irx_live_error *err)
{
    const struct irx_xen_info *x = &a->xen;
    uint8_t last = x->extraversion[sizeof(x->extraversion) - 1] |
                   x->compile_info[sizeof(x->compile_info) - 1] |
                   x->capabilities[sizeof(x->capabilities) - 1] |
                   x->changeset[sizeof(x->changeset) - 1];

    if (a->version < IRX_VERSION(1, 1) || !last)
        return 0;
    return irx_live_refuse(err, IRX_LE_RANGE, "anchor.xen", 0, last, 0);
}

#define NR_TABLES 3u
#define NR_SPANS  9u
#define NR_SLOTS  2u
#define NR_PIECES (NR_TABLES + NR_SPANS + NR_SLOTS)

static int check_map(const struct irx_anchor *a, struct irx_live_error *err)
{
    static const struct irx_span none;
    const bool recovers = a->version >= IRX_VERSION(1, 1);
    const struct {
        const char *name;
        const struct irx_table *table;
        uint32_t entry;
    } tables[NR_TABLES] = {
        {"anchor.cpus", &a->cpus, irx_layout_size(&irx_layout_irx_cpu, a->version)},
        {"anchor.domains", &a->domains, irx_layout_size(&irx_layout_irx_domain, a->version)},
        {"anchor.vcpus", &a->vcpus, irx_layout_size(&irx_layout_irx_vcpu, a->version)},
    };
    const struct {
        const char *name;
        const struct irx_span *span;
        uint64_t least;
        uint64_t align;
    } spans[NR_SPANS + NR_SLOTS] = {
        {"anchor.log", &a->log, sizeof(struct irx_log), IRX_PAGE_SIZE},
        {"anchor.data", &a->data, IRX_PAGE_SIZE, IRX_PAGE_SIZE},
        {"anchor.early", &a->early, 0, IRX_PAGE_SIZE},
        {"anchor.late", &a->late, 0, IRX_PAGE_SIZE},
        {"anchor.entry", &a->entry, 0, IRX_PAGE_SIZE},
        {"anchor.shim", &a->shim, IRX_PAGE_SIZE, IRX_PAGE_SIZE},
        {"anchor.shim_heap", &a->shim_heap, IRX_PAGE_SIZE, IRX_PAGE_SIZE},
        {"anchor.failure", recovers ? &a->failure : &none, 0, IRX_PAGE_SIZE},
        {"anchor.fallback", recovers ? &a->fallback : &none, 0, IRX_PAGE_SIZE},
        {"anchor.slots[0]", &a->slots[0].span, 0, SIZE_2M},
        {"anchor.slots[1]", &a->slots[1].span, 0, SIZE_2M},
    };
    struct irx_piece pieces[NR_PIECES];
    uint32_t i;
    int rc = irx_live_at_most(err, "anchor.cpus.count", 0, a->cpus.count, ENTRIES_MAX);

    if (!rc)
        rc = irx_live_at_most(err, "anchor.domains.count", 0, a->domains.count, ENTRIES_MAX);
    for (i = 0; !rc && i < NR_TABLES; i++)
        rc = check_table(a, tables[i].name, tables[i].table, tables[i].entry, &pieces[i], err);
    for (i = 0; !rc && i < NR_SPANS + NR_SLOTS; i++)
        rc = check_span(a, spans[i].name, spans[i].span, spans[i].least, spans[i].align,
                        &pieces[NR_TABLES + i], err);
    return rc ? rc : irx_live_disjoint(err, pieces, NR_PIECES);
}

static int check_used(const struct irx_anchor *a, struct irx_live_error *err)
{
    const struct {
        const char *name;
        uint64_t used, size;
    } uses[] = {
        {"anchor.data_used", a->data_used, a->data.size},
        {"anchor.early_used", a->early_used, a->early.size},
        {"anchor.late_used", a->late_used, a->late.size},
        {"anchor.shim_image_size", a->shim_image_size, a->shim.size},
    };
    uint32_t i;

    for (i = 0; i < sizeof(uses) / sizeof(uses[0]); i++)
        if (uses[i].used > uses[i].size)
            return irx_live_refuse(err, IRX_LE_BOUNDS, uses[i].name, 0, uses[i].used, uses[i].size);
    if (a->shim_image_size && a->shim_entry >= a->shim_image_size)
        return irx_live_refuse(err, IRX_LE_BOUNDS, "anchor.shim_entry", 0, a->shim_entry,
                               a->shim_image_size);
    for (i = 0; i < NR_SLOTS; i++)
        if (a->slots[i].state > IRX_SLOT_RUNNING)
            return irx_live_refuse(err, IRX_LE_RANGE, "anchor.slots[].state", i, a->slots[i].state,
                                   IRX_SLOT_RUNNING);
    return 0;
}

static bool in_slot(const struct irx_anchor *a, const struct irx_span *s)
{
    uint32_t i;

    for (i = 0; i < NR_SLOTS; i++) {
        const struct irx_span *slot = &a->slots[i].span;

        if (s->off >= slot->off && s->off - slot->off <= slot->size &&
            s->size <= slot->size - (s->off - slot->off))
            return true;
    }
    return false;
}

static int check_watch(const struct irx_anchor *a, struct irx_live_error *err)
{
    const struct irx_watch *w = &a->watch;
    uint32_t i;
    int rc = irx_live_at_most(err, "anchor.watch.answers", 0, w->answers, 1);

    if (!rc)
        rc = irx_live_at_most(err, "anchor.watch.noticed", 0, w->noticed, a->cpus.count);
    if (!rc)
        rc = irx_live_at_most(err, "anchor.watch.stage", 0, w->stage, IRX_BOOT_READY);
    if (!rc)
        rc = irx_live_at_most(err, "anchor.watch.taken", 0, w->taken, IRX_TAKEN_SHIM);
    if (!rc)
        rc = irx_live_at_most(err, "anchor.watch.heard", 0, w->heard, 1);
    for (i = 0; !rc && i < sizeof(w->text) / sizeof(w->text[0]); i++)
        if (w->text[i].size ? !in_slot(a, &w->text[i]) : !!w->text[i].off)
            rc = irx_live_refuse(err, IRX_LE_PLACE, "anchor.watch.text", i, w->text[i].off,
                                 a->slots[0].span.off);
    return rc;
}

/* Since 1.1. */
static int check_recovery(const struct irx_anchor *a, struct irx_live_error *err)
{
    int rc;

    if (a->version < IRX_VERSION(1, 1))
        return 0;
    if (a->fallback_used > a->fallback.size)
        return irx_live_refuse(err, IRX_LE_BOUNDS, "anchor.fallback_used", 0, a->fallback_used,
                               a->fallback.size);
    if (a->failure.size && a->failure.size < sizeof(struct irx_failure))
        return irx_live_refuse(err, IRX_LE_SIZE, "anchor.failure", 0, a->failure.size,
                               sizeof(struct irx_failure));
    rc = irx_live_at_most(err, "anchor.attempts_max", 0, a->attempts_max, IRX_ATTEMPTS_LIMIT);
    if (!rc)
        rc = irx_live_at_most(err, "anchor.attempts", 0, a->attempts, a->attempts_max);
    return rc ? rc : check_watch(a, err);
}

/* Since 1.1. */
static int check_deadman(const struct irx_anchor *a, struct irx_live_error *err)
{
    const struct irx_deadman *d = &a->deadman;
    int rc;

    if (a->version < IRX_VERSION(1, 1))
        return 0;
    rc = irx_live_at_most(err, "anchor.deadman.limit_ms", 0, d->limit_ms, IRX_DEADMAN_LIMIT_MAX_MS);
    if (!rc)
        rc = irx_live_at_most(err, "anchor.deadman.claimed", 0, d->claimed, a->domains.count);
    if (!rc)
        rc = irx_live_at_most(err, "anchor.deadman.left", 0, d->left, a->domains.count);
    return rc ? rc : irx_live_at_most(err, "anchor.deadman.cpus", 0, d->cpus, a->cpus.count);
}

/* `size` bytes at `off` are in this piece of R, on pages. */
static bool in_span(const struct irx_span *s, irx_off_t off, uint64_t size)
{
    return !(off % IRX_PAGE_SIZE) && !(size % IRX_PAGE_SIZE) && size && off >= s->off &&
           off - s->off < s->size && size <= s->size - (off - s->off);
}

int irx_fallback_validate(const struct irx_anchor *a, const struct irx_fallback *f,
                          struct irx_live_error *err)
{
    const struct irx_span *slot = &a->slots[0].span;
    const struct {
        const char *name;
        irx_off_t off;
        uint64_t size;
    } pieces[] = {
        {"fallback.tables", f->tables, IRX_PAGE_SIZE}, {"fallback.own", f->own, 2 * IRX_PAGE_SIZE},
        {"fallback.code", f->code, IRX_PAGE_SIZE},     {"fallback.cpus", f->cpus, IRX_PAGE_SIZE},
        {"fallback.image", f->image, f->image_size},
    };
    uint32_t i;

    if (a->fallback_used < sizeof(*f) || f->size != sizeof(*f))
        return irx_live_refuse(err, IRX_LE_SIZE, "fallback.size", 0, f->size, sizeof(*f));
    for (i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++)
        if (!in_span(&a->fallback, pieces[i].off, pieces[i].size))
            return irx_live_refuse(err, IRX_LE_PLACE, pieces[i].name, 0, pieces[i].off,
                                   a->fallback.off);
    if (!in_span(slot, f->dest, f->image_size))
        slot = &a->slots[1].span;
    if (!in_span(slot, f->dest, f->image_size))
        return irx_live_refuse(err, IRX_LE_PLACE, "fallback.dest", 0, f->dest, slot->off);
    if (f->entry < f->dest || f->entry - f->dest >= f->image_size)
        return irx_live_refuse(err, IRX_LE_PLACE, "fallback.entry", 0, f->entry, f->dest);
    return irx_live_at_most(err, "fallback.cpu_count", 0, f->cpu_count, IRX_FALLBACK_CPUS);
}

int irx_anchor_validate(const struct irx_anchor *a, uint64_t region_base, uint64_t region_size,
                        struct irx_live_error *err)
{
    int rc = check_identity(a, region_base, region_size, err);

    if (!rc)
        rc = irx_live_reserved(err, &irx_layout_irx_anchor, a, 0);
    if (!rc)
        rc = check_states(a, err);
    if (!rc)
        rc = check_xen(a, err);
    if (!rc)
        rc = check_spec(a, err);
    if (!rc)
        rc = check_map(a, err);
    if (!rc)
        rc = check_used(a, err);
    if (!rc)
        rc = check_recovery(a, err);
    return rc ? rc : check_deadman(a, err);
}

int irx_anchor_validate_handover(const struct irx_anchor *a, struct irx_live_error *err)
{
    const bool recovers = a->version >= IRX_VERSION(1, 1) && a->attempts &&
                          a->host_state == IRX_HOST_RECOVERING;

    if (a->host_state != IRX_HOST_HANDING_OVER && !recovers)
        return irx_live_refuse(err, IRX_LE_STATE, "anchor.host_state", 0, a->host_state,
                               IRX_HOST_HANDING_OVER);
    if (!a->generation)
        return irx_live_refuse(err, IRX_LE_RANGE, "anchor.generation", 0, 0, 1);
    if (!a->early_used)
        return irx_live_refuse(err, IRX_LE_MISSING, "anchor.early_used", 0, 0, 1);
    if (!a->late_used)
        return irx_live_refuse(err, IRX_LE_MISSING, "anchor.late_used", 0, 0, 1);
    return irx_live_scale(err, "anchor.time.mul", "anchor.time.shift", 0, &a->time);
}
