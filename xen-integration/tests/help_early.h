/* SPDX-License-Identifier: GPL-2.0-only */
/* A host that hands over: domains to carry, and what early_export.c asks of other files. */
#ifndef TESTS_HELP_EARLY_H
#define TESTS_HELP_EARLY_H

#include "region_bench.h"

#include <interrex/abi/live.h>

/* Each domain's table has two frames. */
#define GRANT_FRAMES 2u

/* A domain with this memory (nr extents), its shared_info and grant frames at 8 MiB and 1 MiB * domid. */
struct domain *carried(domid_t domid, const struct irx_extent *extents,
                       unsigned int nr);

/* As region_begin() and world_end(), with an anchor that is valid for a handover. */
int early_begin(void **state);
int early_end(void **state);
#define EARLY_CASE(test)                                                      \
    cmocka_unit_test_setup_teardown(test, early_begin, early_end)

#endif
