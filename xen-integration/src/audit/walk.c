/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Page tables of PV domains, from pins and CR3s down: each present entry is a reference to a page,
 * of a type that the table's level and the entry's flags say.
 */
#include <xen/domain_page.h>

#include <asm/paging.h>
#include <asm/pv/domain.h>

#include "audit/parts.h"

#define ENTRIES 512

static bool is_partial(const struct page_info *pg)
{
    return pg->u.inuse.type_info & PGT_partial;
}

/* An L1 entry: own pages, those of others by grant or foreign mapping, or MMIO, which has no counts. */
static void count_data(struct audit *a, const struct domain *d, mfn_t mfn,
                       bool writable)
{
    const struct domain *owner;

    if ( !mfn_valid(mfn) )
        return;
    owner = page_get_owner(mfn_to_page(mfn));
    if ( owner == dom_io )
        return;

    if ( owner != d )
        a->op->foreign++;
    /* A mapping of a page of another's, who has its own paging, does not count as writable there. */
    if ( writable && (owner == d || !owner || !paging_mode_external(owner)) )
        audit_ref_and_type(a, mfn, IRX_AUDIT_WRITABLE);
    else
        audit_ref(a, mfn);
}

/* An entry that is a large page: no such can be made, but dom0's builder has some. */
static void count_large(struct audit *a, const struct domain *d, mfn_t mfn,
                        unsigned int level, bool writable)
{
    unsigned long i, nr = 1UL << ((level - 1) * PAGETABLE_ORDER);

    for ( i = 0; i < nr; i++ )
        count_data(a, d, mfn_add(mfn, i), writable);
}

/* An entry that is a table of the level below; or of the same, a linear page table. */
static void count_table(struct audit *a, const struct domain *d, mfn_t mfn,
                        unsigned int level)
{
    if ( !mfn_valid(mfn) || page_get_owner(mfn_to_page(mfn)) != d )
    {
        audit_not_owned(a, mfn);
        return;
    }
    if ( audit_type(mfn_to_page(mfn)) != level )
        level--;

    audit_ref_and_type(a, mfn, level);
    audit_walk(a, mfn, level);
}

static void count_entry(struct audit *a, const struct domain *d, mfn_t table,
                        unsigned int level, uint64_t pte)
{
    mfn_t mfn = _mfn((pte & PADDR_MASK) >> PAGE_SHIFT);

    if ( !(pte & _PAGE_PRESENT) )
        return;
    a->op->entries++;

    if ( level == 1 )
        count_data(a, d, mfn, pte & _PAGE_RW);
    else if ( mfn_eq(mfn, table) )
        return; /* a table that is linear to itself has no count of that */
    else if ( pte & _PAGE_PSE )
        count_large(a, d, mfn, level, pte & _PAGE_RW);
    else
        count_table(a, d, mfn, level);
}

/* Of a table that is in the making the entry behind the last may have a reference, but of no type. */
static void count_half_done(struct audit *a, const struct page_info *pg,
                            uint64_t pte)
{
    if ( pg->partial_flags && (pte & _PAGE_PRESENT) )
        audit_ref(a, _mfn((pte & PADDR_MASK) >> PAGE_SHIFT));
}

/* Depth is bounded: a table that is linear to another has none that is linear to itself. */
void audit_walk(struct audit *a, mfn_t mfn, unsigned int level)
{
    const struct page_info *pg = mfn_to_page(mfn);
    const struct domain *d = page_get_owner(pg);
    struct audit_page *page = &a->pages[mfn_to_pdx(mfn)];
    unsigned int i, nr = is_partial(pg) ? pg->nr_validated_ptes : ENTRIES;
    const uint64_t *table;

    if ( page->walked || audit_type(pg) != level || nr > ENTRIES ||
         !(pg->u.inuse.type_info & (PGT_validated | PGT_partial)) )
        return;

    page->walked = true;
    a->op->tables[level - 1]++;
    a->op->partial += is_partial(pg);

    table = map_domain_page(mfn);
    for ( i = 0; i < nr; i++ )
        if ( level < 4 || is_guest_l4_slot(d, i) )
            count_entry(a, d, mfn, level, table[i]);
    if ( nr < ENTRIES )
        count_half_done(a, pg, table[nr]);
    unmap_domain_page(table);
}

/* A pin is a reference of the page's type; so is being in the making. */
static void count_pin(struct audit *a, mfn_t mfn)
{
    const struct page_info *pg = mfn_to_page(mfn);
    unsigned int level = audit_type(pg);

    if ( !(pg->count_info & PGC_count_mask) || !page_get_owner(pg) ||
         !is_pv_domain(page_get_owner(pg)) || level < IRX_AUDIT_L1 ||
         level > IRX_AUDIT_L4 )
        return;

    if ( pg->u.inuse.type_info & PGT_pinned )
    {
        a->op->pins++;
        audit_ref_and_type(a, mfn, level);
    }
    if ( is_partial(pg) )
        audit_ref_and_type(a, mfn, level);
    if ( pg->u.inuse.type_info & (PGT_pinned | PGT_partial) )
        audit_walk(a, mfn, level);
}

int audit_pins(struct audit *a)
{
    unsigned long pdx;
    int rc = 0;

    for ( pdx = 0; pdx < a->nr && !rc; pdx++ )
    {
        if ( mfn_valid(_mfn(pdx_to_pfn(pdx))) )
            count_pin(a, _mfn(pdx_to_pfn(pdx)));
        rc = audit_goes_on(a);
    }

    return rc;
}
