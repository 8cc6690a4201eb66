/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A domain's memory: its p2m as runs of consecutive frames; of a PV domain its frames (pv/frames.c). At export the guest may
 * run: a change shows in the counter that the hook in p2m.c keeps. At import the
 * frames are where they were, and nobody's.
 */
#include <xen/event.h>
#include <xen/pfn.h>
#include <xen/softirq.h>

#include <asm/p2m.h>

#include "../../mm/mm-locks.h"
#include "pv/pv.h"
#include "state/state.h"

#define SOFTIRQ_EVERY 1024u /* extents between two looks at softirqs */
#define LOOK_EVERY    256u /* entries of a p2m between two looks at who waits */

/* ---- Export ---- */

struct walk {
    struct domain *d;
    struct interrex_walk *at;
    struct irx_extent *extents; /* NULL: count only */
    unsigned long capacity;
};

static bool emit(struct walk *w)
{
    struct interrex_walk *at = w->at;

    if ( !at->run.nr )
        return true;

    if ( w->extents )
    {
        if ( at->count >= w->capacity )
            return false;
        w->extents[at->count] = at->run;
    }
    at->count++;
    at->run.nr = 0;

    return true;
}

static bool grows(const struct irx_extent *run, const struct irx_extent *e)
{
    return run->nr && run->gfn + run->nr == e->gfn &&
           run->mfn + run->nr == e->mfn && run->type == e->type &&
           run->owner == e->owner && run->access == e->access;
}

static bool add(struct walk *w, const struct irx_extent *e)
{
    if ( grows(&w->at->run, e) )
    {
        w->at->run.nr += e->nr;
        return true;
    }

    if ( !emit(w) )
        return false;
    w->at->run = *e;

    return true;
}

/* 0; 1: nothing there; -EOPNOTSUPP. */
static int classify(const struct domain *d, mfn_t mfn, p2m_type_t type,
                    uint32_t *irx_type, domid_t *owner)
{
    const struct domain *page_owner;

    *owner = d->domain_id;

    switch ( type )
    {
    case p2m_invalid:
    case p2m_mmio_dm:
        return 1;

    case p2m_mmio_direct:
        *irx_type = IRX_P2M_MMIO;
        return 0;

    case p2m_ram_rw:
    case p2m_ram_ro:
        if ( !mfn_valid(mfn) || page_get_owner(mfn_to_page(mfn)) != d )
            return -EOPNOTSUPP;
        /* Which another Xen keeps for itself; this one's heap has none of it. */
        if ( !is_hardware_domain(d) && mfn_x(mfn) < PFN_DOWN(MB(1)) )
            return -EOPNOTSUPP;
        if ( is_xen_heap_mfn(mfn) )
            *irx_type = IRX_P2M_XEN_PAGE;
        else
            *irx_type = type == p2m_ram_rw ? IRX_P2M_RAM_RW : IRX_P2M_RAM_RO;
        return 0;

    case p2m_grant_map_rw:
    case p2m_grant_map_ro:
    case p2m_map_foreign:
        if ( !mfn_valid(mfn) )
            return -EOPNOTSUPP;
        page_owner = page_get_owner(mfn_to_page(mfn));
        if ( !page_owner )
            return -EOPNOTSUPP;
        *owner = page_owner->domain_id;
        *irx_type = type == p2m_map_foreign    ? IRX_P2M_FOREIGN
                    : type == p2m_grant_map_rw ? IRX_P2M_GRANT_RW
                                               : IRX_P2M_GRANT_RO;
        return 0;

    default:
        return -EOPNOTSUPP;
    }
}

/* One entry of the p2m, from where the walk is to the end of its page or hole. */
static int visit(struct walk *w)
{
    struct p2m_domain *p2m = p2m_get_hostp2m(w->d);
    const unsigned long gfn = w->at->gfn;
    struct irx_extent e = { .gfn = gfn };
    /* Without a p2m Xen leaves these two alone. */
    unsigned int order = PAGE_ORDER_4K;
    p2m_access_t access = p2m_access_rwx;
    p2m_type_t type;
    domid_t owner;
    mfn_t mfn;
    int rc;

    mfn = get_gfn_type_access(p2m, gfn, &type, &access, 0, &order);
    w->at->gfn = (gfn | ((1UL << order) - 1)) + 1;
    rc = classify(w->d, mfn, type, &e.type, &owner);
    put_gfn(w->d, gfn);

    if ( rc )
        return rc > 0 ? 0 : rc;

    e.mfn = mfn_x(mfn);
    e.nr = w->at->gfn - gfn;
    e.owner = owner;
    e.access = access;

    return add(w, &e) ? 0 : -E2BIG;
}

