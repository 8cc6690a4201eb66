/* SPDX-License-Identifier: GPL-2.0-only */
/* The memory that the next Xen must not hand out, of every domain that is in R. */
#include <xen/sched.h>
#include <xen/sort.h>
#include <xen/vmap.h>

#include "state/state.h"

static int add(struct interrex_preserved_list *l, const struct domain *d,
               unsigned long mfn, unsigned long nr, uint16_t kind)
{
    if ( l->used == l->room )
        return -E2BIG;

    l->entry[l->used++] = (struct irx_preserved){
        .mfn = mfn,
        .nr = nr,
        .owner = d->domain_id,
        .kind = kind,
    };

    return 0;
}

/* Pages of Xen that the guest sees: shared_info and the grant table. */
static int add_xen_pages(struct interrex_preserved_list *l, struct domain *d)
{
    struct irx_grant_frame frame;
    unsigned int i = 0;
    int rc = add(l, d, virt_to_mfn(d->shared_info), 1, IRX_PRESERVED_XEN_PAGE);

    while ( !rc && interrex_grant_frames_next(d, &i, &frame) )
        rc = add(l, d, frame.mfn, 1, IRX_PRESERVED_XEN_PAGE);

    return rc;
}

static unsigned long count_xen_pages(const struct domain *d)
{
    return 1 + interrex_grant_frames_count(d);
}

static bool is_own(const struct irx_extent *e)
{
    return e->type == IRX_P2M_RAM_RW || e->type == IRX_P2M_RAM_RO;
}

uint64_t interrex_preserved_pieces(const struct interrex_hold *h)
{
    const struct irx_domain *r = interrex_domain_rec(h->entry);
    const struct irx_extent *e = interrex_at(r->extents);
    uint64_t pieces = 0;
    unsigned int i;

    for ( i = 0; i < r->extent_count; i++ )
        pieces += is_own(&e[i]);

    return pieces;
}

/* The domain's own memory: all its pages, or the list would lack some. */
static int add_own_pages(struct interrex_preserved_list *l,
                         const struct interrex_hold *h)
{
    const struct irx_domain *r = interrex_domain_rec(h->entry);
    const struct irx_extent *e = interrex_at(r->extents);
    unsigned long pages = 0;
    unsigned int i;
    int rc = 0;

    for ( i = 0; !rc && i < r->extent_count; i++ )
    {
        if ( !is_own(&e[i]) )
            continue;
        pages += e[i].nr;
        rc = add(l, h->d, e[i].mfn, e[i].nr, IRX_PRESERVED_DOMAIN);
    }

    if ( !rc && pages > domain_tot_pages(h->d) )
    {
        printk(XENLOG_ERR "Interrex: %pd owns %u pages, %lu are mapped\n",
               h->d, domain_tot_pages(h->d), pages);
        rc = -EXDEV;
    }

    return rc;
}

/*
 * Calls fn for each page that a guest gave away while another domain has it mapped, by a
 * grant of h's domain or by a foreign mapping that it holds. Some come twice. Pages that
 * nobody has mapped any more are left behind, and so are free.
 */
static int for_each_vanished(const struct interrex_hold *h,
                             struct interrex_preserved_list *l,
                             int (*fn)(struct interrex_preserved_list *l,
                                       unsigned long mfn))
{
    const struct irx_domain *r = interrex_domain_rec(h->entry);
    const struct irx_extent *e = interrex_at(r->extents);
    struct irx_grant_active active;
    uint32_t ref = 0;
    unsigned int i;
    uint64_t j;
    int rc = 0;

    while ( !rc && interrex_grants_next(h->d, &ref, &active) )
        if ( interrex_page_vanished(_mfn(active.mfn)) )
            rc = fn(l, active.mfn);

    for ( i = 0; i < r->extent_count; i++ )
        for ( j = 0; !rc && e[i].type == IRX_P2M_FOREIGN && j < e[i].nr; j++ )
            if ( interrex_page_vanished(_mfn(e[i].mfn + j)) )
                rc = fn(l, e[i].mfn + j);

    return rc;
}

static int cf_check count_vanished(struct interrex_preserved_list *l,
                                   unsigned long mfn)
{
    l->room++;

    return 0;
}

static int cf_check add_vanished(struct interrex_preserved_list *l,
                                 unsigned long mfn)
{
    const struct domain *d = page_get_owner(mfn_to_page(_mfn(mfn)));

    return d ? add(l, d, mfn, 1, IRX_PRESERVED_DOMAIN) : 0;
}

static int cf_check compare(const void *a, const void *b)
{
    const struct irx_preserved *x = a, *y = b;

    return x->mfn < y->mfn ? -1 : x->mfn > y->mfn;
}

static void cf_check swap(void *a, void *b, size_t size)
{
    struct irx_preserved *x = a, *y = b, t = *x;

    *x = *y;
    *y = t;
}

/* Sorts, joins what follows on. -EXDEV if two have the same page. */
static int tidy(struct interrex_preserved_list *l)
{
    unsigned long i, last = 0;

    sort(l->entry, l->used, sizeof(*l->entry), compare, swap);

    for ( i = 1; i < l->used; i++ )
    {
        struct irx_preserved *p = &l->entry[last];
        const struct irx_preserved *e = &l->entry[i];

        /* It has several mappings. */
        if ( e->mfn + e->nr == p->mfn + p->nr && e->nr == 1 &&
             e->owner == p->owner && e->kind == p->kind &&
             interrex_page_vanished(_mfn(e->mfn)) )
            continue;

        if ( e->mfn < p->mfn + p->nr )
        {
            printk(XENLOG_ERR "Interrex: page %#lx belongs to d%u and d%u\n",
                   (unsigned long)e->mfn, p->owner, e->owner);
            return -EXDEV;
        }

        if ( e->mfn == p->mfn + p->nr && e->owner == p->owner &&
             e->kind == p->kind )
            p->nr += e->nr;
        else
            l->entry[++last] = *e;
    }
    if ( l->used )
        l->used = last + 1;

    return 0;
}

int interrex_preserved_collect(struct interrex_preserved_list *l)
{
    struct interrex_hold *h;
    unsigned int i;
    int rc = 0;

    *l = (struct interrex_preserved_list){};
    for ( i = 0; i < interrex_anchor()->domains.count; i++ )
        if ( (h = interrex_hold_at(i)) != NULL )
        {
            l->room += interrex_domain_rec(i)->extent_count +
                       count_xen_pages(h->d);
            for_each_vanished(h, l, count_vanished);
        }

    l->entry = vzalloc(l->room * sizeof(*l->entry));
    if ( !l->entry )
        return -ENOMEM;

    for ( i = 0; !rc && i < interrex_anchor()->domains.count; i++ )
        if ( (h = interrex_hold_at(i)) != NULL )
            rc = add_own_pages(l, h) ?: add_xen_pages(l, h->d)
                     ?: for_each_vanished(h, l, add_vanished);

    return rc ?: tidy(l);
}

bool interrex_preserved_has(const struct interrex_preserved_list *l,
                            unsigned long mfn)
{
    unsigned long first = 0, end = l->used;

    /* The last one that begins at or before mfn is below `end`, and not below `first`. */
    while ( end - first > 1 )
    {
        unsigned long middle = first + (end - first) / 2;

        if ( l->entry[middle].mfn <= mfn )
            first = middle;
        else
            end = middle;
    }

    return l->used && mfn - l->entry[first].mfn < l->entry[first].nr;
}
