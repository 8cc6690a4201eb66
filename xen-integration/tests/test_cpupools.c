/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * lend/cpupools.c with affinity.c and homes.c: who leaves which CPU pool while CPUs
 * are lent, and the way back.
 */
#include "world.h"

#include <asm/interrex.h>

#include "lend/lend.h"
#include "private/private.h"

/* ---- Pools, as private/cpupool.c and sched_core.c show Xen's ---- */

#define NR_POOLS 4u

static struct cpupool places[NR_POOLS]; /* what a domain points to */
static struct interrex_pool pools[NR_POOLS];
static bool exists[NR_POOLS];
static unsigned int
    busy; /* so often a CPU is still in use when it is to leave */
/* What each domain's scheduler was told; sched_id of the pool that it is in. */
static struct irx_sched told[8];

static void make_pool(unsigned int id, uint32_t sched_id, uint32_t cpus)
{
    unsigned int cpu;

    exists[id] = true;
    places[id].cpupool_id = id;
    pools[id] = (struct interrex_pool){ .id = id,
                                        .sched_id = sched_id,
                                        .cpus_each = 1 };
    for ( cpu = 0; cpu < 32; cpu++ )
        pools[id].cpus.cpu[cpu] = cpus >> cpu & 1;
}

bool interrex_pool_exists(unsigned int id)
{
    return id < NR_POOLS && exists[id];
}

bool interrex_pool_get(unsigned int from, struct interrex_pool *pool)
{
    while ( from < NR_POOLS && !exists[from] )
        from++;
    if ( from >= NR_POOLS )
        return false;
    *pool = pools[from];

    return true;
}

unsigned int interrex_pool_of_cpu(unsigned int cpu)
{
    unsigned int id;

    for ( id = 0; id < NR_POOLS; id++ )
        if ( exists[id] && cpumask_test_cpu(cpu, &pools[id].cpus) )
            return id;

    return ~0U;
}

int interrex_pool_unassign(unsigned int cpu)
{
    unsigned int id = interrex_pool_of_cpu(cpu);

    assert_int_not_equal(id, ~0U);
    if ( busy )
    {
        busy--;
        return -EAGAIN;
    }
    cpumask_clear_cpu(cpu, &pools[id].cpus);

    return 0;
}

int interrex_pool_assign(unsigned int cpu, unsigned int id)
{
    if ( !interrex_pool_exists(id) )
        return -ENOENT;
    assert_int_equal(interrex_pool_of_cpu(cpu), ~0U);
    cpumask_set_cpu(cpu, &pools[id].cpus);

    return 0;
}

bool interrex_pool_assign_locked(unsigned int cpu, unsigned int id, int *rc)
{
    *rc = interrex_pool_assign(cpu, id);

    return !*rc;
}

/* It loses its affinities and parameters, and a pool without CPUs takes nobody. */
int interrex_pool_enter(struct domain *d, unsigned int id)
{
    struct vcpu *v;

    if ( !interrex_pool_exists(id) )
        return -ESRCH;
    if ( cpumask_empty(&pools[id].cpus) )
        return -ENODEV;
    d->cpupool = &places[id];
    for_each_vcpu (d, v)
    {
        cpumask_setall(v->sched_unit->cpu_hard_affinity);
        cpumask_setall(v->sched_unit->cpu_soft_affinity);
    }
    told[d->domain_id] = (struct irx_sched){ .sched_id = pools[id].sched_id };

    return 0;
}

int interrex_sched_get(struct domain *d, struct irx_sched *sched)
{
    *sched = told[d->domain_id];

    return 0;
}

int interrex_sched_set(struct domain *d, const struct irx_sched *sched)
{
    if ( sched->sched_id != told[d->domain_id].sched_id )
        return -EINVAL;
    told[d->domain_id] = *sched;

    return 0;
}

int interrex_set_soft_affinity(struct vcpu *v, const cpumask_t *mask)
{
    *v->sched_unit->cpu_soft_affinity = *mask;

    return 0;
}

/* ---- A host: CPUs 0 and 1 in Pool-0, 2 in pool 1, 3 in pool 2 with another scheduler ---- */

static struct domain *in0, *in1, *in2;

