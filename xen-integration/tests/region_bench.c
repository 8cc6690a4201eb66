/* SPDX-License-Identifier: GPL-2.0-only */
#include "region_bench.h"

#include "region/region.h"

extern int (*const init_region_init)(void);

int region_begin(void **state)
{
    world_begin(state);
    interrex_region.start = BENCH_START;
    interrex_region.size = BENCH_SIZE;
    if ( init_region_init() || !interrex_ready() )
        return -1;
    interrex_anchor()->generation = 7;
    xen_phys_start = BENCH_START + interrex_anchor()->slots[0].span.off;

    return 0;
}
