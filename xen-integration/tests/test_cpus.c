/* SPDX-License-Identifier: GPL-2.0-only */
/* lend/cpus.c: whom a Xen that an update started leaves alone. APIC ids are twice a CPU's number (world.c). */
#include "region_bench.h"

#include <asm/interrex-boot.h>
#include <asm/mpspec.h>

#include "lend/lend.h"
#include "state/state.h"

bool unaccounted_cpus;

bool interrex_cpu_list_offline(uint32_t apic_id)
{
    return false;
}

long cpu_down_helper(void *data)
{
    return 0;
}

static int cpus_begin(void **state)
{
    int rc = region_begin(state);
    unsigned int cpu;

    for ( cpu = 1; cpu < 4; cpu++ )
        *interrex_cpu_rec(cpu) = (struct irx_cpu){
            .state = IRX_CPU_HELD,
            .apic_id = x86_cpu_to_apicid[cpu],
            .xen_cpu = 9,
            .heartbeat_tsc = 1,
        };
    interrex_begin_resumed();
    interrex_ipi_by_name(false);
    unaccounted_cpus = false;

    return rc;
}
#define CPUS_CASE(test)                                                       \
    cmocka_unit_test_setup_teardown(test, cpus_begin, world_end)

/* The CPU with entry 1 has started this Xen in the place of the one with APIC id 0. */
static void left_by_one(void)
{
    interrex_anchor()->watch.deaf = 1;
    interrex_anchor()->xen_apic_id = x86_cpu_to_apicid[1];
    interrex_cpu_rec(1)->state = IRX_CPU_XEN;
}

static void held_ones_stay(void **state)
{
    assert_false(interrex_cpu_held(0));
    assert_false(unaccounted_cpus);
    assert_true(interrex_cpu_held(1));
    assert_true(unaccounted_cpus);
    interrex_ipi_by_name(false);
    assert_false(unaccounted_cpus);
}

static void they_get_this_xens_numbers(void **state)
{
    unsigned int cpu;

    assert_int_equal(interrex_cpus_import(), 0);
    for ( cpu = 1; cpu < 4; cpu++ )
        assert_int_equal(interrex_cpu_rec(cpu)->xen_cpu, cpu);
}

static void one_that_is_not_there(void **state)
{
    interrex_cpu_rec(2)->apic_id = 77;
    assert_int_equal(interrex_cpus_import(), -ENOENT);
}

/* Nobody starts it, in this boot and later; nor is anything sent to all at once again. */
static void a_deaf_one_is_left_alone(void **state)
{
    left_by_one();
    assert_true(interrex_cpu_held(0));
    assert_false(interrex_cpu_held(1));
    assert_int_equal(interrex_held_entry(0), ~0U);
    assert_int_equal(interrex_cpus_import(), 0);
    assert_int_equal(interrex_held_entry(0), 0);
    assert_int_equal(interrex_away_entry(0), 0);
    assert_int_equal(interrex_cpu_rec(0)->state, IRX_CPU_DEAD);
    interrex_ipi_by_name(false);
    assert_true(unaccounted_cpus);
}

/* By it a further fallback knows who had left when the early section was older. */
static void who_left_keeps_its_entry(void **state)
{
    left_by_one();
    assert_int_equal(interrex_cpus_import(), 0);
    assert_int_equal(interrex_cpu_rec(1)->state, IRX_CPU_XEN);
    assert_int_equal(interrex_cpu_rec(1)->apic_id, x86_cpu_to_apicid[1]);
    assert_int_equal(interrex_cpu_rec(2)->state, IRX_CPU_HELD);
    assert_int_equal(interrex_cpu_rec(3)->state, IRX_CPU_HELD);
}

/* The first fallback failed after it had done that: the second one finds it. */
static void it_is_buried_once(void **state)
{
    unsigned int entry, dead = 0;

    left_by_one();
    assert_int_equal(interrex_cpus_import(), 0);
    assert_int_equal(interrex_cpus_import(), 0);
    for ( entry = 0; entry < interrex_anchor()->cpus.count; entry++ )
        dead += interrex_cpu_rec(entry)->state == IRX_CPU_DEAD;
    assert_int_equal(dead, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CPUS_CASE(held_ones_stay),
        CPUS_CASE(they_get_this_xens_numbers),
        CPUS_CASE(one_that_is_not_there),
        CPUS_CASE(a_deaf_one_is_left_alone),
        CPUS_CASE(who_left_keeps_its_entry),
        CPUS_CASE(it_is_buried_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
