/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Pages that follow one another, at boot: what assign_pages() and set_gpfn_from_mfn() make of them one by one, in a
 * quarter of the steps. dom0 and the guests wait for all of these.
 */
#include <xen/sched.h>

#include <asm/mm.h>
#include <asm/pv/domain.h>

#include "state/state.h"

/* Those behind the first, which is d's: as it is, and behind it in d's list. d's lock is held. */
static void follow(struct domain *d, struct page_info *first, unsigned int nr)
{
#ifdef page_list_entry /* links are numbers of pages, and these follow one another */
    struct page_info *last = first + nr - 1, *pg;
    const typeof(first->v.inuse._domain) owner = first->v.inuse._domain;
    const unsigned long count_info = first->count_info;
    unsigned int pdx = page_to_pdx(first);

    for ( pg = first + 1; pg <= last; pg++, pdx++ )
    {
        pg[-1].list.next = pdx + 1;
        pg->list.prev = pdx;
        pg->v.inuse._domain = owner;
        smp_wmb(); /* as assign_pages() */
        pg->count_info = count_info;
    }
    last->list.next = PAGE_LIST_NULL;
    d->page_list.tail = last;
#else
    unsigned int i;

    for ( i = 1; i < nr; i++ )
    {
        page_set_owner(first + i, d);
        smp_wmb();
        first[i].count_info = first->count_info;
        page_list_add_tail(first + i, &d->page_list);
    }
#endif
}

int interrex_pages_assign(struct domain *d, struct page_info *first,
                          uint64_t nr)
{
    unsigned int total;
    int rc;

    if ( !nr || nr > d->max_pages || domain_tot_pages(d) > d->max_pages - nr )
        return -E2BIG;

    /* It is the last of d's list then. */
    rc = assign_pages(first, 1, d, 0);
    if ( rc || nr == 1 )
        return rc;

    spin_lock(&d->page_alloc_lock);
    follow(d, first, nr);
    total = domain_adjust_tot_pages(d, nr - 1);
    ASSERT(total >= nr);
    spin_unlock(&d->page_alloc_lock);

    return 0;
}

void interrex_m2p_set(unsigned long mfn, unsigned long gfn, unsigned long nr,
                      int step)
{
    /* That of 32-bit PV domains; shorter. */
    unsigned int *compat = (unsigned int *)RDWR_COMPAT_MPT_VIRT_START;
    const unsigned long limit = (RDWR_COMPAT_MPT_VIRT_END -
                                 RDWR_COMPAT_MPT_VIRT_START) /
                                sizeof(*compat),
                        end = mfn + nr;

    if ( opt_pv32 )
        for ( ; mfn < min(end, limit); mfn++, gfn += (long)step )
            compat[mfn] = machine_to_phys_mapping[mfn] = gfn;
    for ( ; mfn < end; mfn++, gfn += (long)step )
        machine_to_phys_mapping[mfn] = gfn;
}
