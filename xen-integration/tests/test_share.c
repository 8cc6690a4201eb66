/* SPDX-License-Identifier: GPL-2.0-only */
/* What the shim is told of a domain's scheduling: lend/share.c. */
#include "region_bench.h"

#include "lend/lend.h"
#include "private/private.h"
#include "region/region.h"

/* ---- What is not in this file: pools ---- */

static unsigned int pool_id;
static cpumask_t pool_cpus; /* that are not lent */
static struct irx_sched parameters;

void interrex_cpupools_of(struct domain *d, uint32_t *id,
                          struct irx_sched *sched)
{
    *id = pool_id;
    *sched = parameters;
}

bool interrex_pool_get(unsigned int from, struct interrex_pool *pool)
{
    *pool = (struct interrex_pool){ .id = pool_id, .cpus = pool_cpus };

    return from <= pool_id;
}

bool interrex_pool_assign_locked(unsigned int cpu, unsigned int id, int *rc)
{
    return false;
}

/* ---- A host with four CPUs, of which 2 and 3 are held ---- */

static struct domain *d;
static struct irx_domain *r;

static cpumask_t cpus(uint32_t bits)
{
    cpumask_t mask = {};
    unsigned int cpu;

    for ( cpu = 0; cpu < 32; cpu++ )
        mask.cpu[cpu] = bits >> cpu & 1;

    return mask;
}

static void hold(unsigned int cpu)
{
    struct irx_cpu *c = interrex_cpu_rec(cpu);

    c->state = IRX_CPU_HELD;
    c->xen_cpu = cpu;
    interrex_home_remember(cpu, pool_id);
}

static int share_begin(void **state)
{
    int rc = region_begin(state);

    pool_id = 0;
    parameters = (struct irx_sched){ .sched_id = IRX_SCHED_CREDIT2,
                                     .params = { 256 } };
    interrex_homes_forget();
    pool_cpus = cpus(0x3);
    d = world_domain(1, 2);
    r = interrex_domain_rec(0);
    r->vcpu_count = 2;
    hold(2);
    hold(3);

    return rc;
}

static int share_end(void **state)
{
    interrex_affinity_undo();
    interrex_homes_forget();

    return world_end(state);
}
#define SHARE_CASE(test)                                                      \
    cmocka_unit_test_setup_teardown(test, share_begin, share_end)

static uint64_t allowed(unsigned int vcpu)
{
    const struct irx_vcpu *rv = interrex_vcpu_rec(r->vcpu_first + vcpu);

    assert_int_equal(
        rv->cpus_allowed[1] | rv->cpus_allowed[2] | rv->cpus_allowed[3], 0);

    return rv->cpus_allowed[0];
}

/* ---- Its share ---- */

static void told(uint32_t sched_id, uint32_t weight, uint32_t cap)
{
    parameters = (struct irx_sched){ .sched_id = sched_id,
                                     .params = { weight | cap << 16 } };
    interrex_share_export(d, r);
}

static void weight_and_cap(void **state)
{
    told(IRX_SCHED_CREDIT2, 512, 50);
    assert_int_equal(r->sched_weight, 512);
    assert_int_equal(r->sched_cap, 50);
    told(IRX_SCHED_CREDIT, 65535, 0);
    assert_int_equal(r->sched_weight, 65535);
    assert_int_equal(r->sched_cap, 0);
}

/* The validator allows 100 for each vCPU; as many is no cap. */
static void a_cap_that_is_none(void **state)
{
    told(IRX_SCHED_CREDIT2, 256, 199);
    assert_int_equal(r->sched_cap, 199);
    told(IRX_SCHED_CREDIT2, 256, 200);
    assert_int_equal(r->sched_cap, 0);
    told(IRX_SCHED_CREDIT, 256, 400);
    assert_int_equal(r->sched_cap, 0);
}

static void another_scheduler(void **state)
{
    told(IRX_SCHED_CREDIT2, 512, 50);
    told(9, 512, 50);
    assert_int_equal(r->sched_weight, 0);
    assert_int_equal(r->sched_cap, 0);
}

/* ---- Its CPUs ---- */

static void any_cpu(void **state)
{
    interrex_vcpu_rec(r->vcpu_first)->cpus_allowed[0] = 4;
    interrex_share_export(d, r);
    assert_int_equal(allowed(0), 0);
    assert_int_equal(allowed(1), 0);
}

/* As it was before the scheduler gave it up. */
static void a_hard_affinity(void **state)
{
    *d->vcpu[1]->sched_unit->cpu_hard_affinity = cpus(0x6);
    assert_int_equal(interrex_affinity_save(), 0);
    *d->vcpu[1]->sched_unit->cpu_hard_affinity = cpus(0xffffffff);
    interrex_share_export(d, r);
    assert_int_equal(allowed(0), 0);
    assert_int_equal(allowed(1), 0x6);
}

/* CPU 2 left it, CPU 3 is another's. */
static void a_pool(void **state)
{
    pool_id = 5;
    pool_cpus = cpus(0x2);
    interrex_home_remember(2, 5);
    interrex_home_remember(3, 0);
    *d->vcpu[1]->sched_unit->cpu_hard_affinity = cpus(0xc);
    interrex_share_export(d, r);
    assert_int_equal(allowed(0), 0x6);
    assert_int_equal(allowed(1), 0x4);
}

/* The next Xen calls the CPU of entry 2 its CPU 1. */
static void other_numbers(void **state)
{
    interrex_cpu_rec(2)->xen_cpu = 1;
    *d->vcpu[0]->sched_unit->cpu_hard_affinity = cpus(0x2);
    interrex_share_export(d, r);
    assert_true(allowed(0) & 0x4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SHARE_CASE(weight_and_cap),    SHARE_CASE(a_cap_that_is_none),
        SHARE_CASE(another_scheduler), SHARE_CASE(any_cpu),
        SHARE_CASE(a_hard_affinity),   SHARE_CASE(a_pool),
        SHARE_CASE(other_numbers),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
