/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The part of Interrex that is compiled inside common/grant_table.c, whose
 * state is private to it. See state/grants.c.
 */

#include "private.h"

#define MAPPED_FLAGS (GNTMAP_device_map | GNTMAP_host_map)

void interrex_gnttab_export(const struct domain *d,
                            struct irx_grant_table *out)
{
    const struct grant_table *gt = d->grant_table;

    *out = (struct irx_grant_table){
        .version = gt->gt_version,
        .nr_frames = nr_grant_frames(gt),
        .nr_status_frames = nr_status_frames(gt),
        .maptrack_limit = gt->maptrack_limit,
    };
}

void interrex_gnttab_export_limits(const struct domain *d,
                                   struct irx_domain_record *out)
{
    const struct grant_table *gt = d->grant_table;

    out->max_grant_frames = gt->max_grant_frames;
    out->max_maptrack_frames = gt->max_maptrack_frames;
    out->grant_opts = XEN_DOMCTL_GRANT_version(gt->max_version);
}

int interrex_gnttab_frame(struct domain *d, unsigned int index, bool status,
                          struct irx_grant_frame *out)
{
    const struct grant_table *gt = d->grant_table;
    gfn_t gfn;

    if ( index >= (status ? nr_status_frames(gt) : nr_grant_frames(gt)) )
        return -ENOENT;

    gfn = gnttab_get_frame_gfn(gt, status, index);
    *out = (struct irx_grant_frame){
        .mfn = mfn_x(status ? gnttab_status_mfn(gt, index)
                            : gnttab_shared_mfn(gt, index)),
        .gfn = gfn_eq(gfn, INVALID_GFN) ? ~0ULL : gfn_x(gfn),
        .index = index,
        .status = status,
    };

    return 0;
}

bool interrex_gnttab_next_active(struct domain *d, uint32_t *ref,
                                 struct irx_grant_active *out)
{
    struct grant_table *gt = d->grant_table;
    bool found = false;

    grant_read_lock(gt);

    while ( !found && *ref < nr_grant_entries(gt) )
    {
        struct active_grant_entry *act = active_entry_acquire(gt, *ref);

        found = act->pin;
        if ( found )
            *out = (struct irx_grant_active){
                .ref = *ref,
                .pin = act->pin,
                .domid = act->domid,
                .start = act->start,
                .length = act->length,
                .is_sub_page = act->is_sub_page,
                .mfn = mfn_x(act->mfn),
#ifndef NDEBUG
                .gfn = gfn_x(act->gfn),
#else
                .gfn = ~0ULL,
#endif
                .trans_gref = act->trans_gref,
                .trans_domid = act->trans_domain ? act->trans_domain->domain_id
                                                 : DOMID_INVALID,
            };
        active_entry_release(act);
        ++*ref;
    }

    grant_read_unlock(gt);

    return found;
}

bool interrex_gnttab_next_mapping(struct domain *d, uint32_t *handle,
                                  struct irx_maptrack *out)
{
    struct grant_table *gt = d->grant_table;

    for ( ; *handle < gt->maptrack_limit; ++*handle )
    {
        const struct grant_mapping *mt = &maptrack_entry(gt, *handle);

        if ( !(mt->flags & MAPPED_FLAGS) )
            continue;

        *out = (struct irx_maptrack){
            .handle = *handle,
            .ref = mt->ref,
            .domid = mt->domid,
            .flags = mt->flags,
            .vcpu_id = mt->vcpu,
        };
        ++*handle;
        return true;
    }

    return false;
}

int interrex_gnttab_import(struct domain *d, const struct irx_grant_table *t)
{
    struct grant_table *gt = d->grant_table;
    int rc = 0;

    if ( t->version > gt->max_version || t->nr_frames > gt->max_grant_frames ||
         t->maptrack_limit / MAPTRACK_PER_PAGE > gt->max_maptrack_frames ||
         t->maptrack_limit % MAPTRACK_PER_PAGE )
        return -EINVAL;

    grant_write_lock(gt);

    if ( t->nr_frames > nr_grant_frames(gt) )
        rc = gnttab_grow_table(d, t->nr_frames);

    if ( !rc && t->version > 1 )
    {
        gt->gt_version = t->version;
        rc = gnttab_populate_status_frames(d, gt, t->nr_frames);
    }

    grant_write_unlock(gt);

    return rc;
}

