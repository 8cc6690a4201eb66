/* SPDX-License-Identifier: GPL-2.0-only */
/* What is expected of each page, and whether it is so. */

#include "audit/parts.h"

#define ODD (PGT_locked | PGT_pae_xen_l2)

unsigned int audit_type(const struct page_info *pg)
{
    return pg->u.inuse.type_info & PGT_count_mask
               ? pg->u.inuse.type_info >> PG_shift(3)
               : 0;
}

static void report(struct audit *a, const struct irx_audit_difference *found)
{
    if ( a->op->count < AUDIT_DIFFERENCES )
        a->differences[a->op->count] = *found;
    a->op->count++;
}

void audit_ref(struct audit *a, mfn_t mfn)
{
    if ( mfn_valid(mfn) )
        a->pages[mfn_to_pdx(mfn)].refs++;
    else
        audit_not_owned(a, mfn);
}

void audit_ref_and_type(struct audit *a, mfn_t mfn, unsigned int type)
{
    struct audit_page *page = &a->pages[mfn_to_pdx(mfn)];

    audit_ref(a, mfn);
    if ( !mfn_valid(mfn) )
        return;
    if ( page->type && page->type != type )
        page->conflict = true;
    page->type = type;
    page->type_refs++;
}

void audit_not_owned(struct audit *a, mfn_t mfn)
{
    const struct irx_audit_difference nowhere = {
        .mfn = mfn_x(mfn),
        .pfn = ~0ULL,
        .domid = IRX_DOMID_HOST,
        .what = IRX_AUDIT_WHAT_OWNER,
    };

    if ( mfn_valid(mfn) )
        a->pages[mfn_to_pdx(mfn)].owner = true;
    else
        report(a, &nowhere);
}

void audit_listed(struct audit *a, const struct page_list_head *list)
{
    const struct page_info *pg;

    page_list_for_each (pg, list)
        a->pages[mfn_to_pdx(page_to_mfn(pg))].listed = true;
}

/* Xen's own pages that it shared, and I/O pages, have a reference of a type as long as they exist. */
static bool has_own_type(const struct page_info *pg)
{
    return is_xen_heap_page(pg) || page_get_owner(pg) == dom_io;
}

static void found_page(const struct page_info *pg, struct irx_audit_page *out)
{
    const unsigned long type = pg->u.inuse.type_info;

    *out = (struct irx_audit_page){
        .refs = pg->count_info & PGC_count_mask,
        .type_refs = type & PGT_count_mask,
        .type = audit_type(pg),
        .flags = type & PGT_pinned ? IRX_AUDIT_PINNED : 0,
    };
    if ( out->type_refs && (type & PGT_validated) )
        out->flags |= IRX_AUDIT_VALIDATED;
    if ( type & PGT_partial )
        out->flags |= IRX_AUDIT_PARTIAL;
    if ( (type & ODD) || !page_state_is(pg, inuse) )
        out->flags |= IRX_AUDIT_ODD;
}

/* Pinned and partial are not to be expected: that they are true is seen in the counts. */
static void expected_page(const struct page_info *pg,
                          const struct audit_page *page,
                          const struct irx_audit_page *found,
                          struct irx_audit_page *out)
{
    *out = (struct irx_audit_page){
        .refs = page->refs + !!(pg->count_info & PGC_allocated),
        .type_refs = page->type_refs,
        .type = page->type,
    };
    if ( has_own_type(pg) )
    {
        out->type_refs++;
        /* Those that only privileged domains may see are of no type where they may only be read. */
        if ( !out->type && page_get_owner(pg) == dom_xen )
            out->type = found->type ? IRX_AUDIT_WRITABLE : 0;
        else if ( !out->type )
            out->type = IRX_AUDIT_WRITABLE;
    }
    if ( out->type >= IRX_AUDIT_L1 && out->type <= IRX_AUDIT_L4 )
        out->flags = found->flags & (IRX_AUDIT_PINNED | IRX_AUDIT_PARTIAL);
    if ( out->type_refs && !(out->flags & IRX_AUDIT_PARTIAL) )
        out->flags |= IRX_AUDIT_VALIDATED;
    if ( page->conflict )
        out->flags |= IRX_AUDIT_CONFLICT;
}

static uint32_t what_differs(const struct irx_audit_page *expected,
                             const struct irx_audit_page *found)
{
    return (expected->refs != found->refs ? IRX_AUDIT_WHAT_REFS : 0) |
           (expected->type != found->type ? IRX_AUDIT_WHAT_TYPE : 0) |
           (expected->type_refs != found->type_refs ? IRX_AUDIT_WHAT_TYPE_REFS
                                                    : 0) |
           (expected->flags != found->flags ? IRX_AUDIT_WHAT_FLAGS : 0);
}

/* A page of I/O is on no list, nor is one of which only references are left. */
static bool is_astray(const struct page_info *pg,
                      const struct audit_page *page)
{
    return (pg->count_info & PGC_allocated) && page_get_owner(pg) != dom_io &&
           page_get_owner(pg) != dom_xen && !page->listed;
}

static void compare_page(struct audit *a, mfn_t mfn)
{
    const struct page_info *pg = mfn_to_page(mfn);
    const struct audit_page *page = &a->pages[mfn_to_pdx(mfn)];
    const bool in_use = pg->count_info & PGC_count_mask;
    const struct domain *owner = in_use ? page_get_owner(pg) : NULL;
    struct irx_audit_difference d = {
        .mfn = mfn_x(mfn),
        .pfn = ~0ULL,
        .domid = owner ? owner->domain_id : IRX_DOMID_HOST,
    };

    if ( owner )
    {
        a->op->pages++;
        d.pfn = get_gpfn_from_mfn(mfn_x(mfn));
        found_page(pg, &d.found);
        expected_page(pg, page, &d.found, &d.expected);
        d.what = what_differs(&d.expected, &d.found);
    }
    else
        d.expected.refs = page->refs;
    if ( page->owner || (owner ? is_astray(pg, page) : page->refs) )
        d.what |= IRX_AUDIT_WHAT_OWNER;

    if ( d.what )
        report(a, &d);
}

int audit_compare(struct audit *a)
{
    unsigned long pdx;
    int rc = 0;

    for ( pdx = 0; pdx < a->nr && !rc; pdx++ )
    {
        if ( mfn_valid(_mfn(pdx_to_pfn(pdx))) )
            compare_page(a, _mfn(pdx_to_pfn(pdx)));
        rc = audit_goes_on(a);
    }

    return rc;
}

/*
 * Not while one is being made or taken apart: it may count already, or not yet. The first table of a
 * dom0 is its builder's, which does not count it.
 */
void audit_l4_pages(struct audit *a, const struct domain *d)
{
    struct irx_audit_difference found = {
        .mfn = ~0ULL,
        .pfn = ~0ULL,
        .domid = d->domain_id,
        .what = IRX_AUDIT_WHAT_L4_PAGES,
        .found.refs = atomic_read(&d->arch.pv.nr_l4_pages),
    };
    const struct page_info *pg;

    page_list_for_each (pg, &d->page_list)
    {
        if ( audit_type(pg) != IRX_AUDIT_L4 )
            continue;
        if ( pg->u.inuse.type_info & PGT_partial )
            return;
        found.expected.refs += a->pages[mfn_to_pdx(page_to_mfn(pg))].walked;
    }

    if ( is_hardware_domain(d) && found.expected.refs == found.found.refs + 1 )
        return;
    if ( found.expected.refs != found.found.refs )
        report(a, &found);
}
