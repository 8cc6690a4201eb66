/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a domain has mapped of others, in the Xen that an update started: grants and foreign
 * mappings, also of pages that their owners gave away meanwhile.
 */
#include <asm/p2m.h>

#include "../../mm/mm-locks.h"
#include "state/state.h"

static bool is_mapping(const struct irx_extent *e)
{
    return e->type == IRX_P2M_GRANT_RW || e->type == IRX_P2M_GRANT_RO ||
           e->type == IRX_P2M_FOREIGN;
}

/* ---- Pages that their owner gave away while others have them mapped ---- */

bool interrex_page_vanished(mfn_t mfn)
{
    const struct page_info *pg = mfn_to_page(mfn);
    const struct domain *owner = mfn_valid(mfn) ? page_get_owner(pg) : NULL;

    /* A PV domain says itself what its machine-to-physical table says, and its pages are all listed. */
    return owner && !is_pv_domain(owner) && !is_xen_heap_page(pg) &&
           get_gpfn_from_mfn(mfn_x(mfn)) == INVALID_M2P_ENTRY;
}

bool interrex_vanished_import(struct domain *d, mfn_t mfn)
{
    const unsigned int max_pages = d->max_pages;
    int rc;

    if ( !mfn_valid(mfn) )
        return false;
    if ( page_get_owner(mfn_to_page(mfn)) == d )
        return true;
    if ( !interrex_page_untouched(mfn_to_page(mfn)) )
        return false;

    d->max_pages = UINT_MAX;
    rc = assign_pages(mfn_to_page(mfn), 1, d, 0);
    d->max_pages = max_pages;

    return !rc;
}

void interrex_vanished_settle(mfn_t mfn)
{
    if ( interrex_page_vanished(mfn) )
        put_page_alloc_ref(mfn_to_page(mfn));
}

/* ---- Mappings ---- */

/*
 * May e be mapped? Its pages must be its owner's. 1: no, but that is the owner's loss: it is
 * quarantined, and what was to be mapped is not there.
 */
static int check_mapping(struct domain *d, const struct irx_extent *e)
{
    struct domain *owner;
    unsigned int entry;
    bool lost;
    uint64_t i;
    int rc = 0;

    owner = rcu_lock_domain_by_id(e->owner);
    if ( !owner )
        return -ENOENT;

    entry = interrex_entry_find(e->owner);
    lost = e->type != IRX_P2M_FOREIGN && interrex_grants_lost(entry);

    for ( i = 0; i < e->nr && !rc && !lost; i++ )
        if ( !interrex_vanished_import(owner, _mfn(e->mfn + i)) )
            rc = interrex_quarantined(entry) ? 1 : -EINVAL;

    rcu_unlock_domain(owner);

    return lost ? 1 : rc;
}

static p2m_type_t p2m_type_of(const struct irx_extent *e)
{
    return e->type == IRX_P2M_GRANT_RW   ? p2m_grant_map_rw
           : e->type == IRX_P2M_GRANT_RO ? p2m_grant_map_ro
                                         : p2m_map_foreign;
}

/* Page by page: p2m_entry_modify() has a BUG_ON() for a foreign mapping above 4 KiB. */
static int map_pages(struct domain *d, const struct irx_extent *e)
{
    struct p2m_domain *p2m = p2m_get_hostp2m(d);
    uint64_t i;
    int rc = 0;

    p2m_lock(p2m);
    for ( i = 0; i < e->nr && !rc; i++ )
        rc = p2m_set_entry(p2m, _gfn(e->gfn + i), _mfn(e->mfn + i),
                           PAGE_ORDER_4K, p2m_type_of(e), p2m_access_rwx);
    p2m_unlock(p2m);

    return rc;
}