static int go_on(struct walk *w, s_time_t give_way)
{
    const struct p2m_domain *p2m = p2m_get_hostp2m(w->d);
    unsigned int visited = 0;

    while ( w->at->gfn <= p2m->max_mapped_pfn )
    {
        int rc = visit(w);

        if ( rc )
            return rc;
        if ( ++visited % LOOK_EVERY )
            continue;
        if ( interrex_gives_way(give_way) )
            return -ERESTART;
        process_pending_softirqs();
    }

    return emit(w) ? 0 : -E2BIG;
}

/* Their number, or an error, as interrex_memory_count() and interrex_memory_export(). */
static long walk_p2m(struct interrex_hold *h, struct irx_extent *extents,
                     unsigned long capacity, s_time_t give_way)
{
    struct walk w = {
        .d = h->d,
        .at = &h->walk,
        .extents = extents,
        .capacity = capacity,
    };
    const int rc = go_on(&w, give_way);
    const long count = rc ?: (long)h->walk.count;

    if ( rc != -ERESTART )
        h->walk = (struct interrex_walk){};

    return count;
}

long interrex_memory_count(struct interrex_hold *h, s_time_t give_way)
{
    if ( is_pv_domain(h->d) )
        return interrex_pv_frames_look(h, give_way);

    return walk_p2m(h, NULL, 0, give_way);
}

int interrex_memory_export(struct interrex_hold *h, struct irx_domain *r,
                           unsigned long capacity, s_time_t give_way)
{
    struct irx_extent *extents = interrex_at(r->extents);
    long count;

    if ( !h->walk.gfn )
        r->p2m_generation = read_atomic(&h->p2m_changes);
    smp_rmb();
    count = is_pv_domain(h->d) ? interrex_pv_extents(h->d, extents, capacity)
                               : walk_p2m(h, extents, capacity, give_way);
    if ( count < 0 )
        return count;

    r->extent_count = count;

    return 0;
}

/* ---- Import ---- */

static bool is_own_extent(const struct irx_extent *e)
{
    return e->type == IRX_P2M_RAM_RW || e->type == IRX_P2M_RAM_RO ||
           e->type == IRX_P2M_XEN_PAGE || e->type == IRX_P2M_MMIO;
}

bool interrex_page_untouched(const struct page_info *pg)
{
    return !pg->count_info && !page_get_owner(pg);
}

bool interrex_frames_valid(unsigned long mfn, uint64_t nr)
{
    const unsigned long last = mfn + nr - 1, piece = 1UL << PAGE_ORDER_2M;

    if ( !nr )
        return true;
    if ( last < mfn || !mfn_valid(_mfn(last)) )
        return false;
    /* All of a piece are there, or none of them is. */
    for ( ; mfn <= last; mfn = (mfn | (piece - 1)) + 1 )
        if ( !mfn_valid(_mfn(mfn)) )
            return false;

    return true;
}

/* A page of the sending Xen that was not adopted: d has no table for it here (quarantine). */
static bool is_left_out(const struct irx_extent *e)
{
    return e->type == IRX_P2M_XEN_PAGE && mfn_valid(_mfn(e->mfn)) &&
           interrex_page_untouched(mfn_to_page(_mfn(e->mfn)));
}

/* Is every page of e what its type says, and nobody's yet? */
static int check_extent(struct domain *d, const struct irx_extent *e)
{
    const struct page_info *pg = mfn_to_page(_mfn(e->mfn));
    const struct page_info *const end = pg + e->nr;

    if ( e->type == IRX_P2M_MMIO )
        return 0;
    if ( !interrex_frames_valid(e->mfn, e->nr) )
        return -EINVAL;

    if ( e->type == IRX_P2M_XEN_PAGE )
    {
        for ( ; pg < end; pg++ )
            if ( page_get_owner(pg) != d || !is_xen_heap_page(pg) )
                return -EINVAL;
        return 0;
    }
    while ( pg < end && interrex_page_untouched(pg) )
        pg++;

    return pg < end ? -EBUSY : 0;
}

static p2m_type_t p2m_type_of(const struct irx_extent *e)
{
    return e->type == IRX_P2M_RAM_RO ? p2m_ram_ro
           : e->type == IRX_P2M_MMIO ? p2m_mmio_direct
                                     : p2m_ram_rw;
}

/* The largest order that gfn and mfn are aligned to and nr pages fill. */
static unsigned int chunk_order(uint64_t gfn, uint64_t mfn, uint64_t nr)
{
    static const unsigned int orders[] = { PAGE_ORDER_1G, PAGE_ORDER_2M };
    unsigned int i;

    for ( i = 0; i < ARRAY_SIZE(orders); i++ )
        if ( nr >> orders[i] && !((gfn | mfn) & ((1UL << orders[i]) - 1)) )
            return orders[i];

    return PAGE_ORDER_4K;
}

