/* SPDX-License-Identifier: GPL-2.0-only */
#include "npt.h"

#include "mem.h"

static bool present(uint64_t entry)
{
    return entry & shim.npt.present;
}

static bool is_leaf(uint64_t entry, unsigned int level)
{
    return level == 1 || (level < 4 && (entry & shim.npt.large));
}

static uint64_t *table_at(uint64_t entry)
{
    return (uint64_t *)(uintptr_t)(entry & PTE_ADDR);
}

static uint64_t pages_of(unsigned int level)
{
    return 1ull << (9 * (level - 1));
}

static unsigned int index_of(gfn_t gfn, unsigned int level)
{
    return (gfn.v >> (9 * (level - 1))) & 511;
}

int npt_init(struct dom *d)
{
    void *root = mem_alloc(1);

    if (!root)
        return -SHIM_ENOMEM;
    d->npt_root = (paddr_t)(uintptr_t)root;
    d->npt_pages = 1;
    d->extent_next = 0;
    d->extent_done = 0;
    return 0;
}

/* Source: p2m_type_to_flags() of Xen's p2m-pt.c: grant and foreign mappings are not executable. */
static uint64_t leaf(const struct irx_extent *e, mfn_t mfn, unsigned int level)
{
    bool writable = e->type != IRX_P2M_RAM_RO && e->type != IRX_P2M_GRANT_RO;
    bool executable = e->type == IRX_P2M_RAM_RW || e->type == IRX_P2M_RAM_RO ||
                      e->type == IRX_P2M_XEN_PAGE;

    return mfn.v << PAGE_SHIFT | shim.npt.leaf | (writable ? shim.npt.writable : 0) |
           (executable ? shim.npt.executable : shim.npt.not_executable) |
           (level > 1 ? shim.npt.large : 0);
}

/* The table at `level` that holds gfn's entry, made where it is missing. */
static uint64_t *table_for(struct dom *d, gfn_t gfn, unsigned int level)
{
    uint64_t *table = (uint64_t *)(uintptr_t)d->npt_root;

    for (unsigned int at = 4; at > level; at--) {
        uint64_t *e = &table[index_of(gfn, at)];

        if (!present(*e)) {
            void *page = mem_alloc(1);

            if (!page)
                return NULL;
            d->npt_pages++;
            *e = (paddr_t)(uintptr_t)page | shim.npt.table;
        }
        table = table_at(*e);
    }
    return table;
}

static unsigned int largest_level(uint64_t gfn, uint64_t mfn, uint64_t left)
{
    for (unsigned int level = shim.host.page_1g ? 3 : 2; level > 1; level--)
        if (ALIGNED(gfn | mfn, pages_of(level)) && left >= pages_of(level))
            return level;
    return 1;
}

/* Maps from where extent e stands, entries of one table only; returns pages mapped, 0 = no memory. */
static uint64_t map_some(struct dom *d, const struct irx_extent *e, unsigned int *budget)
{
    uint64_t gfn = e->gfn + d->extent_done, mfn = e->mfn + d->extent_done;
    uint64_t left = e->nr - d->extent_done, done = 0;
    unsigned int level = largest_level(gfn, mfn, left);
    uint64_t *table = table_for(d, GFN(gfn), level);

    if (!table)
        return 0;
    for (unsigned int i = index_of(GFN(gfn), level);; i++) {
        table[i] = leaf(e, MFN(mfn + done), level);
        done += pages_of(level);
        if (*budget)
            (*budget)--;
        if (i == 511 || done == left || !*budget)
            break;
        if (largest_level(gfn + done, mfn + done, left - done) != level)
            break;
    }
    return done;
}

int npt_step(struct dom *d, unsigned int budget)
{
    while (d->extent_next < d->extent_count) {
        const struct irx_extent *e = &d->extents[d->extent_next];
        uint64_t done = map_some(d, e, &budget);

        if (!done)
            return -SHIM_ENOMEM;
        d->extent_done += done;
        if (d->extent_done == e->nr) {
            d->extent_next++;
            d->extent_done = 0;
        }
        if (!budget)
            return d->extent_next < d->extent_count;
    }
    return 0;
}

/* False: the budget is used up, and what is left is still in the table. */
static bool free_table(uint64_t *table, unsigned int level, unsigned int *budget)
{
    for (unsigned int i = 0; level > 1 && i < 512; i++) {
        if (!present(table[i]) || is_leaf(table[i], level))
            continue;
        if (!free_table(table_at(table[i]), level - 1, budget))
            return false;
        table[i] = 0;
    }
    if (!*budget)
        return false;
    --*budget;
    mem_free(table, 1);
    return true;
}

bool npt_free_some(struct dom *d, unsigned int budget)
{
    if (d->npt_root && !free_table((uint64_t *)(uintptr_t)d->npt_root, 4, &budget))
        return false;
    d->npt_root = 0;
    d->npt_pages = 0;
    return true;
}

bool npt_lookup(const struct dom *d, gfn_t gfn, mfn_t *mfn, bool *writable)
{
    const uint64_t *table = (const uint64_t *)(uintptr_t)d->npt_root;

    if (gfn.v >> 36)
        return false;
    for (unsigned int level = 4; level; level--) {
        uint64_t e = table[index_of(gfn, level)];

        if (!present(e))
            return false;
        if (is_leaf(e, level)) {
            mfn->v = ((e & PTE_ADDR) >> PAGE_SHIFT) + (gfn.v & (pages_of(level) - 1));
            *writable = e & shim.npt.writable;
            return true;
        }
        table = table_at(e);
    }
    return false;
}
