/* SPDX-License-Identifier: GPL-2.0-only */
/* Who takes how much of R; see handover.h. */
#include <xen/mm.h>
#include <xen/sched.h>

#include "handover/handover.h"
#include "hold/hold.h"
#include "pv/pv.h"

#define SHARE                                                                 \
    4u /* of a part: has to be left; the guests may take without a look at dom0 */

static struct {
    domid_t next; /* who is looked at next */
    bool whole;   /* all were */
    unsigned int count;
    struct {
        domid_t domid;
        struct interrex_room room;
    } of[INTERREX_MAX_DOMAINS];
    struct interrex_room all;
    uint64_t tables; /* of all PV guests */
} seen;

/* ---- What one takes ---- */

/*
 * Other domains than PV ones take room for their pieces of memory once they are prepared, and that is known then. Answers
 * how many page tables it has as a PV domain.
 */
static unsigned long memory_room(struct domain *d, struct interrex_room *room)
{
    const struct interrex_hold *h = interrex_hold_of(d);

    if ( is_pv_domain(d) )
        return interrex_pv_frames_room(d, room);

    *room = (struct interrex_room){};
    if ( h && !h->room ) /* else they are being written */
        room->early = interrex_preserved_pieces(h) *
                      sizeof(struct irx_preserved);

    return 0;
}

static void add(struct domain *d)
{
    struct interrex_room room;
    unsigned long tables = memory_room(d, &room);

    interrex_grants_room(d, &room);

    seen.all.data += room.data;
    seen.all.early += room.early;
    seen.all.late += room.late;
    if ( is_hardware_domain(d) )
        return;
    seen.tables += tables;
    if ( seen.count == ARRAY_SIZE(seen.of) )
        return;
    seen.of[seen.count].domid = d->domain_id;
    seen.of[seen.count++].room = room;
}

/* ---- All of them ---- */

static bool any_part_above(unsigned int quarters)
{
    const struct irx_anchor *a = interrex_anchor();

    return seen.all.data > a->data.size / SHARE * quarters ||
           seen.all.early > a->early.size / SHARE * quarters ||
           seen.all.late > a->late.size / SHARE * quarters;
}

static int look_at_guests(s_time_t give_way)
{
    struct domain *d;
    int rc = 0;

    /* In ascending order of domid. */
    rcu_read_lock(&domlist_read_lock);
    for_each_domain (d)
    {
        if ( d->domain_id < seen.next || is_hardware_domain(d) || d->is_dying )
            continue;
        add(d);
        seen.next = d->domain_id + 1;
        if ( interrex_gives_way(give_way) )
        {
            rc = -ERESTART;
            break;
        }
    }
    rcu_read_unlock(&domlist_read_lock);

    return rc;
}

int interrex_room_look(s_time_t give_way)
{
    int rc;

    if ( seen.whole )
        return 0;
    rc = look_at_guests(give_way);
    if ( rc )
        return rc;

    if ( any_part_above(1) )
        add(hardware_domain);
    seen.whole = true;

    return 0;
}

void interrex_room_end(void)
{
    seen.next = 0;
    seen.whole = false;
    seen.count = 0;
    seen.all = (struct interrex_room){};
    seen.tables = 0;
}

uint64_t interrex_room_tables(void)
{
    return seen.tables;
}

/* ---- Who takes too much ---- */

/* `taken` of a crowded part, if it is more than d's share; the more of it and `most`. */
static uint64_t excess(const struct domain *d, uint64_t most, uint64_t all,
                       uint64_t taken, const struct irx_span *part)
{
    if ( all <= part->size - part->size / SHARE ||
         taken <= part->size * domain_tot_pages(d) / total_pages )
        return most;

    return max(most, taken);
}

uint64_t interrex_room_excess(const struct domain *d)
{
    const struct irx_anchor *a = interrex_anchor();
    const struct interrex_room *room;
    uint64_t most;
    unsigned int i = 0;

    while ( i < seen.count && seen.of[i].domid != d->domain_id )
        i++;
    if ( i == seen.count )
        return 0;

    room = &seen.of[i].room;
    most = excess(d, 0, seen.all.data, room->data, &a->data);
    most = excess(d, most, seen.all.early, room->early, &a->early);

    return excess(d, most, seen.all.late, room->late, &a->late);
}

void interrex_room_tell(void)
{
    const struct domain *d;

    interrex_room_end();
    interrex_room_look(STIME_MAX);

    rcu_read_lock(&domlist_read_lock);
    for_each_domain (d)
    {
        uint64_t bytes = interrex_room_excess(d);

        if ( bytes )
            printk(XENLOG_ERR "Interrex: %pd takes %" PRIu64
                              " bytes of the region, more than its share\n",
                   d, bytes);
    }
    rcu_read_unlock(&domlist_read_lock);
    interrex_room_end();
}
