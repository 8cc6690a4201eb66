/* SPDX-License-Identifier: GPL-2.0-only */
/* lend/return.c: CPUs come back core by core, and nobody else starts one that is lent. */
#include "region_bench.h"

#include <asm/interrex.h>

#include "lend/lend.h"
#include "region/region.h"
#include "state/state.h"

/* ---- The shim, and what else of ours is called ---- */

static bool domains_held, deaf[8], runs_guests[8];
static unsigned int rings, finished, rejoined, resets;
static int start_error; /* of a CPU that is to come online */

/* The shim answers a request at once, unless it is deaf. */
void interrex_ring(unsigned int entry)
{
    struct irx_cpu *c = interrex_cpu_rec(entry);

    rings++;
    if ( deaf[entry] || c->request == IRX_CPU_REQ_NONE )
        return;
    if ( c->request == IRX_CPU_REQ_RELEASE_IDLE && runs_guests[entry] )
        c->error = -EBUSY;
    else
        c->state = IRX_CPU_RELEASED;
}

long cpu_up_helper(void *cpu)
{
    unsigned int nr = (unsigned long)cpu;
    int rc = interrex_cpu_may_come(nr); /* Xen's __cpu_up() */

    rc = rc ?: start_error;
    if ( !rc )
        cpumask_set_cpu(nr, &cpu_online_map);

    return rc;
}

bool interrex_any_held(void)
{
    return domains_held;
}

void interrex_holds_reset(void)
{
    resets++;
}

void interrex_cpus_offline_again(void)
{
    finished++;
}

void interrex_cpupools_rejoin(void)
{
    rejoined++;
}

void interrex_stray_raise(unsigned int entry)
{
}

void interrex_doorbell_close(void)
{
}

void interrex_ipi_by_name(bool on)
{
}

void interrex_time_thaw(void)
{
}

void interrex_cpupools_undo(void)
{
}

void interrex_affinity_undo(void)
{
}

void interrex_waits_end(void)
{
}

void interrex_first_run_export(const struct irx_domain *r)
{
}

/* ---- A host with four CPUs, of which the shim has 1 to 3 ---- */

static int return_begin(void **state)
{
    unsigned int cpu;
    int rc = region_begin(state);

    domains_held = false;
    memset(deaf, 0, sizeof(deaf));
    memset(runs_guests, 0, sizeof(runs_guests));
    rings = finished = rejoined = resets = 0;
    start_error = 0;
    interrex_anchor()->host_state = IRX_HOST_HOLDING;
    cpumask_clear(&cpu_online_map);
    cpumask_set_cpu(0, &cpu_online_map);
    for ( cpu = 1; cpu < 4; cpu++ )
        *interrex_cpu_rec(cpu) = (struct irx_cpu){
            .state = IRX_CPU_HELD,
            .apic_id = x86_cpu_to_apicid[cpu],
            .xen_cpu = cpu,
            .package_core = cpu,
        };

    return rc;
}
#define RETURN_CASE(test)                                                     \
    cmocka_unit_test_setup_teardown(test, return_begin, world_end)

static unsigned int online(void)
{
    return cpumask_weight(&cpu_online_map);
}

static void all_of_them_one_a_call(void **state)
{
    assert_int_equal(interrex_return(false), -EAGAIN);
    assert_int_equal(online(), 2);
    assert_int_equal(interrex_return(false), -EAGAIN);
    assert_int_equal(finished, 0);
    assert_int_equal(interrex_return(false), 0);
    assert_int_equal(online(), 4);
    assert_int_equal(finished, 1);
    assert_int_equal(interrex_anchor()->host_state, IRX_HOST_LOADED);
    assert_int_equal(interrex_return(false), -ENODEV);
}

static void step_by_step_while_domains_are_held(void **state)
{
    domains_held = runs_guests[1] = runs_guests[2] = runs_guests[3] = true;
    assert_int_equal(interrex_return(false), -EBUSY);
    assert_int_equal(online(), 1);
    assert_int_equal(interrex_cpu_rec(1)->error, 0);
    assert_int_equal(interrex_return(true), 0);
    assert_int_equal(interrex_return(true), 0);
    assert_int_equal(online(), 3);
    assert_int_equal(interrex_return(true),
                     -EBUSY); /* somebody has to run them */
    assert_int_equal(interrex_cpu_rec(3)->state, IRX_CPU_HELD);
    assert_int_equal(resets, 0);
    domains_held = false;
    assert_int_equal(interrex_return(true), 0);
    assert_int_equal(finished, 1);
    assert_int_equal(resets, 1);
}

/* Guests that stay, as in quarantine: whoever runs none of their vCPUs comes. */
static void idle_ones_while_domains_are_held(void **state)
{
    domains_held = runs_guests[2] = true;
    assert_int_equal(interrex_return(false), -EAGAIN);
    assert_int_equal(interrex_return(false), -EAGAIN);
    assert_int_equal(interrex_return(false), -EBUSY);
    assert_int_equal(online(), 3);
    assert_int_equal(interrex_cpu_rec(2)->state, IRX_CPU_HELD);
    assert_int_equal(finished, 0);
    domains_held = false;
    assert_int_equal(interrex_return(false), 0);
    assert_int_equal(online(), 4);
    assert_int_equal(finished, 1);
}

