/* SPDX-License-Identifier: GPL-2.0-only */
/* region/watch.c: what the held CPUs see of a boot. */
#include "region_bench.h"

#include <asm/time.h>

#include "region/region.h"

static int watch_begin(void **state)
{
    int rc = region_begin(state);

    interrex_anchor()->tsc_khz = 2000000;

    return rc;
}
#define WATCH_CASE(test)                                                      \
    cmocka_unit_test_setup_teardown(test, watch_begin, world_end)

static void a_stage_has_the_limit(void **state)
{
    struct irx_anchor *a = interrex_anchor();

    interrex_watch_limit(a, 500);
    assert_int_equal(a->watch.limit, 1000000000);
    assert_int_equal(interrex_watch_next(a, IRX_BOOT_DOM0, true),
                     rdtsc() + 1000000000);
    assert_int_equal(a->watch.deadline, rdtsc() + 1000000000);
    assert_int_equal(a->watch.stage, IRX_BOOT_DOM0);
    assert_int_equal(a->watch.answers, 1);
}

static void what_was_noticed_is_of_the_stage_before(void **state)
{
    struct irx_anchor *a = interrex_anchor();

    interrex_watch_limit(a, 500);
    interrex_watch_next(a, IRX_BOOT_HEAP, true);
    a->watch.noticed = 3;
    interrex_watch_next(a, IRX_BOOT_EARLY, false);
    assert_int_equal(a->watch.noticed, 0);
    assert_int_equal(a->watch.answers, 0);
}

static void without_a_limit_nobody_looks(void **state)
{
    struct irx_anchor *a = interrex_anchor();

    interrex_watch_limit(a, 0);
    assert_int_equal(interrex_watch_next(a, IRX_BOOT_HEAP, true), 0);
    assert_int_equal(a->watch.deadline, 0);
}

/* Hours do not overflow. */
static void the_longest_limit(void **state)
{
    struct irx_anchor *a = interrex_anchor();

    a->tsc_khz = 6000000;
    interrex_watch_limit(a, ~0U);
    assert_int_equal(a->watch.limit, 6000000ULL * 0xffffffffULL);
}

static void ends(void **state)
{
    struct irx_anchor *a = interrex_anchor();

    interrex_watch_limit(a, 500);
    interrex_watch_next(a, IRX_BOOT_READY, true);
    interrex_watch_end(a);
    assert_int_equal(a->watch.deadline, 0);
    /* And the next update finds none of it. */
    interrex_watch_limit(a, 100);
    assert_int_equal(a->watch.stage, 0);
}

/* Until the machine is started anew. */
static void a_deaf_cpu_is_not_forgotten(void **state)
{
    struct irx_anchor *a = interrex_anchor();

    a->watch.deaf = 7;
    interrex_watch_limit(a, 500);
    interrex_watch_next(a, IRX_BOOT_EARLY, false);
    interrex_watch_limit(a, 0);
    assert_int_equal(a->watch.deaf, 7);
    assert_true(interrex_is_deaf(6));
    assert_false(interrex_is_deaf(7));
    a->version = IRX_VERSION(1, 0);
    assert_false(interrex_is_deaf(6));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WATCH_CASE(a_stage_has_the_limit),
        WATCH_CASE(what_was_noticed_is_of_the_stage_before),
        WATCH_CASE(without_a_limit_nobody_looks),
        WATCH_CASE(the_longest_limit),
        WATCH_CASE(ends),
        WATCH_CASE(a_deaf_cpu_is_not_forgotten),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);

    return cmocka_run_group_tests(tests, NULL, NULL);
}
