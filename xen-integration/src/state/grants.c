/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Grant tables: the frames that the guest sees, the grants that others have mapped, the
 * mappings that it holds. Their entries are private to Xen's common/grant_table.c.
 */
#include <xen/init.h>
#include <xen/xmalloc.h>

#include "private/private.h"
#include "state/state.h"

/*
 * A guest that runs in the shim with a grant table that this Xen does not have: what it was told of it.
 * What stands for the guest here has one that nobody uses. NULL: it is no such guest.
 */
static const struct interrex_kept *kept_of(const struct domain *d)
{
    const struct interrex_hold *h = interrex_hold_of(d);

    return h && interrex_grants_lost(h->entry)
               ? interrex_quarantine_kept(h->entry)
               : NULL;
}

static void table_of(const struct domain *d, struct irx_grant_table *t)
{
    const struct interrex_kept *kept = kept_of(d);

    if ( kept )
        *t = kept->table;
    else
        interrex_gnttab_export(d, t);
}

bool interrex_grant_frames_next(struct domain *d, unsigned int *i,
                                struct irx_grant_frame *frame)
{
    const struct interrex_kept *kept = kept_of(d);
    struct irx_grant_table t;
    unsigned int n = (*i)++;

    if ( kept )
    {
        if ( n < kept->nr_frames )
            *frame = kept->frames[n];
        return n < kept->nr_frames;
    }
    interrex_gnttab_export(d, &t);

    return !(n < t.nr_frames
                 ? interrex_gnttab_frame(d, n, false, frame)
                 : interrex_gnttab_frame(d, n - t.nr_frames, true, frame));
}

unsigned long interrex_grant_frames_count(const struct domain *d)
{
    struct irx_grant_table t;

    table_of(d, &t);

    return 0UL + t.nr_frames + t.nr_status_frames;
}

/* Where this Xen does not have the table, nobody has anything of it mapped. */
bool interrex_grants_next(struct domain *d, uint32_t *ref,
                          struct irx_grant_active *grant)
{
    return !kept_of(d) && interrex_gnttab_next_active(d, ref, grant);
}

void interrex_grants_room(struct domain *d, struct interrex_room *room)
{
    struct irx_grant_active active;
    struct irx_maptrack mapping;
    uint32_t ref = 0, handle = 0;

    while ( interrex_grants_next(d, &ref, &active) )
    {
        room->late += sizeof(active);
        if ( interrex_page_vanished(_mfn(active.mfn)) )
            room->early += sizeof(struct irx_preserved);
    }
    while ( interrex_gnttab_next_mapping(d, &handle, &mapping) )
        room->late += sizeof(mapping);
}

static bool is_own_page(const struct domain *d,
                        const struct irx_grant_active *a)
{
    mfn_t mfn = _mfn(a->mfn);

    return mfn_valid(mfn) && page_get_owner(mfn_to_page(mfn)) == d;
}

/*
 * It cannot go while a copy from or to it is under way (only those pin sub-page and
 * transitive grants, and none is with everybody paused), or where its page is not d's
 * own.
 */
static int check_active(const struct domain *d,
                        const struct irx_grant_active *a)
{
    if ( !a->is_sub_page && a->trans_domid == d->domain_id &&
         is_own_page(d, a) )
        return 0;

    printk(XENLOG_ERR "Interrex: %pd: grant %u, pins %#x, is being copied or "
                      "of a page %#lx that is not its own\n",
           d, a->ref, a->pin, (unsigned long)a->mfn);

    return -EBUSY;
}

int interrex_grants_export(struct irx_writer *w, struct domain *d)
{
    struct irx_grant_table table;
    struct irx_grant_frame frame;
    struct irx_grant_active active;
    struct irx_maptrack mapping;
    uint32_t ref = 0, handle = 0;
    unsigned int i = 0;
    int rc = 0;

    table_of(d, &table);
    irx_writer_record(w, IRX_REC_GRANT_TABLE, d->domain_id, &table,
                      sizeof(table));

    irx_writer_begin(w, IRX_REC_GRANT_FRAMES, d->domain_id, 0);
    while ( interrex_grant_frames_next(d, &i, &frame) )
        irx_writer_put(w, &frame, sizeof(frame));
    irx_writer_end(w);

    irx_writer_begin(w, IRX_REC_GRANT_ACTIVE, d->domain_id, 0);
    while ( !rc && interrex_grants_next(d, &ref, &active) )
    {
        rc = check_active(d, &active);
        irx_writer_put(w, &active, sizeof(active));
    }
    irx_writer_end(w);

    irx_writer_begin(w, IRX_REC_MAPTRACK, d->domain_id, 0);
    while ( interrex_gnttab_next_mapping(d, &handle, &mapping) )
        irx_writer_put(w, &mapping, sizeof(mapping));
    irx_writer_end(w);

    return rc;
}

