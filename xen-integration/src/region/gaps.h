/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Gaps between preserved memory: where a Xen boots beside it. Used by the Xen that does
 * (resume/memory.c), and by the one before it, which looks whether that will go.
 */
#ifndef INTERREX_GAPS_H
#define INTERREX_GAPS_H

#include <asm/e820.h>

#include "region/region.h"

struct interrex_gap {
    paddr_t s, e;
};

/* Walks free memory outside of preserved memory, page-aligned, from 1 MiB up. */
struct interrex_gap_walk {
    const struct e820map *free;
    const struct irx_preserved *list; /* sorted, validated */
    unsigned int nr, next;
    unsigned int entry; /* of free */
    paddr_t pos;
};
bool interrex_gap_next(struct interrex_gap_walk *w, struct interrex_gap *gap);

/* As many as the boot allocator is given: Xen's bootmem regions are 256 at most. */
#define INTERREX_NR_GAPS 64
struct interrex_gaps {
    struct interrex_gap gap[INTERREX_NR_GAPS]; /* sorted, of whole 2 MiB */
    unsigned int nr;
};

/* The largest ones, and of those below 4 GiB at least the largest. */
void interrex_gaps_choose(struct interrex_gaps *gaps,
                          const struct e820map *free,
                          const struct irx_preserved *list, unsigned int nr);
/*
 * A Xen for a host with this memory boots in these gaps: 0. Else how many bytes it needs,
 * of which some may have to be whole GiB.
 */
uint64_t interrex_gaps_need(const struct interrex_gaps *gaps,
                            const struct e820map *all);
uint64_t interrex_gaps_size(const struct interrex_gaps *gaps);
/* Takes one, of whole 2 MiB, out of the gap that it lies in; puts it in among them, before or behind another. */
void interrex_gaps_cut(struct interrex_gaps *gaps,
                       const struct interrex_gap *piece);
void interrex_gaps_insert(struct interrex_gaps *gaps,
                          const struct interrex_gap *piece);
/* So many bytes of them, or a little more: ends of the largest ones, and of the largest below 4 GiB. */
void interrex_gaps_trim(struct interrex_gaps *gaps,
                        const struct interrex_gaps *all, uint64_t bytes);

/*
 * In a Xen that runs: the same for its host, with R and this list kept out, and `more`
 * bytes, wherever they are.
 */
uint64_t interrex_boot_need(const struct irx_preserved *list, unsigned int nr,
                            uint64_t more);

#endif /* INTERREX_GAPS_H */
