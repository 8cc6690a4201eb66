/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The frame table and the machine-to-physical table of memory that nobody uses while this Xen boots,
 * made after dom0 runs: 10 MiB for each GiB, which dom0 would wait for.
 *
 * An area is a GiB, at a multiple of it, all of which is free and to be listed later (heap.c). Until it is
 * made, all areas' frame table is one zeroed piece, and their machine-to-physical table one piece of
 * invalid entries, mapped read-only at all their places: whoever looks there sees frames that are in use
 * by nobody, as in tables that are made; who wrote there would have a fault, but nobody has any reason to.
 * What the tables of some hundred areas are made of lies at the begin of the first of these, their donor,
 * so that the others stay whole: blocks of a GiB.
 *
 * The machine-to-physical table for 32-bit PV guests, where Xen is built with it, is made at boot: such guests'
 * page tables have copies of what maps it.
 */
#include <xen/bitmap.h>
#include <xen/domain_page.h>
#include <xen/init.h>
#include <xen/mm.h>
#include <xen/numa.h>
#include <xen/pdx.h>
#include <xen/pfn.h>
#include <xen/sched.h>
#include <xen/spinlock.h>

#include <asm/flushtlb.h>
#include <asm/interrex-boot.h>
#include <asm/page.h>
#include <asm/setup.h>

#include "resume/resume.h"

#define AREA_SHIFT  INTERREX_AREA_SHIFT
#define PIECE       (1UL << L2_PAGETABLE_SHIFT) /* bytes that are mapped at once */
#define PIECE_PAGES (PIECE >> PAGE_SHIFT)

/* An area's frame table, behind it its machine-to-physical table. */
#define FRAMES_SIZE ((1UL << AREA_SHIFT) * sizeof(struct page_info))
#define M2P_SIZE    ((1UL << AREA_SHIFT) * sizeof(unsigned long))
#define TABLES_SIZE (FRAMES_SIZE + M2P_SIZE)
/* With the one for 32-bit guests. */
#define ALL_SIZE (TABLES_SIZE + M2P_SIZE / 2)

#define MAX_AREAS (FRAMETABLE_NR >> AREA_SHIFT)
static DECLARE_BITMAP(later, MAX_AREAS);
/* Those of them that are still whole once bad pages are known. */
static DECLARE_BITMAP(whole, MAX_AREAS) __initdata;
/* Where an area's tables are to lie, in pieces; 0: not said. */
static uint32_t __read_mostly tables_at[MAX_AREAS];

static mfn_t __read_mostly no_frames, no_m2p; /* one piece each */

static unsigned long area_start(unsigned int area)
{
    return (unsigned long)area << AREA_SHIFT;
}

static unsigned int area_node(unsigned int area)
{
    return phys_to_nid(pfn_to_paddr(area_start(area)));
}

void __init interrex_areas_clear(void)
{
    bitmap_zero(later, MAX_AREAS);
}

/* Sets the bits of those that frames s to e are all of. */
static void __init set_areas(unsigned long *areas, unsigned long s,
                             unsigned long e)
{
    unsigned long area = (s + (1UL << AREA_SHIFT) - 1) >> AREA_SHIFT;

    for ( ; area < e >> AREA_SHIFT && area < MAX_AREAS; area++ )
        __set_bit(area, areas);
}

void __init interrex_areas_add(unsigned long s, unsigned long e)
{
    /* Tables are made by the direct map. */
    if ( virt_to_mfn(HYPERVISOR_VIRT_END - 1) >= e && !highmem_start )
        set_areas(later, s, e);
}

uint64_t __init interrex_areas_size(const struct e820map *ram)
{
    uint64_t size = 0;
    unsigned long area = 0;
    unsigned int i;

    for ( i = 0; i < ram->nr_map; i++ )
    {
        const struct e820entry *e = &ram->map[i];
        const unsigned long end = PFN_UP(e->addr + e->size);

        if ( e->type != E820_RAM || !e->size )
            continue;
        for ( area = max(area, PFN_DOWN(e->addr) >> AREA_SHIFT);
              area << AREA_SHIFT < end; area++ )
            size += area < MAX_AREAS && test_bit(area, later)
                        ? ALL_SIZE - TABLES_SIZE
                        : ALL_SIZE;
    }

    return size;
}

