/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Page tables for the jump into the shim (span `entry` of R): R at its physical
 * address, writable and executable, and the page of interrex_jump() where Xen
 * has it. They are read by CPUs that are on their way only, never written
 * while any is.
 */
#include <asm/page.h>

#include "lend/lend.h"
#include "private/private.h"

struct tables {
    uint64_t *page; /* next free one */
    uint64_t *end;
};

static uint64_t *new_table(struct tables *t)
{
    uint64_t *table = t->page;

    if ( table >= t->end )
        return NULL;
    t->page += L1_PAGETABLE_ENTRIES;
    clear_page(table);

    return table;
}

#define TABLE_FLAGS (_PAGE_PRESENT | _PAGE_RW | _PAGE_ACCESSED)
#define PAGE_FLAGS  (TABLE_FLAGS | _PAGE_DIRTY)

static uint64_t *next_level(struct tables *t, uint64_t *entry)
{
    uint64_t *table;

    if ( *entry )
        return maddr_to_virt(*entry & PADDR_MASK & PAGE_MASK);

    table = new_table(t);
    if ( table )
        *entry = virt_to_maddr(table) | TABLE_FLAGS;

    return table;
}

static int map(struct tables *t, uint64_t *l4, unsigned long va, paddr_t pa,
               bool large)
{
    uint64_t *l3, *l2, *l1;

    l3 = next_level(t, &l4[l4_table_offset(va)]);
    l2 = l3 ? next_level(t, &l3[l3_table_offset(va)]) : NULL;
    if ( !l2 )
        return -ENOSPC;

    if ( large )
    {
        l2[l2_table_offset(va)] = pa | PAGE_FLAGS | _PAGE_PSE;
        return 0;
    }

    l1 = next_level(t, &l2[l2_table_offset(va)]);
    if ( !l1 )
        return -ENOSPC;
    l1[l1_table_offset(va)] = pa | PAGE_FLAGS;

    return 0;
}

void interrex_entry_settings(void)
{
    interrex_spec_export(&interrex_anchor()->spec);
}

/* All of R where it is, from the first of these pages on. */
static int map_region(struct tables *t, uint64_t **l4)
{
    const struct irx_anchor *a = interrex_anchor();
    uint64_t pa;
    int rc = 0;

    *l4 = new_table(t);
    if ( !*l4 )
        return -ENOSPC;
    for ( pa = a->region_base; !rc && pa < a->region_base + a->region_size;
          pa += MB(2) )
        rc = map(t, *l4, pa, pa, true);

    return rc;
}

int interrex_region_tables(void *pages, size_t size)
{
    struct tables t = { .page = pages, .end = pages + size };
    uint64_t *l4;

    return map_region(&t, &l4);
}

int interrex_entry_tables(void)
{
    const struct irx_anchor *a = interrex_anchor();
    struct tables t = {
        .page = interrex_at(a->entry.off),
        .end = interrex_at(a->entry.off) + a->entry.size,
    };
    unsigned long jump = (unsigned long)interrex_jump & PAGE_MASK;
    uint64_t *l4;
    int rc = map_region(&t, &l4);

    if ( rc )
        return rc;

    return map(&t, l4, jump, virt_to_maddr((void *)jump), false);
}
