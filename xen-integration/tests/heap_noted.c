/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * In the place of resume/heap.c and mm_tables.c: what the heap is to get later is noted in world_heap; which areas'
 * tables are made later in heap_noted.
 */
#include "heap_noted.h"

#include <xen/kexec.h>

#include "private/private.h"
#include "resume/resume.h"

struct heap_noted heap_noted;
xen_kexec_reserve_t kexec_crash_area;
paddr_t kexec_crash_area_limit = ~(paddr_t)0;

void interrex_heap_scrub_later(void)
{
}

void interrex_heap_without_bad(struct e820map *map)
{
}

void interrex_heap_later(unsigned long s, unsigned long e)
{
    assert_true(s < e);
    init_domheap_pages(pfn_to_paddr(s), pfn_to_paddr(e));
}

void interrex_areas_clear(void)
{
    heap_noted = (struct heap_noted){ 0 };
}

static void add(uint8_t *areas, unsigned long s, unsigned long e)
{
    unsigned long area;

    for ( area = (s + HEAP_NOTED_AREA - 1) / HEAP_NOTED_AREA;
          area < e / HEAP_NOTED_AREA; area++ )
    {
        assert_true(area < HEAP_NOTED_AREAS);
        areas[area] = 1;
    }
}

void interrex_areas_add(unsigned long s, unsigned long e)
{
    add(heap_noted.later, s, e);
}

void interrex_areas_keep(unsigned long s, unsigned long e)
{
    add(heap_noted.kept, s, e);
}

void interrex_areas_settle(void)
{
    assert_memory_equal(heap_noted.later, heap_noted.kept,
                        sizeof(heap_noted.kept));
    heap_noted.settled++;
}

uint64_t interrex_areas_size(const struct e820map *ram)
{
    uint64_t end = 0;
    unsigned int i, made = 0;

    for ( i = 0; i < ram->nr_map; i++ )
        end = max(end, ram->map[i].addr + ram->map[i].size);
    for ( i = 0; i < end >> 30; i++ )
        made += !heap_noted.later[i];

    return made * HEAP_NOTED_TABLES;
}
