/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * dom0 first: the heap of a Xen that an update started gets most of the host's free memory after
 * dom0 runs, so that the time in which dom0 stands still does not grow with the host.
 *
 * Xen counts all of it as free from the boot on: claims, balloon drivers and the toolstack see what
 * they would see otherwise. A timer of the boot CPU lists it, a little at a time; an allocation that
 * finds nothing in the lists has more listed at once, as much as it needs, and does not fail.
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
 * come into a guest's way back from the shim, and a GiB some 30 ms.
 */
#define TURN_PAGES 2048UL
#define TURN_PAUSE MICROSECS(200)
/* Pages that an allocation has listed at least, when it finds none. */
#define MORE_PAGES 4096UL
/* DMA of old devices, and what Xen itself needs below 4 GiB, is asked of low memory. */
#define LOW_END PFN_DOWN(GB(4))

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

void __init interrex_heap_later(unsigned long s, unsigned long e)
{
    while ( s < e )
    {
        const unsigned int range = s < LOW_END ? LOW : HIGH;
        unsigned long end = range == LOW ? min(e, (unsigned long)LOW_END) : e;
        unsigned long nr = interrex_heap_count(s, end - s);

        if ( nr )
            append(&to_come[phys_to_nid(pfn_to_paddr(s))][range], s, nr);
        else
        {
            /* The first of its node: its lists are made of it. */
            nr = min(end - s, MORE_PAGES);
            init_domheap_pages(pfn_to_paddr(s), pfn_to_paddr(s + nr));
        }
        s += nr;
    }
}

/* Lists so many pages, or up to a multiple of that, or as many as there are: how many. */
static unsigned long give(struct pieces *list, unsigned long want)
{
    unsigned long nr;

    if ( list->s == list->e )
    {
        struct piece piece;

        if ( !list->first )
            return 0;
        piece = read_piece(list->first);
        list->s = list->first;
        list->e = list->s + piece.nr;
        list->first = piece.next;
        if ( !list->first )
            list->last = 0;
    }

    nr = min(want - list->s % want, list->e - list->s);
    interrex_heap_list(list->s, nr);
    list->s += nr;
    interrex_heap_to_come -= nr;

    return nr;
}

/* Where the next page of it is; 0: there is none. */
static unsigned long next_of(const struct pieces *list)
{
    return list->s < list->e ? list->s : list->first;
}

/* Lists so many of a node's, or of all nodes, of the frames from lo to hi; high ones first. */
static unsigned long list_some(unsigned int node, unsigned long lo,
                               unsigned long hi, unsigned long want)
{
    unsigned int i, range;
    unsigned long nr = 0;

    spin_lock(&lock);
    for ( range = RANGES; !nr && interrex_heap_to_come && range--; )
        for ( i = 0; !nr && i < MAX_NUMNODES; i++ )
        {
            struct pieces *list = &to_come[i][range];

            if ( (node == NUMA_NO_NODE || node == i) && next_of(list) < hi &&
                 (range == HIGH || lo < LOW_END) )
                nr = give(list, want);
        }
    spin_unlock(&lock);

    return nr;
}

bool interrex_heap_more(unsigned int node, unsigned long lo, unsigned long hi,
                        unsigned int order)
{
    return list_some(node, lo, hi, max(1UL << order, MORE_PAGES));
}

static void cf_check turn(void *unused)
{
    list_some(NUMA_NO_NODE, 0, ~0UL, TURN_PAGES);
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
