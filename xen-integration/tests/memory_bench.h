/* SPDX-License-Identifier: GPL-2.0-only */
/* A domain `d` and what of it is in R, for tests of its memory. */
#ifndef TESTS_MEMORY_BENCH_H
#define TESTS_MEMORY_BENCH_H

#include "region_bench.h"

#include "region/region.h"
#include "state/state.h"

#define CAPACITY 16u /* entries of extents */

extern struct interrex_hold *hold;
extern struct irx_domain *rec;
extern struct irx_extent *extents;
extern struct domain *d;

/* Pages of Xen that were adopted, and taken back from the guest. */
extern unsigned int adopted, unshared;

int memory_begin(void **state);
int memory_end(void **state);
#define MEMORY_CASE(test)                                                     \
    cmocka_unit_test_setup_teardown(test, memory_begin, memory_end)

#endif