void __init interrex_areas_keep(unsigned long s, unsigned long e)
{
    set_areas(whole, s, e);
}

bool interrex_area_is_later(unsigned long mfn)
{
    return mfn >> AREA_SHIFT < MAX_AREAS && test_bit(mfn >> AREA_SHIFT, later);
}

static unsigned long tables_start(unsigned int area)
{
    return (unsigned long)tables_at[area] * PIECE_PAGES;
}

unsigned long __init interrex_area_reserved(unsigned long mfn)
{
    const unsigned int area = mfn >> AREA_SHIFT;
    unsigned int end = area;

    while ( end < MAX_AREAS && tables_start(end) >= area_start(area) &&
            tables_start(end) < area_start(area + 1) )
        end++;

    return (end - area) * PFN_DOWN(TABLES_SIZE);
}

/* ---- While this Xen boots ---- */

static mfn_t __init nothing(int byte)
{
    mfn_t mfn = alloc_boot_pages(PIECE_PAGES, PIECE_PAGES);

    memset(mfn_to_virt(mfn_x(mfn)), byte, PIECE);

    return mfn;
}

static void map_piece(unsigned long va, mfn_t mfn, bool writable)
{
    map_pages_to_xen(va, mfn, PIECE_PAGES,
                     writable ? PAGE_HYPERVISOR : PAGE_HYPERVISOR_RO);
}

/* Whose page_info is at this address of the frame table, or over it. */
static unsigned long __init frame_at(unsigned long va)
{
    return pdx_to_pfn((va - FRAMETABLE_VIRT_START) / sizeof(struct page_info));
}

bool __init interrex_frametable_chunk(void *start, void *end)
{
    const unsigned long e = (unsigned long)end;
    unsigned long s;

    if ( !interrex_resumed() )
        return false;

    if ( !bitmap_empty(later, MAX_AREAS) && !mfn_x(no_frames) )
    {
        no_frames = nothing(0);
        no_m2p = nothing(0xff);
    }

    for ( s = (unsigned long)start; s < e; s += PIECE )
    {
        if ( e - s >= PIECE && interrex_area_is_later(frame_at(s)) )
            map_piece(s, no_frames, false);
        else
        {
            const unsigned long used = min(e - s, PIECE);

            map_piece(s, alloc_boot_pages(PIECE_PAGES, PIECE_PAGES), true);
            memset((void *)s, 0, used);
            memset((void *)s + used, -1, PIECE - used);
        }
    }

    return true;
}

struct page_info *__init interrex_m2p_later(unsigned long piece)
{
    BUILD_BUG_ON(M2P_SIZE != PIECE);

    if ( piece >= MAX_AREAS || !test_bit(piece, later) )
        return NULL;
    map_piece(RDWR_MPT_VIRT_START + piece * PIECE, no_m2p, false);

    return mfn_to_page(no_m2p);
}

/* ---- The tables of an area ---- */

/*
 * A piece is mapped by an entry of its own already, so no table is needed: map_pages_to_xen() holds a lock that
 * whoever waits for memory may hold, too.
 */
static void replace(unsigned long va, mfn_t mfn, unsigned int flags)
{
    const l3_pgentry_t *l3t = map_l3t_from_l4e(
        idle_pg_table[l4_table_offset(va)]);
    l2_pgentry_t *l2t = map_l2t_from_l3e(l3t[l3_table_offset(va)]);

    l2e_write_atomic(&l2t[l2_table_offset(va)],
                     l2e_from_mfn(mfn, flags | _PAGE_PSE));
    unmap_domain_page(l2t);
    unmap_domain_page(l3t);
}