static cpumask_t cpus(uint32_t bits)
{
    cpumask_t mask = {};
    unsigned int cpu;

    for ( cpu = 0; cpu < 32; cpu++ )
        mask.cpu[cpu] = bits >> cpu & 1;

    return mask;
}

#define assert_cpus(mask, bits)                                               \
    do                                                                        \
    {                                                                         \
        const cpumask_t expected = cpus(bits);                                \
        assert_true(cpumask_equal(mask, &expected));                          \
    } while ( 0 )

static struct domain *domain_in(domid_t domid, unsigned int pool)
{
    struct domain *d = world_domain(domid, 2);

    d->cpupool = &places[pool];
    told[domid] = (struct irx_sched){ .sched_id = pools[pool].sched_id };

    return d;
}

static int pools_begin(void **state)
{
    int rc = world_begin(state);

    memset(exists, 0, sizeof(exists));
    busy = 0;
    make_pool(0, IRX_SCHED_CREDIT2, 0x3);
    make_pool(1, IRX_SCHED_CREDIT2, 0x4);
    make_pool(2, IRX_SCHED_CREDIT, 0x8);
    in0 = domain_in(0, 0);
    in1 = domain_in(1, 1);
    in2 = domain_in(2, 2);

    return rc;
}

/* What is remembered is forgotten, or it would be a leak. */
static int pools_end(void **state)
{
    interrex_cpupools_undo();
    interrex_affinity_undo();

    return world_end(state);
}
#define POOLS_CASE(test)                                                      \
    cmocka_unit_test_setup_teardown(test, pools_begin, pools_end)

/* As hotplug: these leave, and are offline. */
static void lend(uint32_t bits)
{
    const cpumask_t mask = cpus(bits);
    unsigned int cpu;

    assert_int_equal(interrex_cpupools_vacate(&mask), 0);
    for_each_cpu (cpu, &mask)
    {
        cpumask_clear_cpu(cpu, &cpu_online_map);
        cpumask_clear_cpu(cpu, &pools[0].cpus);
    }
}

/* As hotplug: each goes where it belongs, by the hook, else to Pool-0. */
static void bring_back(uint32_t bits)
{
    const cpumask_t mask = cpus(bits);
    unsigned int cpu;
    int rc;

    for_each_cpu (cpu, &mask)
    {
        cpumask_set_cpu(cpu, &cpu_online_map);
        if ( !interrex_cpupool_home(cpu, &rc) )
            cpumask_set_cpu(cpu, &pools[0].cpus);
    }
}

static void all_is_as_it_was(void **state)
{
    told[1].params[0] = 700;
    lend(0xe);
    assert_int_equal(cpupool_get_id(in1), 0);
    assert_int_equal(cpupool_get_id(in2), 0);
    assert_int_equal(interrex_cpupools_id_of(in1), 1);
    assert_int_equal(interrex_cpupools_id_of(in2), 2);
    assert_true(cpumask_empty(&pools[1].cpus));
    assert_true(exists[1]);

    bring_back(0xe);
    interrex_cpupools_undo();
    assert_cpus(&pools[0].cpus, 0x3);
    assert_cpus(&pools[1].cpus, 0x4);
    assert_cpus(&pools[2].cpus, 0x8);
    assert_int_equal(cpupool_get_id(in0), 0);
    assert_int_equal(cpupool_get_id(in1), 1);
    assert_int_equal(cpupool_get_id(in2), 2);
    assert_int_equal(told[1].params[0], 700);
    assert_string_equal(world_log, "");
}

/* A pool that keeps a CPU keeps its domains. */
static void domains_leave_empty_pools_only(void **state)
{
    cpumask_set_cpu(1, &pools[1].cpus);
    cpumask_clear_cpu(1, &pools[0].cpus);
    lend(0xc);
    assert_int_equal(cpupool_get_id(in1), 1);
    assert_int_equal(cpupool_get_id(in2), 0);
    assert_cpus(&pools[1].cpus, 0x2);
}