void *interrex_gnttab_replace_frame(struct domain *d,
                                    const struct irx_grant_frame *f, void *va)
{
    struct grant_table *gt = d->grant_table;
    void *fresh;

    grant_write_lock(gt);

    if ( f->status )
    {
        fresh = gt->status[f->index];
        gt->status[f->index] = va;
    }
    else
    {
        fresh = gt->shared_raw[f->index];
        gt->shared_raw[f->index] = va;
    }

    grant_write_unlock(gt);

    return fresh;
}

/*
 * Without its pins, which are those of the mappings: each brings its own, and
 * interrex_gnttab_import_pins() compares.
 */
int interrex_gnttab_import_active(struct domain *d,
                                  const struct irx_grant_active *a)
{
    struct grant_table *gt = d->grant_table;
    struct active_grant_entry *act;
    int rc = -EINVAL;

    grant_read_lock(gt);

    if ( a->ref < nr_grant_entries(gt) )
    {
        act = active_entry_acquire(gt, a->ref);
        if ( !act->trans_domain )
        {
            act->domid = a->domid;
            act->start = a->start;
            act->length = a->length;
            act->is_sub_page = false;
            act->mfn = _mfn(a->mfn);
            act_set_gfn(act, _gfn(a->gfn));
            act->trans_gref = a->trans_gref;
            act->trans_domain = d;
            rc = 0;
        }
        active_entry_release(act);
    }

    grant_read_unlock(gt);

    return rc;
}

/* Is each of the four counts in pin at least that in part? */
static bool pins_include(uint32_t pin, uint32_t part)
{
    unsigned int shift;

    for ( shift = 0; shift < 32; shift += GNTPIN_cntr_width )
        if ( (uint8_t)(pin >> shift) < (uint8_t)(part >> shift) )
            return false;

    return true;
}

int cf_check interrex_gnttab_import_pins(struct domain *d,
                                         const struct irx_grant_active *a)
{
    struct grant_table *gt = d->grant_table;
    struct active_grant_entry *act;
    int rc = -EINVAL;

    grant_read_lock(gt);

    if ( a->ref < nr_grant_entries(gt) )
    {
        act = active_entry_acquire(gt, a->ref);
        if ( pins_include(a->pin, act->pin) )
        {
            act->pin = a->pin;
            rc = 0;
        }
        active_entry_release(act);
    }

    grant_read_unlock(gt);

    return rc;
}

/* The references that map_grant_ref() takes for a mapping of this kind. */
static bool get_mapped_page(struct page_info *pg, bool readonly,
                            const struct domain *ld, struct domain *rd)
{
    return gnttab_host_mapping_get_page_type(readonly, ld, rd)
               ? get_page_and_type(pg, rd, PGT_writable_page)
               : get_page(pg, rd);
}

/* The pins that map_grant_ref() takes for a mapping of this kind. */
static unsigned int pins_of(const struct irx_maptrack *m)
{
    const bool readonly = m->flags & GNTMAP_readonly;
    unsigned int pins = 0;

    if ( m->flags & GNTMAP_host_map )
        pins += readonly ? GNTPIN_hstr_inc : GNTPIN_hstw_inc;
    if ( m->flags & GNTMAP_device_map )
        pins += readonly ? GNTPIN_devr_inc : GNTPIN_devw_inc;

    return pins;
}

/*
 * The references to the page. A PV domain maps it by a page-table entry, which has those of the host map
 * (tables.c); one for a device comes on top.
 */
static bool get_mapped_pages(struct page_info *pg, const struct domain *ld,
                             struct domain *rd, const struct irx_maptrack *m)
{
    const bool readonly = m->flags & GNTMAP_readonly;

