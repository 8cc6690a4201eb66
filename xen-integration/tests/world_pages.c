/* SPDX-License-Identifier: GPL-2.0-only */
/* Frames, whose they are, and the p2m of domains. */
#include "world.h"
#include "world_parts.h"

#define MAX_PAGES 4096

static struct page_info pages[MAX_PAGES];
static unsigned long gpfns[MAX_PAGES]; /* plus one; 0: not said */
static unsigned int nr_pages;

struct world_entry world_set[WORLD_SET];
unsigned int world_nr_set, world_p2m_fails, paddr_bits;

void world_reset_pages(void)
{
    nr_pages = 0;
    world_nr_set = world_p2m_fails = 0;
    paddr_bits = 46;
}

void world_pages(unsigned long mfn, unsigned int nr, struct domain *d,
                 bool xen_heap)
{
    while ( nr-- )
    {
        assert_true(nr_pages < MAX_PAGES);
        gpfns[nr_pages] = 0;
        pages[nr_pages++] = (struct page_info){
            .count_info = d ? 1 : 0,
            .owner = d,
            .mfn = mfn++,
            .xen_heap = xen_heap,
        };
    }
}

static struct page_info *find_page(mfn_t mfn)
{
    unsigned int i;

    for ( i = 0; i < nr_pages; i++ )
        if ( pages[i].mfn == mfn_x(mfn) )
            return &pages[i];

    return NULL;
}

bool mfn_valid(mfn_t mfn)
{
    return find_page(mfn);
}

/* As in Xen, it can be computed of any frame, and used only if that is valid. */
struct page_info *mfn_to_page(mfn_t mfn)
{
    struct page_info *page = find_page(mfn);

    return page ?: &pages[MAX_PAGES - 1];
}

struct domain *page_get_owner(const struct page_info *page)
{
    return page->owner;
}

bool is_xen_heap_mfn(mfn_t mfn)
{
    return find_page(mfn)->xen_heap;
}

int assign_pages(struct page_info *page, unsigned int nr, struct domain *d,
                 unsigned int flags)
{
    if ( nr > d->max_pages - d->world_pages )
        return -E2BIG;
    d->world_pages += nr;
    while ( nr-- )
    {
        assert_int_equal(page->count_info, 0);
        assert_null(page->owner);
        page->count_info = 1;
        page++->owner = d;
    }

    return 0;
}

void set_gpfn_from_mfn(unsigned long mfn, unsigned long pfn)
{
    struct page_info *page = find_page(_mfn(mfn));

    assert_non_null(page);
    gpfns[page - pages] = pfn + 1;
}

unsigned long world_gpfn(unsigned long mfn)
{
    return gpfns[find_page(_mfn(mfn)) - pages] - 1;
}

int p2m_set_entry(struct p2m_domain *p2m, gfn_t gfn, mfn_t mfn,
                  unsigned int order, p2m_type_t type, p2m_access_t access)
{
    assert_true(p2m->lock.taken);
    assert_true(IS_ALIGNED(gfn.n | mfn.n, 1UL << order));
    if ( world_p2m_fails && !--world_p2m_fails )
        return -ENOMEM;
    assert_true(world_nr_set < WORLD_SET);
    world_set[world_nr_set++] = (struct world_entry){ gfn.n, mfn.n, order,
                                                      type, access };

    return 0;
}

void world_p2m(struct domain *d, const struct world_entry *entries,
               unsigned int nr)
{
    unsigned long last = 0;

    if ( nr )
        last = entries[nr - 1].gfn + (1UL << entries[nr - 1].order) - 1;
    d->world_p2m.entries = entries;
    d->world_p2m.nr = nr;
    d->world_p2m.p2m.domain = d;
    d->world_p2m.p2m.max_mapped_pfn = last;
}

struct p2m_domain *p2m_get_hostp2m(struct domain *d)
{
    return &d->world_p2m.p2m;
}

/* A hole is as large as Xen would find it: up to 2 MiB, to the next entry. */
static unsigned int hole_order(const struct domain *d, unsigned long gfn)
{
    unsigned int i, order = 9;

    for ( i = 0; i < d->world_p2m.nr; i++ )
        while ( order &&
                (d->world_p2m.entries[i].gfn | ((1UL << order) - 1)) ==
                    (gfn | ((1UL << order) - 1)) )
            order--;

    return order;
}

mfn_t get_gfn_type_access(struct p2m_domain *p2m, unsigned long gfn,
                          p2m_type_t *type, p2m_access_t *access,
                          unsigned int query, unsigned int *order)
{
    struct domain *d = p2m->domain;
    unsigned int i;

    d->world_p2m.locked++;
    for ( i = 0; i < d->world_p2m.nr; i++ )
    {
        const struct world_entry *e = &d->world_p2m.entries[i];

        if ( gfn < e->gfn || gfn >= e->gfn + (1UL << e->order) )
            continue;
        *type = e->type;
        *access = e->access;
        *order = e->order;
        return _mfn(e->mfn + (gfn - e->gfn));
    }
    *type = p2m_invalid;
    *access = 0;
    *order = hole_order(d, gfn);

    return _mfn(~0UL);
}

void put_gfn(struct domain *d, unsigned long gfn)
{
    assert_true(d->world_p2m.locked);
    d->world_p2m.locked--;
}
