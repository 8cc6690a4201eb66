/* SPDX-License-Identifier: GPL-2.0-only */
/* A tree whose items have numbers below WORLD_ITEMS. */
#ifndef TESTS_XEN_RADIX_TREE_H
#define TESTS_XEN_RADIX_TREE_H

#define WORLD_ITEMS 256

struct radix_tree_root {
    void *item[WORLD_ITEMS];
};

/* The first ones from this number on; how many. */
static inline unsigned int radix_tree_gang_lookup(struct radix_tree_root *root,
                                                  void **results,
                                                  unsigned long first,
                                                  unsigned int max)
{
    unsigned int found = 0;

    for ( ; first < WORLD_ITEMS && found < max; first++ )
        if ( root->item[first] )
            results[found++] = root->item[first];

    return found;
}

#endif
