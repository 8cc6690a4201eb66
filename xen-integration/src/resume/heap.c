/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * dom0 first: the heap of a Xen that an update started gets most of the host's free memory after
 * dom0 runs, so that the time in which dom0 stands still does not grow with the host.
 *
 * Xen counts all of it as free from the boot on: claims, balloon drivers and the toolstack see what
 * they would see otherwise. A timer of the boot CPU lists it, a little at a time; an allocation that
 * finds nothing in the lists has more listed at once, as much as it needs, and does not fail.
 *
 * Of memory whose tables are not made yet (mm_tables.c) they are before it is listed.
 *
 * What is to come is kept in itself: the first page of each piece says how long it is, and where the
 * next one is. There may be as many pieces as there are gaps between guests.
 */
#include <xen/domain_page.h>
#include <xen/init.h>
#include <xen/mm.h>
#include <xen/numa.h>
#include <xen/param.h>
#include <xen/pfn.h>
#include <xen/sched.h>
#include <xen/spinlock.h>
#include <xen/timer.h>

#include <asm/interrex-boot.h>
#include <asm/time.h>

#include "private/private.h"
#include "resume/resume.h"

/*
 * Pages in a turn of the timer, and what lies between two turns: a turn takes some 15 us, since it can
 * come into a guest's way back from the shim.
 */
#define TURN_PAGES  2048UL
#define TURN_PIECES 8u /* of memory that lies in small ones */
#define TURN_PAUSE  MICROSECS(200)
#define TURN_BYTES  KB(128) /* of tables */
/* Pages that an allocation has listed at least, when it finds none. */
#define MORE_PAGES 4096UL
/* DMA of old devices, and what Xen itself needs below 4 GiB, is asked of low memory. */
#define LOW_END INTERREX_LOW_END
#define AREA    (1UL << INTERREX_AREA_SHIFT)

/*
 * `liveupdate-heap-pause=<ms>`: a longer pause between two turns, so that what goes on in a Xen whose
 * heap is not full yet can be watched.
 */
#define PAUSE_MAX_MS 1000u
static unsigned int __read_mostly opt_heap_pause;
integer_param("liveupdate-heap-pause", opt_heap_pause);

/* In the first page of each piece but the one that is being listed. Frames; next 0: none. */
struct piece {
    unsigned long nr, next;
};

/* Of one node, below 4 GiB or above it, in ascending order. */
struct pieces {
    unsigned long first, last; /* frames; 0: none */
    unsigned long s, e; /* what is left of the one that is being listed */
    unsigned long made; /* bytes of its tables, while these are being made */
};
enum { LOW, HIGH, RANGES };
static struct pieces to_come[MAX_NUMNODES][RANGES];
static DEFINE_SPINLOCK(lock);

static struct timer timer;
static s_time_t begun;
static unsigned long nr_begun;

static struct piece read_piece(unsigned long mfn)
{
    const struct piece *p = map_domain_page(_mfn(mfn));
    const struct piece piece = *p;

    unmap_domain_page(p);

    return piece;
}

static void __init write_piece(unsigned long mfn, struct piece piece)
{
    struct piece *p = map_domain_page(_mfn(mfn));

    *p = piece;
    unmap_domain_page(p);
}

static void __init append(struct pieces *list, unsigned long mfn,
                          unsigned long nr)
{
    write_piece(mfn, (struct piece){ .nr = nr });
    if ( list->last )
        write_piece(
            list->last,
            (struct piece){ .nr = read_piece(list->last).nr, .next = mfn });
    else
        list->first = mfn;
    list->last = mfn;
    interrex_heap_to_come += nr;
}

/* Of one node, or 0: that has no lists yet. How many of them were taken. */
static unsigned long __init later(unsigned long s, unsigned long e)
{
    const unsigned int range = s < LOW_END ? LOW : HIGH;
    const unsigned long nr = interrex_heap_count(s, e - s);

    if ( nr )
        append(&to_come[phys_to_nid(pfn_to_paddr(s))][range], s, nr);

    return nr;
}

/* Where the tables are made, up to e or to where they are not any more. */
static unsigned long __init end_of_run(unsigned long s, unsigned long e)
{
    unsigned long end = ROUNDUP(s + 1, AREA);

    if ( s < LOW_END )
        e = min(e, LOW_END);
    while ( end < e && !interrex_area_is_later(end) )
        end += AREA;

    return min(end, e);
}

void __init interrex_heap_later(unsigned long s, unsigned long e)
{
    while ( s < e )
    {
        unsigned long end;

        if ( interrex_area_is_later(s) )
        {
            const unsigned long reserved = interrex_area_reserved(s);

            if ( later(s + reserved, s + AREA) )
            {
                s += AREA;
                continue;
            }
            interrex_area_give_up(s);
            s += reserved;
        }

        end = end_of_run(s, e);
        while ( s < end )
        {
            unsigned long nr = later(s, end);

            if ( !nr )
            {
                /* The first of its node: its lists are made of it. */
                nr = min(end - s, MORE_PAGES);
                init_domheap_pages(pfn_to_paddr(s), pfn_to_paddr(s + nr));
            }
            s += nr;
        }
    }
}

