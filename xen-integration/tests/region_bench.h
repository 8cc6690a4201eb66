/* SPDX-License-Identifier: GPL-2.0-only */
/* A world with a laid-out region R, by region/region.c and layout.c themselves. */
#ifndef TESTS_REGION_BENCH_H
#define TESTS_REGION_BENCH_H

#include "world.h"

#define BENCH_START MB(64)
#define BENCH_SIZE  MB(256)

/* As world_begin(), with R of BENCH_SIZE at BENCH_START, and this Xen in its first image slot. */
int region_begin(void **state);
#define REGION_CASE(test)                                                     \
    cmocka_unit_test_setup_teardown(test, region_begin, world_end)

#endif
