/* SPDX-License-Identifier: GPL-2.0-only */
/* How much of R PV guests take; see pv.h. */
#include <xen/mm.h>
#include <xen/sched.h>

#include "pv/pv.h"

#define LEFT_SHARE 4u /* of a part has to be left for all but PV domains */

static bool crowds(uint64_t taken, const struct irx_span *part)
{
    return taken > part->size - part->size / LEFT_SHARE;
}

static bool any_guest(void)
{
    const struct domain *d;
    bool found = false;

    rcu_read_lock(&domlist_read_lock);
    for_each_domain (d)
        found |= is_pv_domain(d) && !is_hardware_domain(d);
    rcu_read_unlock(&domlist_read_lock);

    return found;
}

/* All PV domains together. */
static struct interrex_pv_room take_all(void)
{
    struct interrex_pv_room all = {}, room;
    struct domain *d;

    rcu_read_lock(&domlist_read_lock);
    for_each_domain (d)
    {
        if ( !is_pv_domain(d) )
            continue;
        interrex_pv_frames_room(d, &room);
        all.data += room.data;
        all.early += room.early;
        all.late += room.late;
    }
    rcu_read_unlock(&domlist_read_lock);

    return all;
}

bool interrex_pv_crowds(struct interrex_pv_room *all)
{
    const struct irx_anchor *a = interrex_anchor();

    *all = (struct interrex_pv_room){};
    if ( !any_guest() ) /* dom0 is not looked at for nothing */
        return false;
    *all = take_all();

    return crowds(all->data, &a->data) || crowds(all->early, &a->early) ||
           crowds(all->late, &a->late);
}

/* d's bytes of a crowded part, if they are more than its share; the more of both. */
static uint64_t excess(const struct domain *d, uint64_t most, uint64_t all,
                       uint64_t taken, const struct irx_span *part)
{
    if ( !crowds(all, part) ||
         taken <= part->size * domain_tot_pages(d) / total_pages )
        return most;

    return max(most, taken);
}

uint64_t interrex_pv_room_excess(struct domain *d,
                                 const struct interrex_pv_room *all)
{
    const struct irx_anchor *a = interrex_anchor();
    struct interrex_pv_room room;
    uint64_t most;

    interrex_pv_frames_room(d, &room);
    most = excess(d, 0, all->data, room.data, &a->data);
    most = excess(d, most, all->early, room.early, &a->early);

    return excess(d, most, all->late, room.late, &a->late);
}

void interrex_pv_room_tell(void)
{
    struct interrex_pv_room all;
    struct domain *d;

    if ( !interrex_pv_crowds(&all) )
        return;

    rcu_read_lock(&domlist_read_lock);
    for_each_domain (d)
    {
        uint64_t bytes = is_pv_domain(d) && !is_hardware_domain(d)
                             ? interrex_pv_room_excess(d, &all)
                             : 0;

        if ( bytes )
            printk(XENLOG_ERR "Interrex: %pd takes %" PRIu64
                              " bytes of the region, more than its share\n",
                   d, bytes);
    }
    rcu_read_unlock(&domlist_read_lock);
}
