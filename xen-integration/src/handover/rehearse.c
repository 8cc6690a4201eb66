/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A rehearsal of the hand-over: is there room for what will be written with dom0 stopped? Nothing
 * of it stays.
 */
#include <xen/err.h>
#include <xen/sched.h>
#include <xen/vmap.h>

#include "handover/handover.h"
#include "hold/hold.h"
#include "pv/pv.h"
#include "region/gaps.h"

#define SECTION_MAX MB(256) /* beyond it nobody is told how much would do */

static void lacks(struct interrex_lack *lack, uint64_t region)
{
    lack->region = max_t(uint64_t, lack->region, ROUNDUP(region, MB(2)));
}

/* At least so much is missing for the arrays: extents are nearly all of them. */
static void lacks_data(struct interrex_lack *lack, struct domain *d)
{
    long count = interrex_memory_count(d);

    if ( count > 0 )
        lacks(lack, (interrex_anchor()->data_used +
                     count * sizeof(struct irx_extent)) *
                        INTERREX_DATA_SHARE);
}

/* NULL: no room, which *lack tells, or dom0 is not to be described just now. */
static struct interrex_hold *seat(struct domain *d, struct interrex_lack *lack)
{
    struct interrex_hold *h = interrex_hold_new(d);
    int rc;

    if ( IS_ERR(h) )
    {
        lacks(lack,
              interrex_region.size + d->max_vcpus * INTERREX_REGION_PER_VCPU);
        return NULL;
    }

    rc = interrex_fill_domain(h);
    if ( !rc )
        return h;

    if ( rc == -ENOSPC )
        lacks_data(lack, d);
    interrex_hold_free(h);

    return NULL;
}

/* As if it had never been there. */
static void unseat(struct interrex_hold *h)
{
    struct irx_domain *r = interrex_domain_rec(h->entry);

    interrex_hold_free(h);
    interrex_pv_frames_forget();
    interrex_clear_entry(r, &interrex_anchor()->domains, sizeof(*r));
}

/* Bytes of a section; 0: it cannot be written now, for other reasons than room. */
static uint64_t measure(uint32_t section, uint64_t size,
                        const struct interrex_preserved_list *l)
{
    uint64_t total = 0;
    int rc;

    do
    {
        struct irx_writer w;
        void *buf = vmalloc(size);

        if ( !buf )
            return 0;
        rc = interrex_section_begin_at(&w, buf, size, section);
        if ( !rc )
            rc = l ? interrex_early_write(&w, l, &total)
                   : interrex_late_write(&w, &total);
        vfree(buf);
        size *= 2;
    } while ( rc == -ENOSPC && size <= SECTION_MAX );

    return rc == -ENOSPC ? size : rc ? 0 : total;
}

static void measure_sections(struct interrex_lack *lack,
                             const struct interrex_preserved_list *l)
{
    const struct irx_anchor *a = interrex_anchor();
    uint64_t early = measure(IRX_SECTION_EARLY, a->early.size, l);
    uint64_t late = measure(IRX_SECTION_LATE, a->late.size, NULL);

    if ( early > a->early.size )
        lacks(lack, early * INTERREX_EARLY_SHARE);
    if ( late > a->late.size )
        lacks(lack, late * INTERREX_LATE_SHARE);
}

struct interrex_lack interrex_rehearse(void)
{
    struct domain *d = hardware_domain;
    struct interrex_lack lack = {};
    struct interrex_preserved_list l;
    struct interrex_hold *h;

    if ( interrex_hold_of(d) )
        return lack;

    h = seat(d, &lack);
    if ( !interrex_preserved_collect(&l) )
    {
        /* dom0's memory is to be kept free of the next Xen as well. */
        lack.boot = interrex_boot_need(
            l.entry, l.used,
            h ? 0 : (uint64_t)domain_tot_pages(d) << PAGE_SHIFT);
        if ( h )
            measure_sections(&lack, &l);
    }
    vfree(l.entry);
    if ( h )
        unseat(h);

    return lack;
}
