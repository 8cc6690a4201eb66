/* SPDX-License-Identifier: GPL-2.0-only */
/* A page table of level 4 and all below it, of which nothing is pinned. */
#ifndef PV_HOSTILE_TREE_H
#define PV_HOSTILE_TREE_H

#include "pv.h"

#define TREE_L3    4u
#define TREE_L2    16u
#define TREE_L1    64u
#define TREE_AT_L3 1u
#define TREE_AT_L2 (TREE_AT_L3 + TREE_L3)
#define TREE_AT_L1 (TREE_AT_L2 + TREE_L2)
#define TREE_PAGES (TREE_AT_L1 + TREE_L1)

struct tree {
    unsigned int page[TREE_PAGES]; /* the one of level 4 first */
};

/* With so many entries in each table of level 1; false: too few pages are left. */
bool make_tree(struct tree *t, unsigned int entries);
enum kind tree_level(unsigned int i);
void fill_l1(unsigned int pfn, unsigned int entries);

#endif