    if ( !is_pv_domain(ld) )
        return get_mapped_page(pg, readonly, ld, rd);
    if ( !(m->flags & GNTMAP_device_map) )
        return true;

    return readonly ? get_page(pg, rd)
                    : get_page_and_type(pg, rd, PGT_writable_page);
}

/* The page behind a mapping: what m->domid's active entry m->ref says. */
static int mapping_get_page(const struct domain *ld,
                            const struct irx_maptrack *m)
{
    const unsigned int pin_incr = pins_of(m);
    struct domain *rd = rcu_lock_domain_by_id(m->domid);
    struct active_grant_entry *act;
    struct grant_table *gt;
    int rc = -EINVAL;

    if ( !rd )
        return -ENOENT;

    gt = rd->grant_table;
    grant_read_lock(gt);

    if ( m->ref < nr_grant_entries(gt) )
    {
        act = active_entry_acquire(gt, m->ref);
        if ( act->trans_domain == rd && act->domid == ld->domain_id &&
             !(act->pin & GNTPIN_incr2oflow_mask(pin_incr)) &&
             get_mapped_pages(mfn_to_page(act->mfn), ld, rd, m) )
        {
            act->pin += pin_incr;
            rc = 0;
        }
        active_entry_release(act);
    }

    grant_read_unlock(gt);
    rcu_unlock_domain(rd);

    return rc;
}

static int grow_maptrack(struct grant_table *gt, uint32_t limit)
{
    while ( gt->maptrack_limit < limit )
    {
        struct grant_mapping *page = alloc_xenheap_page();

        if ( !page )
            return -ENOMEM;

        clear_page(page);
        gt->maptrack[nr_maptrack_frames(gt)] = page;
        gt->maptrack_limit += MAPTRACK_PER_PAGE;
    }

    return 0;
}

static void link_free_mapping(struct grant_table *gt, struct vcpu *v,
                              unsigned int handle)
{
    struct grant_mapping *mt = &maptrack_entry(gt, handle);

    mt->vcpu = v->vcpu_id;
    mt->ref = v->maptrack_head;
    v->maptrack_head = handle;
    if ( v->maptrack_tail == MAPTRACK_TAIL )
        v->maptrack_tail = handle;
}

/*
 * Free entries go round: every vCPU has some, and none makes the table grow
 * after each update because its own list is empty. An entry in use returns to
 * the list of its vCPU, which must not be empty then (put_maptrack_handle()).
 */
static void link_mappings(struct domain *d)
{
    struct grant_table *gt = d->grant_table;
    unsigned int i, next = 0;

    for ( i = gt->maptrack_limit; i--; )
        if ( !(maptrack_entry(gt, i).flags & MAPPED_FLAGS) )
            link_free_mapping(gt, d->vcpu[next++ % d->max_vcpus], i);

    for ( i = 0; i < gt->maptrack_limit; i++ )
    {
        struct grant_mapping *mt = &maptrack_entry(gt, i);

        if ( mt->flags & MAPPED_FLAGS &&
             d->vcpu[mt->vcpu]->maptrack_tail == MAPTRACK_TAIL )
            mt->vcpu = 0;
    }
}

int interrex_gnttab_import_mappings(struct domain *d, uint32_t limit,
                                    const struct irx_maptrack *m,
                                    unsigned int count)
{
    struct grant_table *gt = d->grant_table;
    unsigned int i;
    int rc;

    if ( gt->maptrack_limit || !d->vcpu || !d->vcpu[0] ||
         limit / MAPTRACK_PER_PAGE > gt->max_maptrack_frames )
        return -EINVAL;

    rc = grow_maptrack(gt, limit);
    if ( rc )
        return rc;

    for ( i = 0; i < count; i++ )
    {
        struct grant_mapping *mt = &maptrack_entry(gt, m[i].handle);

        rc = mapping_get_page(d, &m[i]);
        if ( rc )
            return rc;

        mt->domid = m[i].domid;
        mt->ref = m[i].ref;
        mt->flags = m[i].flags;
        mt->vcpu = m[i].vcpu_id;
    }

    link_mappings(d);

    return 0;
}