int interrex_mappings_import(struct domain *d,
                             const struct irx_domain_view *view)
{
    const struct irx_extent *extents = view->extents;
    const unsigned int count = view->d->extent_count;
    unsigned int i;
    uint64_t j;
    int rc = 0;

    for ( i = 0; i < count && rc >= 0; i++ )
        if ( is_mapping(&extents[i]) )
            rc = check_mapping(d, &extents[i]);

    for ( i = 0; i < count && rc >= 0; i++ )
    {
        if ( !is_mapping(&extents[i]) )
            continue;
        rc = check_mapping(d, &extents[i]);
        if ( !rc )
            rc = map_pages(d, &extents[i]);
    }

    /* From here on they live as long as they are mapped. */
    for ( i = 0; i < count && rc >= 0; i++ )
        for ( j = 0; extents[i].type == IRX_P2M_FOREIGN && j < extents[i].nr;
              j++ )
            interrex_vanished_settle(_mfn(extents[i].mfn + j));

    return min(rc, 0);
}

/* ---- What others go on with when its owner is given up ---- */

/* Domains of whose pages others in the shim had mapped some when they were given up. */
static DECLARE_BITMAP(given_up, DOMID_FIRST_RESERVED);
static bool any_given_up; /* else a claim takes no longer for it */

static bool is_grant_of(const struct irx_extent *e, domid_t owner)
{
    return (e->type == IRX_P2M_GRANT_RW || e->type == IRX_P2M_GRANT_RO) &&
           e->owner == owner;
}

/* Does the shim run it since before this Xen, so that R alone has its mappings? */
static bool is_run_on(const struct interrex_hold *h)
{
    return h->came && h->held &&
           !(interrex_domain_rec(h->entry)->flags & IRX_DOMF_PV);
}

void interrex_mappings_keep(const struct interrex_hold *h)
{
    const domid_t owner = h->d->domain_id;
    const struct interrex_hold *other;
    unsigned int i, j;
    uint64_t k;

    if ( !interrex_grants_lost(h->entry) || owner >= DOMID_FIRST_RESERVED )
        return;

    for ( i = 0; i < interrex_anchor()->domains.count; i++ )
    {
        const struct irx_domain *r = interrex_domain_rec(i);
        const struct irx_extent *e = interrex_at(r->extents);
        uint64_t kept = 0;

        other = interrex_hold_at(i);
        if ( !other || other == h || !is_run_on(other) )
            continue;
        for ( j = 0; j < r->extent_count; j++ )
            for ( k = 0; is_grant_of(&e[j], owner) && k < e[j].nr; k++ )
                kept += mfn_valid(_mfn(e[j].mfn + k)) &&
                        get_page(mfn_to_page(_mfn(e[j].mfn + k)), h->d);
        if ( !kept )
            continue;
        set_bit(owner, given_up);
        any_given_up = true;
        printk(XENLOG_WARNING "Interrex: %pd: d%u has %" PRIu64
                              " of its pages mapped and keeps them\n",
               h->d, other->d->domain_id, kept);
    }
}

bool interrex_mappings_kept(domid_t owner)
{
    return owner < DOMID_FIRST_RESERVED && test_bit(owner, given_up);
}

/* The owner is there as long as one of these pages is. */
static void drop_extent(const struct irx_extent *e)
{
    struct domain *owner = rcu_lock_domain_by_id(e->owner);
    uint64_t k;

    if ( !owner )
        return;
    for ( k = 0; k < e->nr; k++ )
        if ( mfn_valid(_mfn(e->mfn + k)) &&
             page_get_owner(mfn_to_page(_mfn(e->mfn + k))) == owner )
            put_page(mfn_to_page(_mfn(e->mfn + k)));
    rcu_unlock_domain(owner);
}

void interrex_mappings_drop(const struct interrex_hold *h)
{
    const struct irx_domain *r = interrex_domain_rec(h->entry);
    const struct irx_extent *e = interrex_at(r->extents);
    unsigned int i;

    if ( !any_given_up || !is_run_on(h) )
        return;

    for ( i = 0; i < r->extent_count; i++ )
        if ( is_grant_of(&e[i], e[i].owner) &&
             interrex_mappings_kept(e[i].owner) )
            drop_extent(&e[i]);
}