/*
 * Makes the sending Xen's frame the domain's own instead of the fresh one, so
 * that a guest that still runs in the shim and a backend that already runs here
 * see the same entries.
 */
static int __init import_frame(struct domain *d,
                               const struct irx_grant_frame *f)
{
    void *va;
    int rc = interrex_adopt_xen_page(d, _mfn(f->mfn), &va);

    if ( !rc )
        interrex_unshare_xen_page(d, interrex_gnttab_replace_frame(d, f, va));

    return rc;
}

static int __init read_table(const struct irx_stream *late,
                             const struct domain *d,
                             struct irx_grant_table *table)
{
    const struct irx_record *rec = irx_stream_find(late, IRX_REC_GRANT_TABLE,
                                                   d->domain_id, NULL);

    if ( !rec )
        return -ENOENT;
    irx_record_copy(rec, table, sizeof(*table));

    return 0;
}

int __init interrex_grants_import_table(const struct irx_stream *late,
                                        struct domain *d)
{
    const struct irx_record *rec = irx_stream_find(late, IRX_REC_GRANT_FRAMES,
                                                   d->domain_id, NULL);
    struct irx_grant_table table;
    size_t i, n = rec ? irx_record_count(late, rec) : 0;
    int rc = read_table(late, d, &table);

    if ( !rc )
        rc = interrex_gnttab_import(d, &table);

    for ( i = 0; !rc && i < n; i++ )
    {
        struct irx_grant_frame frame;

        rc = irx_record_get(late, rec, i, &frame, sizeof(frame));
        if ( !rc )
            rc = import_frame(d, &frame);
    }

    return rc;
}

static int __init for_each_active(const struct irx_stream *late,
                                  struct domain *d,
                                  int (*fn)(struct domain *d,
                                            const struct irx_grant_active *a))
{
    const struct irx_record *rec = irx_stream_find(late, IRX_REC_GRANT_ACTIVE,
                                                   d->domain_id, NULL);
    size_t i, n = rec ? irx_record_count(late, rec) : 0;
    int rc = 0;

    if ( interrex_grants_lost(interrex_entry_find(d->domain_id)) )
        return 0; /* nobody gets a mapping of them */

    for ( i = 0; !rc && i < n; i++ )
    {
        struct irx_grant_active active;

        rc = irx_record_get(late, rec, i, &active, sizeof(active));
        if ( !rc )
            rc = fn(d, &active);
    }

    return rc;
}

static int __init cf_check import_active(struct domain *d,
                                         const struct irx_grant_active *a)
{
    return interrex_vanished_import(d, _mfn(a->mfn))
               ? interrex_gnttab_import_active(d, a)
               : -EINVAL;
}

static int __init cf_check import_pins(struct domain *d,
                                       const struct irx_grant_active *a)
{
    int rc = interrex_gnttab_import_pins(d, a);

    interrex_vanished_settle(_mfn(a->mfn));

    return rc;
}

int __init interrex_grants_import_active(const struct irx_stream *late,
                                         struct domain *d)
{
    return for_each_active(late, d, import_active);
}

int __init interrex_grants_import_pins(const struct irx_stream *late,
                                       struct domain *d)
{
    return for_each_active(late, d, import_pins);
}

int __init interrex_grants_import_mappings(const struct irx_stream *late,
                                           struct domain *d)
{
    const struct irx_record *rec = irx_stream_find(late, IRX_REC_MAPTRACK,
                                                   d->domain_id, NULL);
    size_t i, n = rec ? irx_record_count(late, rec) : 0, used = 0;
    struct irx_grant_table table;
    struct irx_maptrack *m;
    int rc = read_table(late, d, &table);

    if ( rc )
        return rc;

    m = xzalloc_array(struct irx_maptrack, n ?: 1);
    if ( !m )
        return -ENOMEM;

    for ( i = 0; !rc && i < n; i++ )
    {
        rc = irx_record_get(late, rec, i, &m[used], sizeof(m[used]));
        if ( !rc && !interrex_grants_lost(interrex_entry_find(m[used].domid)) )
            used++;
    }
    if ( !rc )
        rc = interrex_gnttab_import_mappings(d, table.maptrack_limit, m, used);

    xfree(m);

    return rc;
}