/* The next piece. False: there is none. */
static bool take(struct pieces *list)
{
    struct piece piece;

    if ( !list->first )
        return false;

    piece = read_piece(list->first);
    list->s = list->first;
    list->e = list->s + piece.nr;
    list->made = 0;
    list->first = piece.next;
    if ( !list->first )
        list->last = 0;

    return true;
}

/*
 * Lists so many pages, or up to a multiple of that, or as many as there are; or makes so many bytes of their tables
 * first. False: there are none.
 */
static bool give(struct pieces *list, unsigned long want, unsigned long bytes)
{
    unsigned long nr;

    if ( list->s == list->e && !take(list) )
        return false;

    if ( interrex_area_is_later(list->s) )
    {
        list->made = interrex_area_make(list->s, list->made, bytes);
        return true;
    }

    /* Other CPUs may wait for the heap's lock. */
    for ( want -= list->s % want; want && list->s < list->e; want -= nr )
    {
        nr = min(want, list->e - list->s);
        nr = min(nr, MORE_PAGES);
        interrex_heap_list(list->s, nr);
        list->s += nr;
        interrex_heap_to_come -= nr;
    }

    return true;
}

/* Where the next page of it is; 0: there is none. */
static unsigned long next_of(const struct pieces *list)
{
    return list->s < list->e ? list->s : list->first;
}

/* Whether a block of so many pages can be among the next ones. */
static bool has_block(const struct pieces *list, unsigned long pages)
{
    unsigned long s = list->s, e = list->e;

    if ( s == e && list->first )
    {
        s = list->first;
        e = s + read_piece(s).nr;
    }

    return ROUNDUP(s, pages) + pages <= e;
}

struct wish {
    unsigned int node;    /* NUMA_NO_NODE: any */
    bool exact;           /* no other node */
    unsigned long lo, hi; /* frames */
    unsigned int order;
};

/* From a node's, if there is anything that is of use. */
static bool give_of(unsigned int node, const struct wish *wish,
                    unsigned long want, unsigned long bytes)
{
    unsigned int range;

    for ( range = RANGES; range--; )
    {
        struct pieces *list = &to_come[node][range];

        if ( next_of(list) && next_of(list) < wish->hi &&
             (range == HIGH || wish->lo < LOW_END) &&
             (wish->order <= PAGETABLE_ORDER ||
              has_block(list, 1UL << wish->order)) )
            return give(list, want, bytes);
    }

    return false;
}

/* give(), of the node that is wished first. */
static bool give_some(const struct wish *wish, unsigned long want,
                      unsigned long bytes)
{
    unsigned int i;
    bool given = false;

    if ( !interrex_heap_to_come )
        return false;

    spin_lock(&lock);
    if ( wish->node < MAX_NUMNODES )
        given = give_of(wish->node, wish, want, bytes);
    for ( i = 0; !given && !wish->exact && i < MAX_NUMNODES; i++ )
        given = give_of(i, wish, want, bytes);
    spin_unlock(&lock);

    return given;
}

static const struct wish anything = { .node = NUMA_NO_NODE, .hi = ~0UL };

bool interrex_heap_more(unsigned int node, bool exact, unsigned long lo,
                        unsigned long hi, unsigned int order)
{
    const struct wish wish = {
        .node = node,
        .exact = exact && node != NUMA_NO_NODE,
        .lo = lo,
        .hi = hi,
        .order = order,
    };

    /* Before that tables of memory cannot be made; what this Xen boots in is enough until then. */
    if ( !dom_xen )
        return false;

    return give_some(&wish, max(1UL << order, MORE_PAGES), ~0UL);
}

bool interrex_heap_now(void)
{
    unsigned int i;

    for ( i = 0; i < 64; i++ )
        if ( !give_some(&anything, MORE_PAGES, TURN_BYTES) )
            return true;

    return false;
}

void interrex_tables_now(unsigned long mfn)
{
    spin_lock(&lock);
    if ( interrex_area_is_later(mfn) )
        interrex_area_make(mfn, 0, ~0UL);
    spin_unlock(&lock);
}

/* Some pages, or some pieces, or some of the tables of a large one. */
static void give_a_turn(void)
{
    const unsigned long begin = interrex_heap_to_come;
    unsigned long before = 0;
    unsigned int i;

    for ( i = 0; i < TURN_PIECES && before != interrex_heap_to_come &&
                 begin - interrex_heap_to_come < TURN_PAGES / 2;
          i++ )
    {
        before = interrex_heap_to_come;
        give_some(&anything, TURN_PAGES, TURN_BYTES);
    }
}

static void cf_check turn(void *unused)
{
    give_a_turn();
    if ( interrex_heap_to_come )
    {
        set_timer(&timer, NOW() + (opt_heap_pause ? MILLISECS(opt_heap_pause)
                                                  : TURN_PAUSE));
        return;
    }
    interrex_stamps.heap_tsc = rdtsc_ordered();
    printk(XENLOG_INFO "Interrex: the heap has all free memory: %lu MiB in "
                       "%lu ms after dom0 ran\n",
           nr_begun >> (20 - PAGE_SHIFT),
           (unsigned long)(NOW() - begun) / MILLISECS(1));
}

void interrex_heap_begin(void)
{
    begun = NOW();
    nr_begun = interrex_heap_to_come;
    opt_heap_pause = min(opt_heap_pause, PAUSE_MAX_MS);
    init_timer(&timer, turn, NULL, 0);
    set_timer(&timer, begun + TURN_PAUSE);
}
