/* SPDX-License-Identifier: GPL-2.0-only */
#include "memory_bench.h"

#include <xen/err.h>

/* What the shim and the next Xen find in R of `d`. */
struct interrex_hold *hold;
struct irx_domain *rec;
struct irx_extent *extents;
struct domain *d;

int memory_begin(void **state)
{
    int rc = region_begin(state);

    interrex_holds_reset();
    d = world_domain(3, 1);
    hold = interrex_hold_new(d);
    if ( rc || IS_ERR(hold) )
        return -1;
    rec = interrex_domain_rec(hold->entry);
    rc = interrex_data_alloc(hold, CAPACITY * sizeof(*extents));
    rec->extents = hold->data_off;
    extents = interrex_at(rec->extents);

    return rc;
}

int memory_end(void **state)
{
    interrex_holds_reset();

    return world_end(state);
}