static void affinities_go_along(void **state)
{
    struct vcpu *v = in1->vcpu[1];
    cpumask_t hard;

    *v->sched_unit->cpu_hard_affinity = cpus(0x4);
    *v->sched_unit->cpu_soft_affinity = cpus(0x6);
    lend(0xc);
    assert_cpus(v->sched_unit->cpu_soft_affinity, 0x6);
    interrex_affinity_of(v, &hard);
    assert_cpus(&hard, 0x4);

    bring_back(0xc);
    interrex_cpupools_undo();
    interrex_affinity_undo();
    assert_cpus(v->sched_unit->cpu_hard_affinity, 0x4);
    assert_cpus(v->sched_unit->cpu_soft_affinity, 0x6);
}

/* The next Xen is told of the domain's own pool, and what its scheduler was told there. */
static void parameters_are_those_of_its_own_scheduler(void **state)
{
    struct irx_sched sched;
    uint32_t id;

    told[2].params[0] =
        128; /* in pool 2, whose scheduler is another than Pool-0's */
    lend(0xc);
    interrex_cpupools_of(in2, &id, &sched);
    assert_int_equal(id, 2);
    assert_int_equal(sched.sched_id, IRX_SCHED_CREDIT);
    assert_int_equal(sched.params[0], 128);

    /* Pool 1 has the same as Pool-0: what the operator changes there meanwhile counts. */
    told[1].params[0] = 999;
    interrex_cpupools_of(in1, &id, &sched);
    assert_int_equal(id, 1);
    assert_int_equal(sched.params[0], 999);
    interrex_cpupools_of(in0, &id, &sched);
    assert_int_equal(id, 0);
}

static void pool_that_is_gone_meanwhile(void **state)
{
    lend(0xc);
    exists[2] = false;
    assert_int_equal(interrex_cpupools_id_of(in2), 0);
    bring_back(0xc);
    interrex_cpupools_undo();
    assert_int_equal(cpupool_get_id(in2), 0);
    assert_non_null(strstr(world_log, "is not back in pool 2"));
}

/* What the operator decided meanwhile stays. */
static void domain_that_was_moved_meanwhile(void **state)
{
    make_pool(3, IRX_SCHED_CREDIT2, 0);
    lend(0xc);
    in1->cpupool = &places[3];
    assert_int_equal(interrex_cpupools_id_of(in1), 3);
    bring_back(0xc);
    interrex_cpupools_undo();
    assert_int_equal(cpupool_get_id(in1), 3);
}

static void cpu_of_no_pool_stays_in_none(void **state)
{
    cpumask_clear_cpu(3, &pools[2].cpus);
    lend(0xc);
    assert_int_equal(interrex_home_of(3), INTERREX_HOME_FREE);
    bring_back(0xc);
    interrex_cpupools_undo();
    assert_int_equal(interrex_pool_of_cpu(3), ~0U);
    assert_int_equal(interrex_pool_of_cpu(2), 1);
}

/* It left its pool and never went offline: the lend failed. */
static void lend_that_fails_is_undone(void **state)
{
    const cpumask_t mask = cpus(0xc);

    assert_int_equal(interrex_cpupools_vacate(&mask), 0);
    assert_int_equal(interrex_pool_of_cpu(2), ~0U);
    interrex_cpupools_undo();
    assert_int_equal(interrex_pool_of_cpu(2), 1);
    assert_int_equal(interrex_pool_of_cpu(3), 2);
    assert_int_equal(cpupool_get_id(in1), 1);
    assert_int_equal(interrex_home_of(2), INTERREX_HOME_ANY);
}

static void pools_that_cannot_be_carried(void **state)
{
    const cpumask_t mask = cpus(0xc);
    unsigned int from = 0;
    uint64_t detail;

    assert_int_equal(interrex_cpupools_reason(&from, &detail), 0);
    pools[1].cpus_each = 2;
    pools[2].sched_id = 99;
    from = 0;
    assert_int_equal(interrex_cpupools_reason(&from, &detail),
                     IRX_REASON_CPUPOOL);
    assert_int_equal(detail, 1);
    assert_int_equal(interrex_cpupools_reason(&from, &detail),
                     IRX_REASON_SCHEDULER);
    assert_int_equal(detail, 99);
    assert_int_equal(interrex_cpupools_reason(&from, &detail), 0);
    assert_int_equal(interrex_cpupools_vacate(&mask), -EOPNOTSUPP);
    assert_int_equal(cpupool_get_id(in1), 1);
}