static void make(unsigned int area)
{
    const unsigned long va = (unsigned long)mfn_to_page(
        _mfn(area_start(area)));
    const mfn_t frames = _mfn(tables_start(area));
    const mfn_t m2p = mfn_add(frames, PFN_DOWN(FRAMES_SIZE));
    unsigned long i;

    for ( i = 0; i < FRAMES_SIZE; i += PIECE )
        replace(va + i, mfn_add(frames, PFN_DOWN(i)), PAGE_HYPERVISOR);
    replace(RDWR_MPT_VIRT_START + area * PIECE, m2p, PAGE_HYPERVISOR);
    /* Where PV guests see it, too: one table of Xen's that is in all of theirs. */
    replace(RO_MPT_VIRT_START + area * PIECE, m2p, _PAGE_USER | _PAGE_PRESENT);
    flush_all(FLUSH_TLB_GLOBAL);

    /* As arch_init_memory() does it with those that are there. */
    for ( i = 0; i < PIECE_PAGES; i++ )
        share_xen_page_with_privileged_guests(mfn_to_page(mfn_add(m2p, i)),
                                              SHARE_ro);
}

unsigned long interrex_area_make(unsigned long mfn, unsigned long done,
                                 unsigned long bytes)
{
    const unsigned int area = mfn >> AREA_SHIFT;
    const unsigned int donor = tables_start(area) >> AREA_SHIFT;
    const unsigned long end = done + min(bytes, TABLES_SIZE - done);
    uint8_t *tables = mfn_to_virt(tables_start(area));

    if ( donor != area && test_bit(donor, later) )
        interrex_area_make(area_start(donor), 0, ~0UL);

    if ( done < FRAMES_SIZE )
        memset(tables + done, 0, min(end, FRAMES_SIZE) - done);
    if ( end > FRAMES_SIZE )
    {
        const unsigned long s = max(done, FRAMES_SIZE);

        memset(tables + s, 0xff, end - s); /* INVALID_M2P_ENTRY */
    }
    if ( end < TABLES_SIZE )
        return end;

    make(area);
    clear_bit(area, later);
    if ( bitmap_empty(later, MAX_AREAS) ) /* it is mapped nowhere any more */
        init_domheap_pages(mfn_to_maddr(no_frames),
                           mfn_to_maddr(no_frames) + PIECE);

    return 0;
}

void __init interrex_area_give_up(unsigned long mfn)
{
    const unsigned int area = mfn >> AREA_SHIFT;
    const unsigned long va = (unsigned long)mfn_to_page(
        _mfn(area_start(area)));
    unsigned long off;

    for ( off = 0; off < FRAMES_SIZE; off += PIECE )
    {
        struct page_info *pg = alloc_domheap_pages(NULL, PAGETABLE_ORDER, 0);

        if ( !pg )
            panic("Interrex: no memory for the frame table\n");
        map_piece(va + off, page_to_mfn(pg), true);
        memset((void *)va + off, 0, PIECE);
    }
    __clear_bit(area, later);
}

/* The tables of an area and of as many as follow it, in memory that it is in and in its node. */
static unsigned int __init donate(unsigned int donor)
{
    const unsigned int most = (1UL << AREA_SHIFT) / PFN_DOWN(TABLES_SIZE);
    unsigned int area;

    for ( area = donor; area < MAX_AREAS && area - donor < most; area++ )
    {
        if ( !test_bit(area, later) || area_node(area) != area_node(donor) ||
             (area_start(area) < INTERREX_LOW_END) !=
                 (area_start(donor) < INTERREX_LOW_END) )
            break;
        tables_at[area] = (area_start(donor) +
                           (area - donor) * PFN_DOWN(TABLES_SIZE)) /
                          PIECE_PAGES;
    }

    return area;
}

void __init interrex_areas_settle(void)
{
    unsigned int area;

    for ( area = find_first_bit(later, MAX_AREAS); area < MAX_AREAS;
          area = find_next_bit(later, MAX_AREAS, area + 1) )
        if ( !test_bit(area, whole) ||
             area_node(area) !=
                 phys_to_nid(pfn_to_paddr(area_start(area + 1) - 1)) )
            interrex_area_give_up(area_start(area));

    for ( area = find_first_bit(later, MAX_AREAS); area < MAX_AREAS;
          area = find_next_bit(later, MAX_AREAS, area) )
        area = donate(area);
}
