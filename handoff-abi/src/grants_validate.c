/* SPDX-License-Identifier: GPL-2.0-only */
/* Grants in the late section: see interrex/sections.h. */
#include "late_internal.h"

/* Entries in a frame: grant_entry_v1_t, _v2_t, grant_status_t of public/grant_table.h. */
#define ENTRIES_V1     (IRX_PAGE_SIZE / 8u)
#define ENTRIES_V2     (IRX_PAGE_SIZE / 16u)
#define STATUS_ENTRIES (IRX_PAGE_SIZE / 2u)
#define FRAMES_MAX     (1u << 20) /* so that references fit in their 32 bits */

/* GNTMAP_*, public/grant_table.h */
#define MAP_DEVICE 1u
#define MAP_HOST   2u
#define MAP_PTE    16u

static int check_table(const struct irx_grant_table *t, const struct irx_domain_record *r,
                       struct irx_live_error *err)
{
    uint32_t status = t->version < 2
                          ? 0
                          : (t->nr_frames * ENTRIES_V2 + STATUS_ENTRIES - 1) / STATUS_ENTRIES;

    if (t->version < 1 || t->version > 2)
        return irx_live_refuse(err, IRX_LE_RANGE, "grant_table.version", 0, t->version, 2);
    if (!t->nr_frames || t->nr_frames > FRAMES_MAX ||
        (r->max_grant_frames >= 0 && t->nr_frames > (uint32_t)r->max_grant_frames))
        return irx_live_refuse(err, IRX_LE_RANGE, "grant_table.nr_frames", 0, t->nr_frames,
                               (uint64_t)(int64_t)r->max_grant_frames);
    if (t->nr_status_frames != status)
        return irx_live_refuse(err, IRX_LE_MISMATCH, "grant_table.nr_status_frames", 0,
                               t->nr_status_frames, status);
    return 0;
}

/* Those of the table in order, then those of the status array: each once. */
static int check_frames(const struct irx_late *late, const struct irx_group *g,
                        const struct irx_grant_table *t, struct irx_live_error *err)
{
    struct irx_items items = irx_group_items(late, g, IRX_REC_GRANT_FRAMES);
    uint32_t i;
    int rc = 0;

    if (items.count != t->nr_frames + t->nr_status_frames)
        return irx_live_refuse(err, IRX_LE_SIZE, "grant_frame", 0, items.count,
                               t->nr_frames + t->nr_status_frames);
    for (i = 0; !rc && i < items.count; i++) {
        uint32_t status = i >= t->nr_frames, index = status ? i - t->nr_frames : i;
        struct irx_grant_frame copy;
        const struct irx_grant_frame *f = irx_item(&items, i, &copy);

        if (f->status != status)
            return irx_live_refuse(err, IRX_LE_ORDER, "grant_frame.status", i, f->status, status);
        if (f->index != index)
            return irx_live_refuse(err, IRX_LE_ORDER, "grant_frame.index", i, f->index, index);
        rc = irx_live_frames(err, "grant_frame.mfn", i, f->mfn, 1, IRX_LOW_FRAMES, late->a,
                             late->limits);
        if (!rc)
            rc = irx_live_gfn(err, "grant_frame.gfn", i, f->gfn, late->limits);
    }
    return rc;
}

/* A mapping of a whole page of its own: no copy, no grant of somebody else's grant. */
static int check_grant(struct irx_late *late, const struct irx_group *g,
                       const struct irx_grant_active *e, uint32_t i, struct irx_live_error *err)
{
    if (!e->pin)
        return irx_live_refuse(err, IRX_LE_RANGE, "grant_active.pin", i, 0, 1);
    if (e->is_sub_page)
        return irx_live_refuse(err, IRX_LE_CARRIED, "grant_active.is_sub_page", i, e->is_sub_page,
                               0);
    if (e->trans_domid != g->rec.domid)
        return irx_live_refuse(err, IRX_LE_CARRIED, "grant_active.trans_domid", i, e->trans_domid,
                               g->rec.domid);
    if (!irx_late_carries(late, e->domid))
        return irx_live_refuse(err, IRX_LE_MISSING, "grant_active.domid", i, e->domid, 0);
    if (e->start >= IRX_PAGE_SIZE)
        return irx_live_refuse(err, IRX_LE_BOUNDS, "grant_active.start", i, e->start,
                               IRX_PAGE_SIZE - 1);
    if (e->length > IRX_PAGE_SIZE - e->start)
        return irx_live_refuse(err, IRX_LE_BOUNDS, "grant_active.length", i, e->length,
                               IRX_PAGE_SIZE - e->start);
    return irx_live_frames(err, "grant_active.mfn", i, e->mfn, 1, IRX_LOW_FRAMES, late->a,
                           late->limits);
}

