/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Booting beside preserved memory, in whatever number of pieces it is.
 *
 * The boot allocator and the memory map that it works on hold a few hundred
 * pieces at most, so it gets the largest gaps between preserved memory only, on
 * 2 MiB boundaries so that no page table is needed to map them. All other free
 * memory goes straight to the heap once there is one. Preserved pages are in the
 * direct map and in the frame table, with a zeroed page_info: in use, nobody's,
 * which is what assign_pages() asks for.
 */
#include <xen/init.h>
#include <xen/mm.h>
#include <xen/pdx.h>
#include <xen/pfn.h>

#include <asm/e820.h>
#include <asm/interrex-boot.h>
#include <asm/page.h>
#include <asm/setup.h>

#include "resume/resume.h"

#define NR_GAPS 64
/* What a Xen needs for itself before it has a heap, beyond the frame table. */
#define BOOT_RESERVE MB(32)

struct gap {
    paddr_t s, e;
};

/* Free memory as it was before exclusion, and what the boot allocator got of it. */
static struct e820map __initdata free_map;
static struct gap __initdata chosen[NR_GAPS];
static unsigned int __initdata nr_chosen;

/* Where the list is in R. */
static irx_off_t __initdata preserved_off;
static unsigned int __initdata nr_preserved;

/* Walks free memory outside preserved memory, page-aligned, from 1 MiB up. */
struct gap_walk {
    const struct irx_preserved *list;
    unsigned int nr, next;
    unsigned int entry; /* of free_map */
    paddr_t pos;
};

static bool __init next_gap(struct gap_walk *w, struct gap *gap)
{
    for ( ; w->entry < free_map.nr_map; w->entry++, w->pos = 0 )
    {
        const struct e820entry *ram = &free_map.map[w->entry];
        paddr_t s = max_t(paddr_t, w->pos, PAGE_ALIGN(ram->addr));
        paddr_t e = (ram->addr + ram->size) & PAGE_MASK;

        s = max_t(paddr_t, s, MB(1));
        if ( ram->type != E820_RAM )
            continue;

        while ( s < e )
        {
            paddr_t ps, pe;

            while ( w->next < w->nr && pfn_to_paddr(w->list[w->next].mfn +
                                                    w->list[w->next].nr) <= s )
                w->next++;

            if ( w->next == w->nr ||
                 (ps = pfn_to_paddr(w->list[w->next].mfn)) >= e )
            {
                *gap = (struct gap){ s, e };
                w->pos = e;
                return true;
            }

            pe = pfn_to_paddr(w->list[w->next].mfn + w->list[w->next].nr);
            if ( s < ps )
            {
                *gap = (struct gap){ s, ps };
                w->pos = pe;
                return true;
            }
            s = pe;
        }
    }

    return false;
}

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

/* Puts a gap among the largest ones, instead of the smallest of them. */
static void __init choose(const struct gap *gap)
{
    unsigned int i, least = 0;
    struct gap g = {
        .s = ROUNDUP(gap->s, MB(2)),
        .e = gap->e & ~(paddr_t)(MB(2) - 1),
    };

    if ( g.s >= g.e )
        return;

    if ( nr_chosen < NR_GAPS )
    {
        chosen[nr_chosen++] = g;
        return;
    }

    for ( i = 1; i < NR_GAPS; i++ )
        if ( chosen[i].e - chosen[i].s < chosen[least].e - chosen[least].s )
            least = i;

    if ( g.e - g.s <= chosen[least].e - chosen[least].s )
        return;

    /* Keeps them in the order of addresses. */
    memmove(&chosen[least], &chosen[least + 1],
            (NR_GAPS - least - 1) * sizeof(*chosen));
    chosen[NR_GAPS - 1] = g;
}

/* The boot memory map: what lies below 1 MiB as it is, then the chosen gaps. */
static void __init rebuild(struct e820map *boot_e820)
{
    unsigned int i, n = 0;

    while ( n < boot_e820->nr_map && boot_e820->map[n].addr < MB(1) &&
            boot_e820->map[n].addr + boot_e820->map[n].size <= MB(1) )
        n++;

    for ( i = 0; i < nr_chosen; i++ )
        boot_e820->map[n++] = (struct e820entry){
            .addr = chosen[i].s,
            .size = chosen[i].e - chosen[i].s,
            .type = E820_RAM,
        };
    boot_e820->nr_map = n;
}

void __init interrex_preserved_import(struct e820map *boot_e820,
                                      const struct irx_preserved *list,
                                      irx_off_t off, unsigned int nr)
{
    struct gap_walk w = { .list = list, .nr = nr };
    uint64_t got = 0, ram = 0, need;
    struct gap gap;
    unsigned int i;

    preserved_off = off;
    nr_preserved = nr;
    free_map = *boot_e820;

    while ( next_gap(&w, &gap) )
        choose(&gap);

    for ( i = 0; i < nr_chosen; i++ )
        got += chosen[i].e - chosen[i].s;
    for ( i = 0; i < e820.nr_map; i++ )
        if ( e820.map[i].type == E820_RAM )
            ram += e820.map[i].size;

    need = (ram >> PAGE_SHIFT) * sizeof(struct page_info) + BOOT_RESERVE;
    if ( got < need || !nr_chosen || chosen[0].e > GB(4) )
        panic("Interrex: %lu MiB of free memory in large pieces, %lu needed\n",
              got >> 20, need >> 20);

    rebuild(boot_e820);
}

void __init interrex_map_preserved(void)
{
    unsigned int i;

    if ( !interrex_resumed() )
        return;

    for ( i = 0; i < free_map.nr_map; i++ )
    {
        const struct e820entry *ram = &free_map.map[i];
        unsigned long s = PFN_UP(max_t(paddr_t, ram->addr, MB(1)));
        unsigned long e = PFN_DOWN(ram->addr + ram->size);

        if ( ram->type != E820_RAM || s >= e )
            continue;

        set_pdx_range(s, e);
        map_pages_to_xen((unsigned long)mfn_to_virt(s), _mfn(s), e - s,
                         PAGE_HYPERVISOR);
    }
}

void __init interrex_free_rest(void)
{
    struct gap_walk w = { .list = NULL };
    unsigned long pages = 0;
    struct gap gap;

    if ( !interrex_resumed() )
        return;

    w.list = maddr_to_virt(interrex_region.start + preserved_off);
    w.nr = nr_preserved;

    while ( next_gap(&w, &gap) )
    {
        unsigned int i;

        for ( i = 0; i < nr_chosen && gap.s < gap.e; i++ )
        {
            if ( chosen[i].e <= gap.s || chosen[i].s >= gap.e )
                continue;
            if ( gap.s < chosen[i].s )
                init_domheap_pages(gap.s, chosen[i].s);
            pages += PFN_DOWN(chosen[i].s - gap.s);
            gap.s = chosen[i].e;
        }
        if ( gap.s < gap.e )
        {
            init_domheap_pages(gap.s, gap.e);
            pages += PFN_DOWN(gap.e - gap.s);
        }
    }

    printk("Interrex: %lu KiB of small pieces to the heap\n",
           pages << (PAGE_SHIFT - 10));
}
