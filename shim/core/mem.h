/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The shim's own pages: a bitmap allocator over shim_heap. Used while a CPU is
 * lent or a domain is prepared, never once the domain runs.
 */
#ifndef SHIM_CORE_MEM_H
#define SHIM_CORE_MEM_H

#include "types.h"

/* Takes over [base, base + size), page aligned. Negative errno if it is too small. */
int mem_init(paddr_t base, uint64_t size);
/* `count` consecutive zeroed pages, or NULL. */
void *mem_alloc(unsigned int count);
void mem_free(void *page, unsigned int count);
/* Pages that are free now. */
uint64_t mem_free_pages(void);
/* After a fault in the shim on this CPU: gives up the allocator's lock. */
void mem_recover(uint32_t cpu);

#endif