static int check_active(struct irx_late *late, const struct irx_group *g,
                        const struct irx_grant_table *t, struct irx_live_error *err)
{
    struct irx_items items = irx_group_items(late, g, IRX_REC_GRANT_ACTIVE);
    uint32_t entries = t->nr_frames * (t->version < 2 ? ENTRIES_V1 : ENTRIES_V2);
    uint32_t from = 0, i;
    int rc = 0;

    for (i = 0; !rc && i < items.count; i++) {
        struct irx_grant_active copy;
        const struct irx_grant_active *e = irx_item(&items, i, &copy);

        if (e->ref >= entries)
            return irx_live_refuse(err, IRX_LE_BOUNDS, "grant_active.ref", i, e->ref, entries);
        if (e->ref < from)
            return irx_live_refuse(err, IRX_LE_ORDER, "grant_active.ref", i, e->ref, from);
        rc = check_grant(late, g, e, i, err);
        from = e->ref + 1;
    }
    return rc;
}

static int check_mapping(struct irx_late *late, const struct irx_group *g,
                         const struct irx_maptrack *m, uint32_t i, struct irx_live_error *err)
{
    const bool pv = irx_domain_entry(late->a, g->rec.entry)->flags & IRX_DOMF_PV;
    const uint32_t how = m->flags & (MAP_DEVICE | MAP_HOST | MAP_PTE);

    if (!irx_late_carries(late, m->domid))
        return irx_live_refuse(err, IRX_LE_MISSING, "maptrack.domid", i, m->domid, 0);
    if (pv ? !(how & (MAP_DEVICE | MAP_HOST)) : how != MAP_HOST) /* HVM has no others */
        return irx_live_refuse(err, IRX_LE_RANGE, "maptrack.flags", i, m->flags, MAP_HOST);
    return irx_live_at_most(err, "maptrack.vcpu_id", i, m->vcpu_id, g->rec.max_vcpus - 1);
}

/* One handle at least stays free: Xen's free lists never run empty. */
static int check_maptrack(struct irx_late *late, const struct irx_group *g,
                          const struct irx_grant_table *t, struct irx_live_error *err)
{
    struct irx_items items = irx_group_items(late, g, IRX_REC_MAPTRACK);
    uint32_t from = 0, i;
    int rc = 0;

    if (items.count && items.count >= t->maptrack_limit)
        return irx_live_refuse(err, IRX_LE_BOUNDS, "grant_table.maptrack_limit", 0,
                               t->maptrack_limit, items.count);
    for (i = 0; !rc && i < items.count; i++) {
        struct irx_maptrack copy;
        const struct irx_maptrack *m = irx_item(&items, i, &copy);

        if (m->handle >= t->maptrack_limit)
            return irx_live_refuse(err, IRX_LE_BOUNDS, "maptrack.handle", i, m->handle,
                                   t->maptrack_limit);
        if (m->handle < from)
            return irx_live_refuse(err, IRX_LE_ORDER, "maptrack.handle", i, m->handle, from);
        rc = check_mapping(late, g, m, i, err);
        from = m->handle + 1;
    }
    return rc;
}

int irx_grants_validate(struct irx_late *late, const struct irx_group *g,
                        struct irx_live_error *err)
{
    const struct irx_record *rec = irx_group_find(late, g, IRX_REC_GRANT_TABLE, NULL);
    struct irx_grant_table t;
    int rc;

    if (!rec)
        return irx_live_refuse(err, IRX_LE_MISSING, "grant_table", 0, 0, 1);
    irx_record_copy(rec, &t, sizeof(t));
    rc = check_table(&t, &g->rec, err);
    if (!rc)
        rc = check_frames(late, g, &t, err);
    if (!rc)
        rc = check_active(late, g, &t, err);
    return rc ? rc : check_maptrack(late, g, &t, err);
}
