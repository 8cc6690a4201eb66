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

/* NULL: no room, which *lack tells, or d is not to be described just now. */
static struct interrex_hold *seat(struct domain *d, struct interrex_lack *lack)
{
    struct interrex_hold *h = interrex_hold_new(d);
    unsigned int i;
    int rc;

    if ( IS_ERR(h) && PTR_ERR(h) != -ENOSPC )
        return NULL;
    if ( IS_ERR(h) )
    {
        lacks(lack,
              interrex_region.size + d->max_vcpus * INTERREX_REGION_PER_VCPU);
        return NULL;
    }

    /* Its vCPUs may run: there is nothing to be read of them. */
    for ( i = 0; i < d->max_vcpus; i++ )
        interrex_clear_entry(
            interrex_vcpu_rec(interrex_domain_rec(h->entry)->vcpu_first + i),
            &interrex_anchor()->vcpus, sizeof(struct irx_vcpu));

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

/* It is to be in R at the jump: dom0, or a guest that the shim cannot run. */
static bool is_seated(const struct domain *d)
{
    return is_hardware_domain(d) || is_pv_domain(d);
}

/* Bytes of memory that have no seat, and are to be kept free of the next Xen as well. */
static uint64_t seat_all(struct interrex_lack *lack)
{
    uint64_t pages = 0;
    struct domain *d;

    rcu_read_lock(&domlist_read_lock);
    for_each_domain (d)
        if ( is_seated(d) && !seat(d, lack) )
            pages += domain_tot_pages(d);
    rcu_read_unlock(&domlist_read_lock);

    return pages << PAGE_SHIFT;
}

static void unseat_all(void)
{
    struct domain *d;

    rcu_read_lock(&domlist_read_lock);
    for_each_domain (d)
        if ( is_seated(d) && interrex_hold_of(d) )
            unseat(interrex_hold_of(d));
    rcu_read_unlock(&domlist_read_lock);
    interrex_pv_frames_forget();
}

struct interrex_lack interrex_rehearse(void)
{
    struct interrex_lack lack = {};
    struct interrex_preserved_list l;
    uint64_t unseated;

    if ( interrex_hold_of(hardware_domain) )
        return lack;

    unseated = seat_all(&lack);
    if ( !interrex_preserved_collect(&l) )
    {
        lack.boot = interrex_boot_need(l.entry, l.used, unseated);
        if ( !unseated )
            measure_sections(&lack, &l);
    }
    vfree(l.entry);
    unseat_all();

    return lack;
}
