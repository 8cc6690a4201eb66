/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TESTS_XEN_MM_H
#define TESTS_XEN_MM_H

#include <asm/e820.h>
#include <asm/page.h>
#include <asm/time.h>

struct domain;

struct page_info {
    unsigned long count_info; /* not 0: in use */
    struct domain *owner;
    unsigned long mfn;
    bool xen_heap;
};

extern unsigned long total_pages;
extern unsigned long xen_phys_start;
extern char _start[], _end[];

/* Where what a pointer shows is in the machine: in its memory, or this Xen's own image. */
paddr_t __pa(const void *pointer);

bool mfn_valid(mfn_t mfn);
struct page_info *mfn_to_page(mfn_t mfn);
struct domain *page_get_owner(const struct page_info *page);
bool is_xen_heap_mfn(mfn_t mfn);
#define is_xen_heap_page(page) ((page)->xen_heap)
/* They become d's, if they fit below its d->max_pages: -E2BIG. */
int assign_pages(struct page_info *page, unsigned int nr, struct domain *d,
                 unsigned int flags);
/* Page frame mfn is at pfn, in whose domain it is. */
void set_gpfn_from_mfn(unsigned long mfn, unsigned long pfn);
/* INVALID_M2P_ENTRY: nowhere. */
unsigned long get_gpfn_from_mfn(unsigned long mfn);
#define INVALID_M2P_ENTRY (~0UL)
/* The owner's own reference goes; asked of a page once. */
void put_page_alloc_ref(struct page_info *page);

/* Noted in the world, for cases to look at. */
void set_pdx_range(unsigned long start, unsigned long end);
int map_pages_to_xen(unsigned long virt, mfn_t mfn, unsigned long nr,
                     unsigned int flags);
void init_domheap_pages(paddr_t start, paddr_t end);

#endif