/* Not held, but prepared perhaps. */
static void step_by_step_keeps_who_is_in_the_table(void **state)
{
    assert_int_equal(interrex_return(true), 0);
    assert_int_equal(interrex_return(true), 0);
    assert_int_equal(resets, 0);
}

static void threads_of_a_core_come_together(void **state)
{
    interrex_cpu_rec(2)->package_core = interrex_cpu_rec(1)->package_core;
    domains_held = true;
    assert_int_equal(interrex_return(true), 0);
    assert_int_equal(online(), 3);
    assert_int_equal(interrex_cpu_rec(3)->state, IRX_CPU_HELD);
    assert_int_equal(interrex_return(true), -EBUSY);
}

static void one_that_does_not_answer(void **state)
{
    deaf[1] = true;
    assert_int_equal(interrex_return(false), -ETIMEDOUT);
    assert_int_equal(online(), 3); /* the others did */
    assert_int_equal(finished, 0);
    assert_int_equal(interrex_cpu_rec(1)->request, IRX_CPU_REQ_NONE);
    /* It was rung for again, but not all the time. */
    assert_in_range(rings, 10, world_softirqs / 2);
}

static void one_that_does_not_answer_while_domains_are_held(void **state)
{
    deaf[1] = true;
    domains_held = true;
    assert_int_equal(interrex_return(true), -ETIMEDOUT);
    assert_int_equal(online(), 1); /* the guests keep what they have */
}

static void what_one_call_lent_goes_back(void **state)
{
    cpumask_t lent = {};

    cpumask_set_cpu(2, &lent);
    interrex_return_some(&lent);
    assert_int_equal(online(), 2);
    assert_int_equal(rejoined, 1);
    assert_int_equal(finished, 0);
    cpumask_set_cpu(1, &lent);
    cpumask_set_cpu(3, &lent);
    interrex_return_some(&lent);
    assert_int_equal(online(), 4);
    assert_int_equal(finished, 1);
}

static void nobody_else_starts_one(void **state)
{
    static const struct {
        uint32_t state;
        int rc;
    } cases[] = {
        { IRX_CPU_XEN, 0 },       { IRX_CPU_LENT, -EBUSY },
        { IRX_CPU_HELD, -EBUSY }, { IRX_CPU_DRAINING, -EBUSY },
        { IRX_CPU_RELEASED, 0 },  { 77, 0 },
    };
    unsigned int i;

    for ( i = 0; i < ARRAY_SIZE(cases); i++ )
    {
        interrex_cpu_rec(2)->state = cases[i].state;
        assert_int_equal(interrex_cpu_may_come(2), cases[i].rc);
    }
    assert_int_equal(interrex_cpu_may_come(0), 0);
    /* One that never arrived: ours, by INIT. */
    interrex_cpu_rec(1)->state = IRX_CPU_LENT;
    assert_int_equal(interrex_return(false), -EAGAIN);
    assert_int_equal(online(), 2);
}

/* Slow at giving its vCPUs away: it is waited for again, and not started meanwhile. */
static void one_that_still_drains(void **state)
{
    interrex_cpu_rec(1)->state = IRX_CPU_DRAINING;
    deaf[1] = true;
    assert_int_equal(interrex_return(false), -ETIMEDOUT);
    assert_int_equal(online(), 3);
    assert_false(cpumask_test_cpu(1, &cpu_online_map));
    deaf[1] = false;
    assert_int_equal(interrex_return(false), 0);
    assert_int_equal(online(), 4);
}

/* Given up: should it come yet, it sees that. Until it is back it can be tried again. */
static void one_that_never_arrived(void **state)
{
    interrex_cpu_rec(1)->state = IRX_CPU_LENT;
    start_error = -EIO;
    assert_int_equal(interrex_return(false), -EIO);
    assert_int_equal(interrex_cpu_rec(1)->state, IRX_CPU_RELEASED);
    start_error = 0;
    while ( interrex_return(false) == -EAGAIN )
        ;
    assert_int_equal(online(), 4);
    assert_int_equal(interrex_cpu_rec(1)->state, IRX_CPU_XEN);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        RETURN_CASE(all_of_them_one_a_call),
        RETURN_CASE(step_by_step_while_domains_are_held),
        RETURN_CASE(idle_ones_while_domains_are_held),
        RETURN_CASE(step_by_step_keeps_who_is_in_the_table),
        RETURN_CASE(threads_of_a_core_come_together),
        RETURN_CASE(one_that_does_not_answer),
        RETURN_CASE(one_that_does_not_answer_while_domains_are_held),
        RETURN_CASE(what_one_call_lent_goes_back),
        RETURN_CASE(nobody_else_starts_one),
        RETURN_CASE(one_that_still_drains),
        RETURN_CASE(one_that_never_arrived),
    };

    return cmocka_run_group_tests_name("xen return", tests, NULL, NULL);
}
