/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Booting beside preserved memory, in whatever number of pieces it is.
 *
 * The boot allocator and the memory map that it works on hold a few hundred
 * pieces at most, so it gets the largest gaps between preserved memory only, on
 * 2 MiB boundaries so that no page table is needed to map them, and of these no more
 * than it needs. All other free memory goes to the heap later (heap.c). Preserved pages are in the
 * direct map and in the frame table, with a zeroed page_info: in use, nobody's,
 * which is what assign_pages() asks for.
 */
#include <xen/init.h>
#include <xen/kexec.h>
#include <xen/mm.h>
#include <xen/pdx.h>
#include <xen/pfn.h>

#include <asm/e820.h>
#include <asm/interrex-boot.h>
#include <asm/page.h>
#include <asm/setup.h>

#include "private/private.h"
#include "region/gaps.h"
#include "resume/resume.h"

/* What this Xen boots with, and begins its heap with, beyond tables of memory. More of the heap is listed as it is asked for. */
#define BOOT_MEMORY MB(96)

/* Free memory as it was before exclusion, and what the boot allocator got of it. */
static struct e820map __initdata free_map;
static struct interrex_gaps __initdata chosen;

/* Where the list is in R. */
static irx_off_t __initdata preserved_off;
static unsigned int __initdata nr_preserved;

bool __init interrex_preserved_is_ram(const struct irx_preserved *list,
                                      unsigned int nr,
                                      const struct e820map *map)
{
    unsigned int i, entry = 0;

    for ( i = 0; i < nr; i++ )
    {
        uint64_t s = list[i].mfn, e = s + list[i].nr;

        while ( entry < map->nr_map &&
                (map->map[entry].type != E820_RAM ||
                 PFN_DOWN(map->map[entry].addr + map->map[entry].size) <= s) )
            entry++;

        if ( entry == map->nr_map || PFN_UP(map->map[entry].addr) > s ||
             PFN_DOWN(map->map[entry].addr + map->map[entry].size) < e )
            break;
    }

    if ( i < nr )
        printk(XENLOG_ERR "Interrex: preserved memory %#lx, %#lx pages: is "
                          "not RAM\n",
               (unsigned long)list[i].mfn, (unsigned long)list[i].nr);

    return i == nr;
}

/* The boot memory map: what lies below 1 MiB as it is, then the chosen gaps. */
static void __init rebuild(struct e820map *boot_e820)
{
    unsigned int i, n = 0;

    while ( n < boot_e820->nr_map && boot_e820->map[n].addr < MB(1) &&
            boot_e820->map[n].addr + boot_e820->map[n].size <= MB(1) )
        n++;

    for ( i = 0; i < chosen.nr; i++ )
        boot_e820->map[n++] = (struct e820entry){
            .addr = chosen.gap[i].s,
            .size = chosen.gap[i].e - chosen.gap[i].s,
            .type = E820_RAM,
        };
    boot_e820->nr_map = n;
}

/* Calls fn for free memory that is outside of preserved memory and of what was chosen; in frames. */
static void __init for_each_rest(const struct irx_preserved *list,
                                 void (*fn)(unsigned long s, unsigned long e))
{
    struct interrex_gap_walk w = { .free = &free_map,
                                   .list = list,
                                   .nr = nr_preserved };
    struct interrex_gap gap;

    while ( interrex_gap_next(&w, &gap) )
    {
        unsigned int i;

        for ( i = 0; i < chosen.nr && gap.s < gap.e; i++ )
        {
            if ( chosen.gap[i].e <= gap.s || chosen.gap[i].s >= gap.e )
                continue;
            if ( gap.s < chosen.gap[i].s )
                fn(PFN_DOWN(gap.s), PFN_DOWN(chosen.gap[i].s));
            gap.s = chosen.gap[i].e;
        }
        if ( gap.s < gap.e )
            fn(PFN_DOWN(gap.s), PFN_DOWN(gap.e));
    }
}

/*
 * The area for a crash kernel, where Xen's command line does not say where it is: as setup.c would choose it,
 * which has only what is chosen here to look in. False: there is no such area, or no room for it.
 */
