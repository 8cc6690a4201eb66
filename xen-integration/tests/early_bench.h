/* SPDX-License-Identifier: GPL-2.0-only */
/* A Xen that is about to hand over, for the tests of its early section. */
#ifndef TESTS_EARLY_BENCH_H
#define TESTS_EARLY_BENCH_H

#include "region_bench.h"

#include "handover/handover.h"
#include "region/region.h"
#include "state/state.h"

/* As region_begin(), with nothing held yet. */
int early_begin(void **state);
int early_end(void **state);
#define EARLY_CASE(test)                                                      \
    cmocka_unit_test_setup_teardown(test, early_begin, early_end)

/* Frames of each domain's grant table. */
#define GRANT_FRAMES 2u
/* Pages that a grant of their owner is mapped of, and those that are nowhere in its memory; 0: none. */
#define BENCH_VANISHED 8u
extern unsigned long bench_granted[BENCH_VANISHED],
    bench_vanished[BENCH_VANISHED];

/*
 * A domain with this memory (nr extents); its shared_info, and its grant frames behind
 * that, are at 8 MiB + 1 MiB * domid.
 */
struct domain *carried(domid_t domid, const struct irx_extent *extents,
                       unsigned int nr);

/* interrex_early_export(), and nobody wants the list. */
int early_export(void);

#endif
