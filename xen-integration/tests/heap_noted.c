/* SPDX-License-Identifier: GPL-2.0-only */
/* In the place of resume/heap.c: what the heap is to get later is noted in world_heap. */
#include "world.h"

#include "private/private.h"
#include "resume/resume.h"

void interrex_heap_scrub_later(void)
{
}

void interrex_heap_later(unsigned long s, unsigned long e)
{
    if ( s < e )
        init_domheap_pages(pfn_to_paddr(s), pfn_to_paddr(e));
}
