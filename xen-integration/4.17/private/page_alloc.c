/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The part of Interrex that is compiled inside common/page_alloc.c: free memory that is counted
 * at once, and listed little by little. Until it is listed nobody gets any of it, and its
 * page_info stays as the frame table was made: in use, nobody's.
 */
#include <asm/e820.h>

#include "private.h"

/* The largest block at mfn, of at most nr pages, as the lists hold them: aligned, of one node. */
static unsigned int block_order(unsigned long mfn, unsigned long nr)
{
    unsigned int order = min_t(unsigned int, MAX_ORDER, flsl(nr) - 1);

    if ( mfn )
        order = min(order, ffsl(mfn) - 1U);
    while ( order && phys_to_nid(pfn_to_paddr(mfn)) !=
                         phys_to_nid(pfn_to_paddr(mfn + (1UL << order) - 1)) )
        order--;

    return order;
}

static unsigned int zone_of(unsigned long mfn)
{
    return flsl(mfn) ?: 1;
}

unsigned long interrex_heap_count(unsigned long mfn, unsigned long nr)
{
    const unsigned int node = phys_to_nid(pfn_to_paddr(mfn));
    const unsigned long end = mfn + nr;
    unsigned long at = mfn;

    if ( !avail[node] )
        return 0;

    spin_lock(&heap_lock);
    while ( at < end && phys_to_nid(pfn_to_paddr(at)) == node )
    {
        const unsigned long block = 1UL << block_order(at, end - at);

        avail[node][zone_of(at)] += block;
        total_avail_pages += block;
        at += block;
    }
    first_valid_mfn = mfn_min(_mfn(mfn), first_valid_mfn);
    spin_unlock(&heap_lock);

    return at - mfn;
}

/* All of them as they were when the frame table was made. */
static bool untouched(const struct page_info *pg, unsigned int order)
{
    unsigned long touched = 0;
    unsigned int i;

    for ( i = 0; i < 1u << order; i++ )
        touched |= pg[i].count_info;

    return !touched;
}

/* Its buddy, if that can be one with it. */
static struct page_info *free_buddy(struct page_info *pg, unsigned int node,
                                    unsigned int order)
{
    const mfn_t mfn = _mfn(mfn_x(page_to_mfn(pg)) ^ (1UL << order));
    struct page_info *buddy;

    if ( !mfn_valid(mfn) )
        return NULL;
    buddy = mfn_to_page(mfn);

    return page_state_is(buddy, free) && PFN_ORDER(buddy) == order &&
                   phys_to_nid(mfn_to_maddr(mfn)) == node
               ? buddy
               : NULL;
}

/* Into its list, as one with those blocks beside it that it goes together with. */
static void list_block(struct page_info *pg, unsigned int node,
                       unsigned int order, bool scrub)
{
    const unsigned int zone = page_to_zone(pg);
    unsigned int i, dirty = scrub ? 0 : INVALID_DIRTY_IDX;
    struct page_info *buddy;

    for ( i = 0; i < 1u << order; i++ )
        pg[i].count_info = PGC_state_free | (scrub ? PGC_need_scrub : 0);
    if ( scrub )
        node_need_scrub[node] += 1UL << order;

    for ( ; order < MAX_ORDER && (buddy = free_buddy(pg, node, order));
          order++ )
    {
        struct page_info *first = min(pg, buddy), *second = max(pg, buddy);
        unsigned int dirty_first, dirty_second;

        check_and_stop_scrub(buddy);
        page_list_del(buddy, &heap(node, zone, order));
        dirty_first = first == pg ? dirty : first->u.free.first_dirty;
        dirty_second = second == pg ? dirty : second->u.free.first_dirty;
        dirty = dirty_first != INVALID_DIRTY_IDX ? dirty_first
                : dirty_second != INVALID_DIRTY_IDX
                    ? dirty_second + (1u << order)
                    : INVALID_DIRTY_IDX;
        pg = first;
    }

    page_list_add_scrub(pg, node, zone, order, dirty);
}

void interrex_heap_list(unsigned long mfn, unsigned long nr)
{
    const bool scrub = opt_bootscrub != BOOTSCRUB_OFF;
    const unsigned int node = phys_to_nid(pfn_to_paddr(mfn));

    spin_lock(&heap_lock);
    while ( nr )
    {
        struct page_info *pg = mfn_to_page(_mfn(mfn));
        unsigned int order = block_order(mfn, nr);

        if ( !untouched(pg, order) )
            order = 0;
        if ( pg->count_info )
        {
            /* It was to be taken offline (offline_page()): none for the heap, as in reserve_offlined_page(). */
            const bool broken = pg->count_info & PGC_broken;

            pg->count_info = (broken ? PGC_broken : 0) | PGC_state_offlined;
            page_list_add_tail(pg, broken ? &page_broken_list
                                          : &page_offlined_list);
            avail[node][zone_of(mfn)]--;
            total_avail_pages--;
        }
        else
            list_block(pg, node, order, scrub);
        mfn += 1UL << order;
        nr -= 1UL << order;
    }
    spin_unlock(&heap_lock);
}

void __init interrex_heap_scrub_later(void)
{
    if ( opt_bootscrub == BOOTSCRUB_ON )
        opt_bootscrub = BOOTSCRUB_IDLE;
}

void __init interrex_heap_without_bad(struct e820map *map)
{
    unsigned int i;

    /* init_boot_pages() knows of them. Its list was left empty when the heap came into being. */
    for ( i = 0; i < map->nr_map; i++ )
        if ( map->map[i].type == E820_RAM &&
             map->map[i].addr + map->map[i].size > MB(1) )
            init_boot_pages(max_t(paddr_t, map->map[i].addr, MB(1)),
                            map->map[i].addr + map->map[i].size);

    map->nr_map = min_t(unsigned int, nr_bootmem_regions,
                        ARRAY_SIZE(map->map));
    for ( i = 0; i < map->nr_map; i++ )
        map->map[i] = (struct e820entry){
            .addr = pfn_to_paddr(bootmem_region_list[i].s),
            .size = pfn_to_paddr(bootmem_region_list[i].e -
                                 bootmem_region_list[i].s),
            .type = E820_RAM,
        };
    nr_bootmem_regions = 0;
}
