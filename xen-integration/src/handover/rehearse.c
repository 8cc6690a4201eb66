/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A rehearsal of the hand-over: is there room for what will be written with dom0 stopped? Nothing
 * of it stays. Domains go on meanwhile, dom0 too: it is done in pieces.
 */
#include <xen/err.h>
#include <xen/sched.h>
#include <xen/vmap.h>

#include "handover/handover.h"
#include "hold/hold.h"
#include "pv/pv.h"
#include "region/gaps.h"

#define SECTION_MAX MB(256) /* beyond it nobody is told how much would do */

/* The one that is under way. */
static struct {
    bool begun;
    domid_t next; /* who is seated next, or is being seated */
    uint64_t
        unseated; /* pages of those who have no seat, and are to be kept free of the next Xen as well */
    struct interrex_lack lack;
} rehearsal;

static void lacks(uint64_t region)
{
    struct interrex_lack *lack = &rehearsal.lack;

    lack->region = max_t(uint64_t, lack->region, ROUNDUP(region, MB(2)));
}

/* At least so much is missing for the arrays: extents are nearly all of them. */
static void lacks_data(struct interrex_hold *h)
{
    long count = interrex_memory_count(h, STIME_MAX);

    if ( count > 0 )
        lacks((interrex_anchor()->data_used +
               count * sizeof(struct irx_extent)) *
              INTERREX_DATA_SHARE);
}

/* NULL: no room, which the rehearsal tells, or d is not to be described just now. */
static struct interrex_hold *new_seat(struct domain *d)
{
    struct interrex_hold *h = interrex_hold_new(d);
    unsigned int i;

    if ( IS_ERR(h) && PTR_ERR(h) == -ENOSPC )
        lacks(interrex_region.size + d->max_vcpus * INTERREX_REGION_PER_VCPU);
    if ( IS_ERR(h) )
        return NULL;

    /* Its vCPUs may run: there is nothing to be read of them. */
    for ( i = 0; i < d->max_vcpus; i++ )
        interrex_clear_entry(
            interrex_vcpu_rec(interrex_domain_rec(h->entry)->vcpu_first + i),
            &interrex_anchor()->vcpus, sizeof(struct irx_vcpu));

    return h;
}

/* 0: d has a seat, or cannot have one; -ERESTART. */
static int seat(struct domain *d, s_time_t give_way)
{
    struct interrex_hold *h = interrex_hold_of(d) ?: new_seat(d);
    int rc = h ? interrex_fill_domain(h, give_way) : 0;

    if ( rc == -ERESTART )
        return rc;
    if ( !h || rc )
        rehearsal.unseated += domain_tot_pages(d);
    if ( rc == -ENOSPC )
        lacks_data(h);
    if ( rc )
    {
        interrex_hold_free(h);
        interrex_pv_frames_forget(d);
    }

    return 0;
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

static void measure_sections(const struct interrex_preserved_list *l)
{
    const struct irx_anchor *a = interrex_anchor();
    uint64_t early = measure(IRX_SECTION_EARLY, a->early.size, l);
    uint64_t late = measure(IRX_SECTION_LATE, a->late.size, NULL);

    if ( early > a->early.size )
        lacks(early * INTERREX_EARLY_SHARE);
    if ( late > a->late.size )
        lacks(late * INTERREX_LATE_SHARE);
}

/* It is to be in R at the jump: dom0, or a guest that the shim cannot run. */
static bool is_seated(const struct domain *d)
{
    return is_hardware_domain(d) || is_pv_domain(d);
}

static int seat_all(s_time_t give_way)
{
    struct domain *d;
    int rc = 0;

    /* In ascending order of domid. */
    rcu_read_lock(&domlist_read_lock);
    for_each_domain (d)
    {
        if ( d->domain_id < rehearsal.next || !is_seated(d) )
            continue;
        rehearsal.next = d->domain_id;
        rc = seat(d, give_way);
        if ( rc )
            break;
        rehearsal.next++;
    }
    rcu_read_unlock(&domlist_read_lock);

    return rc;
}

static void unseat_all(void)
{
    struct domain *d;

    rcu_read_lock(&domlist_read_lock);
    for_each_domain (d)
        if ( is_seated(d) && interrex_hold_of(d) )
            unseat(interrex_hold_of(d));
    rcu_read_unlock(&domlist_read_lock);
    interrex_pv_frames_forget(NULL);
}

static void look_at_the_whole(void)
{
    struct interrex_preserved_list l;

    if ( !interrex_preserved_collect(&l) )
    {
        rehearsal.lack.boot = interrex_boot_need(
            l.entry, l.used, rehearsal.unseated << PAGE_SHIFT);
        if ( !rehearsal.unseated )
            measure_sections(&l);
    }
    vfree(l.entry);
}

int interrex_rehearse(struct interrex_lack *lack, s_time_t give_way)
{
    int rc;

    if ( !rehearsal.begun && interrex_hold_of(hardware_domain) )
        return 0; /* it is in R for another reason */

    rehearsal.begun = true;
    rc = seat_all(give_way);
    if ( rc )
        return rc;

    look_at_the_whole();
    *lack = rehearsal.lack;
    interrex_rehearse_end();

    return 0;
}

void interrex_rehearse_end(void)
{
    if ( rehearsal.begun )
        unseat_all();
    memset(&rehearsal, 0, sizeof(rehearsal));
}
