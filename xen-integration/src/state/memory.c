/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A domain's memory as runs of consecutive frames, from its p2m. The guest may
 * run meanwhile: a change shows in the counter that the hook in p2m.c keeps.
 */
#include <xen/softirq.h>

#include <asm/p2m.h>

#include "internal.h"

struct walk {
    struct domain *d;
    struct irx_extent *extents; /* NULL: count only */
    unsigned long capacity;
    struct irx_extent run; /* the one that is growing; nr 0: none */
    unsigned long count;
};

static bool emit(struct walk *w)
{
    if ( !w->run.nr )
        return true;

    if ( w->extents )
    {
        if ( w->count >= w->capacity )
            return false;
        w->extents[w->count] = w->run;
    }
    w->count++;
    w->run.nr = 0;

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
    if ( grows(&w->run, e) )
    {
        w->run.nr += e->nr;
        return true;
    }

    if ( !emit(w) )
        return false;
    w->run = *e;

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

/* One entry of the p2m, from gfn to the end of its page or hole. */
static int visit(struct walk *w, unsigned long gfn, unsigned long *next)
{
    struct p2m_domain *p2m = p2m_get_hostp2m(w->d);
    struct irx_extent e = { .gfn = gfn };
    unsigned int order;
    p2m_type_t type;
    p2m_access_t access;
    domid_t owner;
    mfn_t mfn;
    int rc;

    mfn = get_gfn_type_access(p2m, gfn, &type, &access, 0, &order);
    *next = (gfn | ((1UL << order) - 1)) + 1;
    rc = classify(w->d, mfn, type, &e.type, &owner);
    put_gfn(w->d, gfn);

    if ( rc )
        return rc > 0 ? 0 : rc;

    e.mfn = mfn_x(mfn);
    e.nr = *next - gfn;
    e.owner = owner;
    e.access = access;

    return add(w, &e) ? 0 : -E2BIG;
}

long interrex_extents(struct domain *d, struct irx_extent *extents,
                      unsigned long capacity)
{
    struct walk w = { .d = d, .extents = extents, .capacity = capacity };
    unsigned long gfn, next, visited = 0;
    unsigned long last = p2m_get_hostp2m(d)->max_mapped_pfn;

    for ( gfn = 0; gfn <= last; gfn = next )
    {
        int rc = visit(&w, gfn, &next);

        if ( rc )
            return rc;
        if ( !(++visited & 0xff) )
            process_pending_softirqs();
    }

    return emit(&w) ? w.count : -E2BIG;
}
