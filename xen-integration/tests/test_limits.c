/* SPDX-License-Identifier: GPL-2.0-only */
/* op/limits.c: what a host has more of than R has room for. */
#include "region_bench.h"

#include "op/op.h"
#include "region/region.h"

/* The limits that are passed, by code; ends with 0. */
static const uint16_t *passed(uint64_t *detail)
{
    static uint16_t codes[8];
    unsigned int from = 0, n = 0;

    memset(codes, 0, sizeof(codes));
    while ( (codes[n] = interrex_limits_reason(&from, &detail[n])) != 0 )
        assert_true(++n < ARRAY_SIZE(codes));

    return codes;
}

static void a_small_host_is_below_all(void **state)
{
    uint64_t detail[8];

    world_domain(0, 4);
    world_domain(1, 2);
    assert_int_equal(passed(detail)[0], 0);
}

static void as_many_as_there_is_room_for(void **state)
{
    const struct irx_anchor *a = interrex_anchor();
    uint64_t detail[8];
    unsigned int i;

    for ( i = 0; i < a->domains.count; i++ )
        world_domain(i, a->vcpus.count / a->domains.count);
    assert_int_equal(passed(detail)[0], 0);
    world_domain(i, 1);
    assert_int_equal(passed(detail)[0], IRX_REASON_TOO_MANY_DOMAINS);
    assert_int_equal(detail[0], a->domains.count);
    assert_int_equal(passed(detail)[1], IRX_REASON_TOO_MANY_VCPUS);
    assert_int_equal(detail[1], a->vcpus.count);
    assert_int_equal(passed(detail)[2], 0);
}

/* Above it a set of CPUs has no bit for them: they would come back in no pool. */
static void more_cpus_than_a_set_has_bits(void **state)
{
    uint64_t detail[8];
    unsigned int cpu;

    nr_cpu_ids = NR_CPUS;
    for ( cpu = 0; cpu < INTERREX_MAX_CPUS; cpu++ )
        cpumask_set_cpu(cpu, &cpu_present_map);
    assert_int_equal(passed(detail)[0], 0);
    cpumask_set_cpu(cpu, &cpu_present_map); /* offline */
    assert_int_equal(passed(detail)[0], IRX_REASON_TOO_MANY_CPUS);
    assert_int_equal(detail[0], 256);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        REGION_CASE(a_small_host_is_below_all),
        REGION_CASE(as_many_as_there_is_room_for),
        REGION_CASE(more_cpus_than_a_set_has_bits),
    };

    return cmocka_run_group_tests_name("limits", tests, NULL, NULL);
}
