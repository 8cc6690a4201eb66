/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TESTS_XEN_MM_H
#define TESTS_XEN_MM_H

#include <asm/e820.h>
#include <asm/page.h>
#include <asm/time.h>

struct domain;

#define PG_shift(bit)     (64 - (bit))
#define PGT_writable_page (7UL << PG_shift(3))
#define PGT_type_mask     (7UL << PG_shift(3))
#define PGT_locked        (1UL << PG_shift(4))
#define PGT_pinned        (1UL << PG_shift(5))
#define PGT_validated     (1UL << PG_shift(6))
#define PGT_pae_xen_l2    0UL
#define PGT_partial       (1UL << PG_shift(8))
#define PGT_count_mask    ((1UL << PG_shift(9)) - 1)
#define PGC_allocated     (1UL << PG_shift(1))
#define PGC_state_inuse   0UL
#define PGC_state         (3UL << PG_shift(6))
#define PGC_count_mask    ((1UL << PG_shift(7)) - 1)

#define page_state_is(page, state)                                            \
    (((page)->count_info & PGC_state) == PGC_state_##state)

/* As large as Xen's. */
struct page_info {
    unsigned long count_info; /* not 0: in use */
    struct {
        struct {
            unsigned long type_info;
        } inuse;
    } u;
    struct domain *owner;
    unsigned long mfn : 48, xen_heap : 1, nr_validated_ptes : 10,
        partial_flags : 1;
};

/* So many pages that lie one behind the other. */
struct page_list_head {
    struct page_info *first;
    unsigned int nr;
};
#define page_list_for_each(page, list)                                        \
    for ( page = (list)->first; page != (list)->first + (list)->nr; page++ )

extern struct domain *dom_io, *dom_xen;

extern unsigned long total_pages;
extern unsigned long xen_phys_start;
extern char _start[], _end[];

/* Where what a pointer shows is in the machine: in its memory, or this Xen's own image. */
paddr_t __pa(const void *pointer);

#define mfn_to_pdx(mfn) mfn_x(mfn)
#define pdx_to_pfn(pdx) (pdx)

bool mfn_valid(mfn_t mfn);
struct page_info *mfn_to_page(mfn_t mfn);
static inline mfn_t page_to_mfn(const struct page_info *page)
{
    return _mfn(page->mfn);
}
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
/* One reference more, if the page is d's; one less. */
bool get_page(struct page_info *page, const struct domain *d);
void put_page(struct page_info *page);
/* The owner's own reference goes; asked of a page once. */
void put_page_alloc_ref(struct page_info *page);

/* Noted in the world, for cases to look at. */
void set_pdx_range(unsigned long start, unsigned long end);
int map_pages_to_xen(unsigned long virt, mfn_t mfn, unsigned long nr,
                     unsigned int flags);
void init_domheap_pages(paddr_t start, paddr_t end);

#endif