static int map_extent(struct domain *d, const struct irx_extent *e)
{
    struct p2m_domain *p2m = p2m_get_hostp2m(d);
    bool m2p = e->type != IRX_P2M_MMIO;
    uint64_t i, n;
    int rc = 0;

    p2m_lock(p2m);

    for ( i = 0; i < e->nr && !rc; i += n )
    {
        unsigned int order = chunk_order(e->gfn + i, e->mfn + i, e->nr - i);

        n = 1UL << order;
        rc = p2m_set_entry(p2m, _gfn(e->gfn + i), _mfn(e->mfn + i), order,
                           p2m_type_of(e), p2m_access_rwx);
        if ( !rc && m2p )
            interrex_m2p_set(e->mfn + i, e->gfn + i, n, 1);
    }

    p2m_unlock(p2m);

    return rc;
}

static int import_extent(struct domain *d, const struct irx_extent *e)
{
    int rc = 0;

    if ( e->type == IRX_P2M_RAM_RW || e->type == IRX_P2M_RAM_RO )
        rc = interrex_pages_assign(d, mfn_to_page(_mfn(e->mfn)), e->nr);

    /* A PV domain has no p2m of Xen's. */
    return rc ?: (is_pv_domain(d) ? 0 : map_extent(d, e));
}

int interrex_memory_import(struct domain *d,
                           const struct irx_domain_view *view)
{
    const struct irx_extent *extents = view->extents;
    const unsigned int count = view->d->extent_count;
    const unsigned int max_pages = d->max_pages;
    const bool whole = !interrex_quarantined(interrex_entry_of(view->d));
    unsigned int i;
    int rc = 0;

    for ( i = 0; i < count && !rc; i++ )
    {
        if ( is_own_extent(&extents[i]) &&
             (whole || !is_left_out(&extents[i])) )
            rc = check_extent(d, &extents[i]);
        if ( !(i % SOFTIRQ_EVERY) )
            process_pending_softirqs();
    }

    /*
     * A guest may have more than its limit: the toolstack lowers that before
     * the guest has given anything back. The limit is for what it asks next.
     */
    d->max_pages = UINT_MAX;
    for ( i = 0; i < count && !rc; i++ )
    {
        if ( is_own_extent(&extents[i]) &&
             (whole || !is_left_out(&extents[i])) )
            rc = import_extent(d, &extents[i]);
        if ( !(i % SOFTIRQ_EVERY) )
            process_pending_softirqs();
    }
    d->max_pages = max_pages;

    return rc;
}

/* ---- Giving up ---- */

#define RECLAIM_PAGES                                                         \
    0x4000u /* between two looks at what else there is to do */

static void reclaim_xen_page(struct domain *d, const struct irx_extent *e)
{
    void *va;

    if ( is_left_out(e) && !interrex_adopt_xen_page(d, _mfn(e->mfn), &va) )
        interrex_unshare_xen_page(d, va);
}

/* A piece of an extent, of which some may have been taken before. */
static int reclaim_pages(struct domain *d, uint64_t mfn, unsigned int nr)
{
    unsigned int i, n;
    int rc = 0;

    for ( i = 0; !rc && i < nr; i += n )
    {
        struct page_info *pg = mfn_to_page(_mfn(mfn + i));

        for ( n = 0; i + n < nr && interrex_page_untouched(pg + n); n++ )
            ;
        if ( n )
            rc = assign_pages(pg, n, d, 0);
        else
            n = 1;
    }

    return rc;
}

int interrex_memory_reclaim(struct domain *d, const struct irx_domain *r)
{
    const struct irx_extent *extents = interrex_at(r->extents);
    const unsigned int max_pages = d->max_pages;
    unsigned int i, n;
    uint64_t j;
    int rc = 0;

    d->max_pages = UINT_MAX;
    for ( i = 0; !rc && i < r->extent_count; i++ )
    {
        const struct irx_extent *e = &extents[i];

        if ( e->type == IRX_P2M_XEN_PAGE )
            reclaim_xen_page(d, e);
        if ( e->type != IRX_P2M_RAM_RW && e->type != IRX_P2M_RAM_RO )
            continue;
        for ( j = 0; !rc && j < e->nr; j += n )
        {
            n = min_t(uint64_t, e->nr - j, RECLAIM_PAGES);
            /* What was done before is passed over quickly. */
            if ( !interrex_page_untouched(
                     mfn_to_page(_mfn(e->mfn + j + n - 1))) )
                continue;
            rc = reclaim_pages(d, e->mfn + j, n);
            if ( !rc && hypercall_preempt_check() )
                rc = -ERESTART;
        }
    }
    d->max_pages = max_pages;

    return rc;
}
