/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Pages that follow one another, at boot: what assign_pages() and set_gpfn_from_mfn() make of them one by one, in a
 * quarter of the steps. dom0 and the guests wait for all of these.
 */
#include <xen/sched.h>

#include <asm/mm.h>
#include <asm/pv/domain.h>

#include "state/state.h"

/*
 * Those behind the first, which is d's: as it is, and behind it in d's list, up to one that is somebody's. How many that
 * are. d's lock is held.
 */
static unsigned int follow(struct domain *d, struct page_info *first,
                           unsigned int nr)
{
    struct page_info *const last = first + nr - 1, *pg;
    const typeof(first->v.inuse._domain) owner = first->v.inuse._domain;
    const unsigned long count_info = first->count_info;
    unsigned int pdx = page_to_pdx(first);

    /* Links are numbers of pages, and these follow one another. */
    for ( pg = first + 1; pg <= last; pg++, pdx++ )
    {
        if ( pg->count_info | pg->v.inuse._domain ) /* not untouched */
            break;
        pg[-1].list.next = pdx + 1;
        pg->list.prev = pdx;
        pg->v.inuse._domain = owner;
        smp_wmb(); /* as assign_pages() */
        pg->count_info = count_info;
    }
    pg[-1].list.next = PAGE_LIST_NULL;
    d->page_list.tail = pg - 1;

    return pg - 1 - first;
}

int interrex_pages_assign(struct domain *d, struct page_info *first,
                          uint64_t nr)
{
    unsigned int more;
    int rc;

    if ( !nr || nr > d->max_pages || domain_tot_pages(d) > d->max_pages - nr )
        return -E2BIG;

    if ( first->count_info | first->v.inuse._domain )
        return -EBUSY;
    /* It is the last of d's list then. */
    rc = assign_pages(first, 1, d, 0);
    if ( rc || nr == 1 )
        return rc;

    spin_lock(&d->page_alloc_lock);
    more = follow(d, first, nr);
    if ( domain_adjust_tot_pages(d, more) <= more )
        ASSERT_UNREACHABLE();
    spin_unlock(&d->page_alloc_lock);

    return more == nr - 1 ? 0 : -EBUSY;
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
