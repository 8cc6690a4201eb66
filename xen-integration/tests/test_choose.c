/* SPDX-License-Identifier: GPL-2.0-only */
/* lend/choose.c: which CPUs go into the shim next. */
#include "region_bench.h"

#include "lend/lend.h"
#include "region/region.h"

static struct irx_op_cpus asked;
static cpumask_t now;
static unsigned int left;
static unsigned int must_stay; /* so many CPUs, for interrupts */

bool interrex_vectors_fit(const cpumask_t *stay)
{
    return cpumask_weight(stay) >= must_stay;
}

/* A host with eight CPUs. */
static int choose_begin(void **state)
{
    unsigned int cpu;
    int rc = region_begin(state);

    nr_cpu_ids = 8;
    for ( cpu = 0; cpu < nr_cpu_ids; cpu++ )
        cpumask_set_cpu(cpu, &cpu_online_map);
    asked = (struct irx_op_cpus){};
    must_stay = 1;

    return rc;
}
#define CHOOSE_CASE(test)                                                     \
    cmocka_unit_test_setup_teardown(test, choose_begin, world_end)

/* Two threads a core: 0 and 1, 2 and 3, ... */
static void two_threads_a_core(void)
{
    unsigned int cpu;

    for ( cpu = 0; cpu < nr_cpu_ids; cpu++ )
        cpumask_set_cpu(cpu ^ 1, &world_siblings[cpu]);
}

static void is_lent(unsigned int cpu)
{
    interrex_cpu_rec(cpu)->state = IRX_CPU_HELD;
    cpumask_clear_cpu(cpu, &cpu_online_map);
}

static int choose(void)
{
    return interrex_lend_choose(&asked, &now, &left);
}

static void list(unsigned int count, const uint32_t *cpus)
{
    asked.count = count;
    memcpy(asked.cpu, cpus, count * sizeof(*cpus));
}
#define LIST(...)                                                             \
    list(sizeof((uint32_t[]){ __VA_ARGS__ }) / 4, (uint32_t[]){ __VA_ARGS__ })

#define assert_cpus(bits)                                                     \
    do                                                                        \
    {                                                                         \
        unsigned int at;                                                      \
        for ( at = 0; at < nr_cpu_ids; at++ )                                 \
            assert_int_equal(cpumask_test_cpu(at, &now), (bits) >> at & 1);   \
    } while ( 0 )

static void all_but_the_boot_cpu(void **state)
{
    assert_int_equal(choose(), 0);
    assert_cpus(0xfe);
    assert_int_equal(left, 0);
    assert_int_equal(interrex_lendable(), 7);
}

static void one_after_the_other(void **state)
{
    unsigned int cpu;

    asked.max = 1;
    for ( cpu = 1; cpu < 8; cpu++ )
    {
        assert_int_equal(choose(), 0);
        assert_cpus(1U << cpu);
        assert_int_equal(left, 7 - cpu);
        is_lent(cpu);
    }
    assert_int_equal(choose(), -ENODEV);
}

/* Guests that the shim has kept may run on all CPUs that could be lent. */
static void none_is_left_beside_guests_that_stay(void **state)
{
    unsigned int cpu;

    for ( cpu = 1; cpu < 8; cpu++ )
        is_lent(cpu);
    left = 77;
    cpumask_set_cpu(3, &now);
    interrex_anchor()->host_state = IRX_HOST_CLAIMING;
    assert_int_equal(choose(), 0);
    assert_cpus(0);
    assert_int_equal(left, 0);
    LIST(5);
    assert_int_equal(choose(), 0);
    assert_cpus(0);
}

static void a_list_one_after_the_other(void **state)
{
    LIST(6, 2);
    asked.max = 1;
    assert_int_equal(choose(), 0);
    assert_cpus(1 << 2);
    assert_int_equal(left, 1);
    is_lent(2);
    assert_int_equal(choose(), 0);
    assert_cpus(1 << 6);
    assert_int_equal(left, 0);
    is_lent(6);
    assert_int_equal(choose(), -ENODEV);
}

static void threads_of_a_core_go_together(void **state)
{
    two_threads_a_core();
    asked.max = 1;
    assert_int_equal(choose(), 0);
    assert_cpus(0xc);
    assert_int_equal(left, 4);
    asked.max = 3;
    assert_int_equal(choose(), 0);
    assert_cpus(0x3c);
    assert_int_equal(left, 2);
    asked.max = 0;
    LIST(5);
    assert_int_equal(choose(), 0);
    assert_cpus(0x30);
}

static void the_boot_cpus_core_stays(void **state)
{
    two_threads_a_core();
    assert_int_equal(choose(), 0);
    assert_cpus(0xfc);
    assert_int_equal(interrex_lendable(), 6);
    LIST(1);
    assert_int_equal(choose(), -EINVAL);
    LIST(4, 1);
    assert_int_equal(choose(), -EINVAL);
}

static void no_core_but_the_boot_cpus(void **state)
{
    nr_cpu_ids = 2;
    two_threads_a_core();
    assert_int_equal(choose(), -ENODEV);
    assert_int_equal(interrex_lendable(), 0);
}

static void lists_that_are_refused(void **state)
{
    LIST(0);
    assert_int_equal(choose(), -EINVAL);
    LIST(3, 3);
    assert_int_equal(choose(), -EINVAL);
    LIST(8);
    assert_int_equal(choose(), -EINVAL);
    LIST(~0U);
    assert_int_equal(choose(), -EINVAL);
    cpumask_clear_cpu(4, &cpu_online_map); /* offline, and not the shim's */
    LIST(4);
    assert_int_equal(choose(), -EINVAL);
    asked.count = 16;
    assert_int_equal(choose(), -EINVAL);
}

static void more_cpus_than_entries(void **state)
{
    interrex_anchor()->cpus.count = 7;
    assert_int_equal(choose(), -ENOSPC);
    LIST(7);
    assert_int_equal(choose(), -EINVAL);
}

static void interrupts_need_some(void **state)
{
    must_stay = 3;
    asked.max = 1;
    assert_int_equal(choose(), 0);
    assert_cpus(0x2);
    assert_int_equal(left, 4);
    assert_int_equal(interrex_lendable(), 5);
    LIST(7, 6, 5, 4, 3);
    assert_int_equal(choose(), 0);
    LIST(7, 6, 5, 4, 3, 2);
    assert_int_equal(choose(), -ENOBUFS);
    asked = (struct irx_op_cpus){};
    two_threads_a_core();
    assert_int_equal(choose(), 0); /* with the last thread its core stays */
    assert_cpus(0x3c);
    must_stay = 9;
    assert_int_equal(choose(), -ENODEV);
    assert_int_equal(interrex_lendable(), 0);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        CHOOSE_CASE(all_but_the_boot_cpu),
        CHOOSE_CASE(one_after_the_other),
        CHOOSE_CASE(none_is_left_beside_guests_that_stay),
        CHOOSE_CASE(a_list_one_after_the_other),
        CHOOSE_CASE(threads_of_a_core_go_together),
        CHOOSE_CASE(the_boot_cpus_core_stays),
        CHOOSE_CASE(no_core_but_the_boot_cpus),
        CHOOSE_CASE(lists_that_are_refused),
        CHOOSE_CASE(more_cpus_than_entries),
        CHOOSE_CASE(interrupts_need_some),
    };

    return cmocka_run_group_tests_name("xen choose", tests, NULL, NULL);
}