static bool __init crash_area(const struct interrex_gaps *all,
                              struct interrex_gap *area)
{
    const paddr_t size = ROUNDUP(kexec_crash_area.size, MB(2));
    unsigned int i = all->nr;

    if ( kexec_crash_area.start || !size )
        return false;

    while ( i-- )
    {
        const paddr_t e = min(all->gap[i].e, kexec_crash_area_limit) &
                          ~(paddr_t)(MB(2) - 1);

        if ( e < size || e - size < all->gap[i].s )
            continue;
        *area = (struct interrex_gap){ e - size, e };
        kexec_crash_area.start = area->s;
        return true;
    }

    return false;
}

/* The first frame that is not in the direct map: Xen does not boot in memory behind it. */
static unsigned long __init directmap_end(void)
{
    return virt_to_mfn(HYPERVISOR_VIRT_END - 1) + 1;
}

static void __init cut_to_directmap(struct interrex_gaps *gaps)
{
    const paddr_t end = pfn_to_paddr(directmap_end()) & ~(paddr_t)(MB(2) - 1);
    unsigned int i;

    while ( gaps->nr && gaps->gap[gaps->nr - 1].s >= end )
        gaps->nr--;
    for ( i = 0; i < gaps->nr; i++ )
        gaps->gap[i].e = min(gaps->gap[i].e, end);
}

/*
 * Of the gaps so much that what this Xen boots with and the tables of all memory that is used fit
 * into it; what is chosen is used, too, and may have more of the tables made.
 */
static void __init choose(struct interrex_gaps *all,
                          const struct irx_preserved *list)
{
    struct interrex_gap crash;
    const bool has_crash = crash_area(all, &crash);
    uint64_t want = BOOT_MEMORY, need;

    cut_to_directmap(all);
    if ( has_crash )
        interrex_gaps_cut(all, &crash);

    for ( ;; want = need )
    {
        interrex_gaps_trim(&chosen, all, want);
        if ( has_crash )
            interrex_gaps_insert(&chosen, &crash);
        interrex_areas_clear();
        for_each_rest(list, interrex_areas_add);
        need = BOOT_MEMORY + interrex_areas_size(&e820);
        if ( need <= want || want >= interrex_gaps_size(all) )
            break;
    }
}

void __init interrex_preserved_import(struct e820map *boot_e820,
                                      const struct irx_preserved *list,
                                      irx_off_t off, unsigned int nr)
{
    static struct interrex_gaps __initdata all;
    uint64_t need;

    preserved_off = off;
    nr_preserved = nr;
    free_map = *boot_e820;

    /* The Xen before has looked at the same, and did not jump if it was too little. */
    interrex_gaps_choose(&all, &free_map, list, nr);
    need = interrex_gaps_need(&all, &e820);
    if ( need )
        panic("Interrex: too little free memory in large pieces, %lu MiB are "
              "needed\n",
              need >> 20);
    choose(&all, list);

    rebuild(boot_e820);
}

void __init interrex_map_preserved(void)
{
    unsigned int i;

    if ( !interrex_resumed() )
        return;

    interrex_heap_scrub_later();
    for ( i = 0; i < free_map.nr_map; i++ )
    {
        const struct e820entry *ram = &free_map.map[i];
        unsigned long s = PFN_UP(max_t(paddr_t, ram->addr, MB(1)));
        unsigned long e = PFN_DOWN(ram->addr + ram->size);

        if ( ram->type != E820_RAM || s >= e )
            continue;

        set_pdx_range(s, e);
        e = min(e, directmap_end());
        if ( s < e )
            map_pages_to_xen((unsigned long)mfn_to_virt(s), _mfn(s), e - s,
                             PAGE_HYPERVISOR);
    }
}

void __init interrex_free_rest(void)
{
    const struct irx_preserved *list;

    if ( !interrex_resumed() )
        return;

    interrex_stage(IRX_BOOT_HEAP);
    list = maddr_to_virt(interrex_region.start + preserved_off);
    interrex_heap_without_bad(&free_map);
    for_each_rest(list, interrex_areas_keep);
    interrex_areas_settle();
    for_each_rest(list, interrex_heap_later);
}
