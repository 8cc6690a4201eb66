/* SPDX-License-Identifier: GPL-2.0-only */
#include "turns.h"

#include <stdlib.h>

static uint32_t at_once(uint32_t vcpus, uint32_t cpus)
{
    return vcpus < cpus ? vcpus : cpus;
}

bool irx_turns_fits(const struct irx_turns *t, uint32_t cpus, uint32_t vcpus)
{
    if (cpus >= t->cpus)
        return true;
    if (cpus < at_once(vcpus, t->cpus))
        return false;
    /* (moved + vcpus / 2) / t->vcpus <= cpus / t->cpus */
    return (2 * (uint64_t)t->moved + vcpus) * t->cpus <= 2 * (uint64_t)cpus * t->vcpus;
}

void irx_turns_moved(struct irx_turns *t, uint32_t vcpus)
{
    t->moved += vcpus;
}

static int compare(const void *a, const void *b)
{
    const struct irx_turn *x = a, *y = b;

    if (x->vcpus != y->vcpus)
        return x->vcpus < y->vcpus ? -1 : 1;
    if (x->key != y->key)
        return x->key < y->key ? -1 : 1;
    return x->index < y->index ? -1 : x->index > y->index;
}

void irx_turns_sort(struct irx_turn *list, unsigned int count, uint32_t cpus)
{
    for (unsigned int i = 0; i < count; i++)
        list[i].vcpus = at_once(list[i].vcpus, cpus);
    qsort(list, count, sizeof(*list), compare);
}
