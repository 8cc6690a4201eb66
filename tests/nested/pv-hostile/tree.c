/* SPDX-License-Identifier: GPL-2.0-only */
/* Page tables that nobody runs on. */
#include "tree.h"

#define DATA 16u

/* Pages that may be mapped writable. */
static unsigned int data_page(void)
{
    static unsigned int data[DATA];

    if (!data[0])
        for (unsigned int i = 0; i < DATA; i++) {
            data[i] = take();
            kind[data[i]] = KEPT;
        }
    return data[random64() % DATA];
}

/* Any page can be read, also those that are tables; few can be written. */
void fill_l1(unsigned int pfn, unsigned int entries)
{
    uint64_t *entry = va(pfn);

    for (unsigned int i = 0; i < entries; i++)
        entry[i] = i % 8 ? mfn((unsigned int)(random64() % nr_pages)) * PAGE | P_RO
                         : mfn(data_page()) * PAGE | P_WRITE;
}

/* Each of the pages below is there, and the first ones again and again. */
static void fill_upper(unsigned int pfn, const unsigned int *below, unsigned int n,
                       unsigned int entries)
{
    uint64_t *entry = va(pfn);

    for (unsigned int i = 0; i < entries; i++)
        entry[i] = mfn(below[i % n]) * PAGE | P_TABLE;
}

bool make_tree(struct tree *t, unsigned int entries)
{
    unsigned int *page = t->page;

    if (left() < TREE_PAGES + 8)
        return false;
    for (unsigned int i = 0; i < TREE_PAGES; i++)
        page[i] = take();
    for (unsigned int i = 0; i < TREE_L1; i++)
        fill_l1(page[TREE_AT_L1 + i], entries);
    for (unsigned int i = 0; i < TREE_L2; i++)
        fill_upper(page[TREE_AT_L2 + i], page + TREE_AT_L1 + i * TREE_L1 / TREE_L2,
                   TREE_L1 / TREE_L2, 64);
    for (unsigned int i = 0; i < TREE_L3; i++)
        fill_upper(page[TREE_AT_L3 + i], page + TREE_AT_L2 + i * TREE_L2 / TREE_L3,
                   TREE_L2 / TREE_L3, 32);
    fill_upper(page[0], page + TREE_AT_L3, TREE_L3, 16);
    for (unsigned int i = 0; i < TREE_PAGES; i++)
        make_table(page[i], tree_level(i));
    return true;
}

enum kind tree_level(unsigned int i)
{
    return i < TREE_AT_L3 ? L4 : i < TREE_AT_L2 ? L3 : i < TREE_AT_L1 ? L2 : L1;
}
