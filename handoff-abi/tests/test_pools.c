/* SPDX-License-Identifier: GPL-2.0-only */
/* Validation of CPU pools and scheduler parameters: sound ones pass, each broken field is named. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "../src/late_internal.h"

enum { COUNT = 3 };

static struct irx_cpupool pools[COUNT];
static struct irx_items items;
static struct irx_sched sched;
static uint32_t pool_id;
static struct irx_live_error err;

static int setup(void **state)
{
    (void)state;
    memset(pools, 0, sizeof(pools));
    items = (struct irx_items){.first = (const void *)pools,
                               .wire = sizeof(pools[0]),
                               .native = sizeof(pools[0]),
                               .count = COUNT};
    pools[0] = (struct irx_cpupool){
        .sched_id = IRX_SCHED_CREDIT2, .params = {1000}, .cpus = {3, 0, 0, 1ull << 63}};
    pools[1] = (struct irx_cpupool){.id = 1, .sched_id = IRX_SCHED_CREDIT, .cpus = {4}};
    pools[2] = (struct irx_cpupool){
        .id = 7, .sched_id = IRX_SCHED_CREDIT2, .granularity = IRX_GRANULARITY_SOCKET};
    sched = (struct irx_sched){.sched_id = IRX_SCHED_CREDIT, .params = {256}};
    pool_id = 1;
    return 0;
}

static uint32_t check_pools(void)
{
    memset(&err, 0, sizeof(err));
    if (irx_pools_validate(&items, &err) == 0)
        assert_int_equal(err.code, IRX_LE_NONE);
    return err.code;
}

static uint32_t check_sched(void)
{
    memset(&err, 0, sizeof(err));
    if (irx_sched_validate(&sched, pool_id, &items, &err) == 0)
        assert_int_equal(err.code, IRX_LE_NONE);
    return err.code;
}

static void refused(uint32_t code, uint32_t index, const char *what)
{
    assert_int_equal(err.code, code);
    assert_int_equal(err.index, index);
    assert_string_equal(err.what, what);
}

static void test_sound(void **state)
{
    (void)state;
    assert_int_equal(check_pools(), IRX_LE_NONE);
    assert_int_equal(check_sched(), IRX_LE_NONE);
    pool_id = 0;
    sched.sched_id = IRX_SCHED_CREDIT2;
    assert_int_equal(check_sched(), IRX_LE_NONE);
}

static void test_none(void **state)
{
    (void)state;
    items.count = 0;
    assert_int_not_equal(irx_pools_validate(&items, &err), 0);
    refused(IRX_LE_MISSING, 0, "cpupool");
    assert_int_not_equal(irx_sched_validate(&sched, 0, &items, NULL), 0);
}

static void test_order(void **state)
{
    (void)state;
    pools[0].id = 1; /* no Pool-0 */
    (void)check_pools();
    refused(IRX_LE_ORDER, 0, "cpupool.id");
    pools[0].id = 0;
    pools[2].id = 1; /* twice */
    (void)check_pools();
    refused(IRX_LE_ORDER, 2, "cpupool.id");
    pools[1].id = 8; /* descending */
    pools[2].id = 7;
    (void)check_pools();
    refused(IRX_LE_ORDER, 2, "cpupool.id");
}

static void test_values(void **state)
{
    const uint32_t others[] = {0, 4, 7, 8, 9, ~0u}; /* 7 to 9: arinc653, rtds, null */
    uint32_t i;

    (void)state;
    for (i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        pools[1].sched_id = others[i];
        (void)check_pools();
        refused(IRX_LE_RANGE, 1, "cpupool.sched_id");
    }
    pools[1].sched_id = IRX_SCHED_CREDIT;
    pools[2].granularity = IRX_GRANULARITY_SOCKET + 1;
    (void)check_pools();
    refused(IRX_LE_RANGE, 2, "cpupool.granularity");
}

static void test_cpus(void **state)
{
    (void)state;
    pools[2].cpus[3] = 1ull << 63; /* Pool-0's */
    (void)check_pools();
    refused(IRX_LE_OVERLAP, 2, "cpupool.cpus");
    assert_int_equal(err.value, 1ull << 63);
    pools[2].cpus[3] = 0;
    memset(pools[0].cpus, 0, sizeof(pools[0].cpus));
    (void)check_pools();
    refused(IRX_LE_RANGE, 0, "cpupool.cpus");
}

static void test_sched(void **state)
{
    (void)state;
    pool_id = 2; /* there is none */
    (void)check_sched();
    refused(IRX_LE_MISSING, 0, "domain_record.cpupool_id");
    pool_id = 7; /* has no CPU */
    sched.sched_id = IRX_SCHED_CREDIT2;
    (void)check_sched();
    refused(IRX_LE_MISSING, 0, "domain_record.cpupool_id");
    pool_id = 1; /* runs the other scheduler */
    (void)check_sched();
    refused(IRX_LE_MISMATCH, 1, "sched.sched_id");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_sound, setup), cmocka_unit_test_setup(test_none, setup),
        cmocka_unit_test_setup(test_order, setup), cmocka_unit_test_setup(test_values, setup),
        cmocka_unit_test_setup(test_cpus, setup),  cmocka_unit_test_setup(test_sched, setup),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
