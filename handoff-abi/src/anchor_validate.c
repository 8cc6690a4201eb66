/* SPDX-License-Identifier: GPL-2.0-only */
/* The anchor of R, and what the other validators of interrex/live.h share. */
#include "live_internal.h"

#define SIZE_2M      (2ull << 20)
#define LIMIT_4G     (4ull << 30)
#define TABLE_ALIGN  64u
#define FIRST_VECTOR 0x20u /* below: exceptions; Intel SDM volume 3, section 6.2 */
#define LAST_VECTOR  0xffu
#define MAX_SHIFT    32

const char *irx_live_error_text(uint32_t code)
{
    static const char *const text[IRX_LE_MAX + 1] = {
        [IRX_LE_NONE] = "no error",
        [IRX_LE_MAGIC] = "is not an Interrex anchor",
        [IRX_LE_VERSION] = "is of a version that this build does not know",
        [IRX_LE_SIZE] = "has a wrong size",
        [IRX_LE_PLACE] = "is not where the region is",
        [IRX_LE_ALIGNMENT] = "is not aligned",
        [IRX_LE_BOUNDS] = "reaches out of its bounds",
        [IRX_LE_OVERLAP] = "overlaps another piece",
        [IRX_LE_RANGE] = "has a value out of range",
        [IRX_LE_RESERVED] = "has a reserved field that is not zero",
        [IRX_LE_CRC] = "has a wrong CRC: it is damaged",
        [IRX_LE_ORDER] = "is not sorted or overlaps the entry before",
        [IRX_LE_OWNER] = "names the wrong owner",
    };

    return code <= IRX_LE_MAX && text[code] ? text[code] : "unknown error";
}

int irx_live_refuse(struct irx_live_error *err, uint32_t code, const char *what, uint32_t index,
                    uint64_t value, uint64_t expected)
{
    if (err)
        *err = (struct irx_live_error){
            .code = code, .index = index, .what = what, .value = value, .expected = expected};
    switch (code) {
    case IRX_LE_CRC:
        return -EILSEQ;
    case IRX_LE_VERSION:
        return -EOPNOTSUPP;
    default:
        return -EINVAL;
    }
}

int irx_live_reserved(struct irx_live_error *err, const struct irx_layout *layout, const void *obj,
                      uint32_t index)
{
    int64_t at = irx_layout_reserved(layout, obj, irx_layout_native(layout));

    if (at < 0)
        return 0;
    return irx_live_refuse(err, IRX_LE_RESERVED, layout->name, index, (uint64_t)at, 0);
}

int irx_live_scale(struct irx_live_error *err, const char *what, uint32_t index,
                   const struct irx_time_scale *scale)
{
    if (scale->shift >= -MAX_SHIFT && scale->shift <= MAX_SHIFT)
        return 0;
    return irx_live_refuse(err, IRX_LE_RANGE, what, index, (uint64_t)(int64_t)scale->shift,
                           MAX_SHIFT);
}

int irx_live_disjoint(struct irx_live_error *err, const struct irx_piece *pieces, uint32_t n)
{
    uint32_t i, j;

    for (i = 0; i < n; i++)
        for (j = 0; j < i; j++)
            if (pieces[i].size && pieces[j].size &&
                pieces[i].off < pieces[j].off + pieces[j].size &&
                pieces[j].off < pieces[i].off + pieces[i].size)
                return irx_live_refuse(err, IRX_LE_OVERLAP, pieces[i].name, 0, pieces[i].off,
                                       pieces[j].off);
    return 0;
}

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
    if (a->host_state > IRX_HOST_RECOVERING)
        return irx_live_refuse(err, IRX_LE_RANGE, "anchor.host_state", 0, a->host_state,
                               IRX_HOST_RECOVERING);
    if (a->shim_state > IRX_SHIM_FAILED)
        return irx_live_refuse(err, IRX_LE_RANGE, "anchor.shim_state", 0, a->shim_state,
                               IRX_SHIM_FAILED);
    if (a->xen_alive > 1)
        return irx_live_refuse(err, IRX_LE_RANGE, "anchor.xen_alive", 0, a->xen_alive, 1);
    if (a->xen_alive && (a->xen_vector < FIRST_VECTOR || a->xen_vector > LAST_VECTOR))
        return irx_live_refuse(err, IRX_LE_RANGE, "anchor.xen_vector", 0, a->xen_vector,
                               LAST_VECTOR);
    if (a->features & ~irx_schema_native.features)
        return irx_live_refuse(err, IRX_LE_RANGE, "anchor.features", 0, a->features,
                               irx_schema_native.features);
    return irx_live_scale(err, "anchor.time.shift", 0, &a->time);
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

#define NR_TABLES 3u
#define NR_SPANS  7u
#define NR_SLOTS  2u
#define NR_PIECES (NR_TABLES + NR_SPANS + NR_SLOTS)

static int check_map(const struct irx_anchor *a, struct irx_live_error *err)
{
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
        {"anchor.shim", &a->shim, 0, IRX_PAGE_SIZE},
        {"anchor.shim_heap", &a->shim_heap, 0, IRX_PAGE_SIZE},
        {"anchor.slots[0]", &a->slots[0].span, 0, SIZE_2M},
        {"anchor.slots[1]", &a->slots[1].span, 0, SIZE_2M},
    };
    struct irx_piece pieces[NR_PIECES];
    uint32_t i;
    int rc = 0;

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

int irx_anchor_validate(const struct irx_anchor *a, uint64_t region_base, uint64_t region_size,
                        struct irx_live_error *err)
{
    int rc = check_identity(a, region_base, region_size, err);

    if (!rc)
        rc = irx_live_reserved(err, &irx_layout_irx_anchor, a, 0);
    if (!rc)
        rc = check_states(a, err);
    if (!rc)
        rc = check_map(a, err);
    return rc ? rc : check_used(a, err);
}