static void vcpu_that_leaves_slowly(void **state)
{
    const cpumask_t mask = cpus(0x4);

    busy = 100;
    assert_int_equal(interrex_cpupools_vacate(&mask), 0);
    interrex_cpupools_undo();
    busy = 100000;
    assert_int_equal(interrex_cpupools_vacate(&mask), -EAGAIN);
}

/* Whichever allocation fails, undo brings back what was. */
static void without_memory(void **state)
{
    const cpumask_t mask = cpus(0xc);
    unsigned int n;
    int rc = -ENOMEM;

    *in1->vcpu[0]->sched_unit->cpu_hard_affinity = cpus(0x4);
    for ( n = 1; rc == -ENOMEM; n++ )
    {
        world_alloc_fails = n;
        rc = interrex_cpupools_vacate(&mask);
        world_alloc_fails = 0;
        interrex_cpupools_undo();
        interrex_affinity_undo();
        assert_int_equal(cpupool_get_id(in1), 1);
        assert_int_equal(cpupool_get_id(in2), 2);
        assert_cpus(in1->vcpu[0]->sched_unit->cpu_hard_affinity, 0x4);
    }
    assert_int_equal(rc, 0);
    assert_true(n > 5);
}

static void domain_that_ends_meanwhile(void **state)
{
    lend(0xc);
    in1->domain_id = 7; /* another one now */
    told[7] = told[1];
    bring_back(0xc);
    interrex_cpupools_undo();
    assert_int_equal(cpupool_get_id(in1), 0);
    assert_string_equal(world_log, "");
}

/* ---- The toolstack sets an affinity while CPUs are lent ---- */

static void toolstack_sets_it_meanwhile(void **state)
{
    struct vcpu *v = in0->vcpu[0];
    cpumask_t hard, here = cpus(0x1), away = cpus(0x2);

    *v->sched_unit->cpu_hard_affinity = cpus(0x2);
    assert_int_equal(interrex_affinity_save(), 0);
    lend(0x2);

    /* CPUs that are here: it is so at once, and stays. */
    assert_int_equal(interrex_set_hard_affinity(v, &here), 0);
    interrex_affinity_of(v, &hard);
    assert_cpus(&hard, 0x1);

    /* CPUs that are lent: when they are back. */
    assert_int_equal(interrex_set_hard_affinity(v, &away), 0);
    assert_cpus(v->sched_unit->cpu_hard_affinity, 0x1);
    interrex_affinity_of(v, &hard);
    assert_cpus(&hard, 0x2);
    assert_int_equal(interrex_set_hard_affinity(v, &away), 0);

    bring_back(0x2);
    interrex_affinity_undo();
    assert_cpus(v->sched_unit->cpu_hard_affinity, 0x2);
}

static void affinity_that_no_cpu_will_ever_fit(void **state)
{
    const cpumask_t away = cpus(0x8), none = cpus(0);
    struct vcpu *v = in1->vcpu[0];

    lend(0xc);
    /* CPU 3 is of another pool. */
    assert_int_equal(interrex_set_hard_affinity(v, &away), -EINVAL);
    assert_int_equal(interrex_set_hard_affinity(v, &none), -EINVAL);
    assert_int_equal(interrex_set_hard_affinity(in2->vcpu[0], &away), 0);
    world_alloc_fails = 1;
    assert_int_equal(interrex_set_hard_affinity(in2->vcpu[1], &away), -ENOMEM);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        POOLS_CASE(all_is_as_it_was),
        POOLS_CASE(domains_leave_empty_pools_only),
        POOLS_CASE(affinities_go_along),
        POOLS_CASE(parameters_are_those_of_its_own_scheduler),
        POOLS_CASE(pool_that_is_gone_meanwhile),
        POOLS_CASE(domain_that_was_moved_meanwhile),
        POOLS_CASE(cpu_of_no_pool_stays_in_none),
        POOLS_CASE(lend_that_fails_is_undone),
        POOLS_CASE(pools_that_cannot_be_carried),
        POOLS_CASE(vcpu_that_leaves_slowly),
        POOLS_CASE(without_memory),
        POOLS_CASE(domain_that_ends_meanwhile),
        POOLS_CASE(toolstack_sets_it_meanwhile),
        POOLS_CASE(affinity_that_no_cpu_will_ever_fit),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
