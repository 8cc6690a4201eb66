/* SPDX-License-Identifier: GPL-2.0-only */
/* What share of CPU time each vCPU gets over seconds, and how long it waits for its turn. */
#include "help_load.h"

#include <string.h>

#include "fake/fake.h"
#include "run/mailbox.h"

static void with_cpus(void **state, uint32_t cpus)
{
    env_teardown(state);
    load_setup(cpus);
}

static void weights(void **state)
{
    struct dom *a = load_domain(0, 1, 256, 0), *b = load_domain(1, 1, 512, 0);

    (void)state;
    load_run(100 * MS);
    load_begin();
    load_run(2000 * MS);
    assert_share(load_share(a, 0), 333);
    assert_share(load_share(b, 0), 667);
    assert_in_range(load_wait_us(a, 0), 500, 8000);
    assert_in_range(load_wait_us(b, 0), 200, 4000);
}

/* As in credit2 each vCPU has its domain's weight. */
static void weights_of_many(void **state)
{
    struct dom *a = load_domain(0, 4, 0, 0), *b = load_domain(1, 1, 1024, 0);

    (void)state;
    load_run(100 * MS);
    load_begin();
    load_run(2000 * MS);
    for (uint32_t i = 0; i < 4; i++)
        assert_share(load_share(a, i), 125);
    assert_share(load_share(b, 0), 500);
}

static void a_cap(void **state)
{
    struct dom *a = load_domain(0, 1, 256, 50);

    (void)state;
    load_begin();
    for (unsigned int i = 0; i < 10; i++) { /* of every 100 ms */
        load_begin();
        load_run(100 * MS);
        assert_share(load_share(a, 0), 500);
    }
    assert_in_range(load_wait_us(a, 0), 0, 200); /* it waits for its cap, and not for a CPU */
}

/* Offline to its guest, as in Xen, but not when it leaves. */
static void what_a_cap_looks_like(void **state)
{
    struct dom *a = load_domain(0, 1, 256, 50);
    const struct irx_vcpu *r = a->vcpus[0].rec;
    uint64_t before[4];

    (void)state;
    load_run(100 * MS);
    memcpy(before, r->runstate_time, sizeof(before));
    load_run(1000 * MS);
    assert_share((r->runstate_time[RUNSTATE_running] - before[RUNSTATE_running]) / MS, 500);
    assert_share((r->runstate_time[RUNSTATE_offline] - before[RUNSTATE_offline]) / MS, 500);
    while (!a->vcpus[0].capped)
        load_run(MS);
    assert_int_equal(r->runstate, RUNSTATE_offline);
    env_freeze(a->rec);
    assert_int_equal(r->state, IRX_VCPU_RUNNABLE);
    assert_int_equal(r->runstate, RUNSTATE_runnable);
}

/* Of two CPUs, for two vCPUs together. */
static void a_cap_of_many(void **state)
{
    struct dom *a, *b;

    (void)state;
    with_cpus(state, 2);
    a = load_domain(0, 2, 256, 60), b = load_domain(1, 2, 256, 0);
    load_run(100 * MS);
    load_begin();
    load_run(1000 * MS);
    assert_share(load_share_of(a), 600);
    assert_share(load_share_of(b), 1400);
}

static void a_cap_that_is_not_reached(void **state)
{
    struct dom *a = load_domain(0, 1, 256, 60), *b = load_domain(1, 1, 256, 0);

    (void)state;
    load_begin();
    load_run(1000 * MS);
    assert_share(load_share(a, 0), 500);
    assert_share(load_share(b, 0), 500);
}

/* It runs 1.4 ms and sleeps 20 us. */
static void who_wakes_often_gets_no_more(void **state)
{
    struct dom *a = load_domain(0, 1, 256, 0), *b = load_domain(1, 1, 256, 0);

    (void)state;
    load_sleeper(b, 0, 1400 * US, 20 * US);
    load_run(100 * MS);
    load_begin();
    load_run(2000 * MS);
    assert_share(load_share(a, 0), 500);
    assert_share(load_share(b, 0), 500);
}

static void who_sleeps_gets_in(void **state)
{
    struct dom *a = load_domain(0, 2, 256, 0), *b = load_domain(1, 1, 256, 0);

    (void)state;
    load_sleeper(b, 0, 100 * US, 3000 * US);
    load_run(100 * MS);
    load_begin();
    load_run(2000 * MS);
    assert_in_range(load_wait_us(b, 0), 1, 240); /* and a step of the fake machine */
    assert_share(load_share(a, 0), load_share(a, 1));
    assert_in_range(load_share_of(a), 960, 975);
}

/* Equal vCPUs, more of them than CPUs. */
static void overcommitted(uint32_t cpus, uint32_t vcpus, uint64_t wait_us)
{
    uint64_t right = 1000 * cpus / vcpus;
    struct dom *d;

    with_cpus(NULL, cpus);
    d = load_domain(0, vcpus, 256, 0);
    load_run(200 * MS);
    load_begin();
    load_run(2000 * MS);
    for (uint32_t i = 0; i < vcpus; i++) {
        assert_share(load_share(d, i), right);
        assert_in_range(load_wait_us(d, i), 0, wait_us);
    }
    assert_share(load_share_of(d), 1000 * cpus);
}

static void twice_as_many(void **state)
{
    (void)state;
    overcommitted(1, 2, 4000);
    overcommitted(2, 4, 8000);
    overcommitted(3, 6, 8000);
}

/* No placement is fair: they go from CPU to CPU. */
static void no_even_number(void **state)
{
    (void)state;
    overcommitted(2, 3, 8000);
    overcommitted(3, 4, 10000);
    overcommitted(3, 7, 10000);
}

static void sixty_four(void **state)
{
    (void)state;
    overcommitted(1, 64, 120000);
    overcommitted(3, 64, 80000);
}

static void weights_on_two_cpus(void **state)
{
    struct dom *a, *b;

    (void)state;
    with_cpus(state, 2);
    a = load_domain(0, 3, 256, 0);
    b = load_domain(1, 1, 512, 0);
    load_run(200 * MS);
    load_begin();
    load_run(2000 * MS);
    assert_share(load_share(b, 0), 800);
    for (uint32_t i = 0; i < 3; i++)
        assert_share(load_share(a, i), 400);
}

/* ---- where they run ---- */

/* A CPU is given back: its vCPUs go to the others, and all have their share again. */
static void a_cpu_goes(void **state)
{
    struct dom *d;

    with_cpus(state, 3);
    d = load_domain(0, 6, 256, 0);
    load_run(200 * MS);
    env_cpu(2)->rec->request = IRX_CPU_REQ_RELEASE;
    expect_assert_failure(load_run(MS)); /* hw_stop() */
    assert_int_equal(env_cpu(2)->rec->state, IRX_CPU_RELEASED);
    assert_int_equal(env_cpu(0)->nr + env_cpu(1)->nr, 6);
    load_run(100 * MS);
    load_begin();
    load_run(1000 * MS);
    for (uint32_t i = 0; i < 6; i++)
        assert_share(load_share(d, i), 333);
    assert_in_range(env_cpu(0)->nr, 2, 4);
}

/* And one more is held: it takes from the others, at once. */
static void a_cpu_comes(void **state)
{
    struct dom *d;

    with_cpus(state, 1);
    d = load_domain(0, 4, 256, 0);
    load_run(100 * MS);
    env_open_cpu(1);
    load_run(20 * MS);
    load_begin();
    load_run(1000 * MS);
    for (uint32_t i = 0; i < 4; i++)
        assert_share(load_share(d, i), 500);
    assert_int_equal(env_cpu(0)->nr, 2);
}

/* Where there is a CPU for each nobody goes anywhere. */
static void nobody_moves_for_nothing(void **state)
{
    struct dom *d;

    with_cpus(state, 3);
    d = load_domain(0, 3, 256, 0);
    load_sleeper(d, 1, 300 * US, 700 * US);
    load_run(1000 * MS);
    assert_int_equal(env_cpu(0)->moves + env_cpu(1)->moves + env_cpu(2)->moves, 0);
    assert_int_equal(
        env_cpu(0)->rec->switches + env_cpu(1)->rec->switches + env_cpu(2)->rec->switches, 3);
}

/* However unfair that is: as in A, none of them runs anywhere else. */
static void bound_to_their_cpus(void **state)
{
    struct dom *bound, *free;

    with_cpus(state, 3);
    bound = load_bound(0, 4, BIT(1));
    free = load_domain(1, 2, 256, 0);
    load_run(100 * MS);
    load_begin();
    for (unsigned int i = 0; i < 100; i++) {
        load_run(10 * MS);
        for (uint32_t n = 0; n < 4; n++)
            assert_ptr_equal(bound->vcpus[n].cpu, env_cpu(1));
    }
    for (uint32_t i = 0; i < 4; i++)
        assert_share(load_share(bound, i), 250);
    assert_share(load_share(free, 0), 1000);
    assert_share(load_share(free, 1), 1000);
}

/* Their own CPU comes later, or goes: meanwhile they run elsewhere, as in a Xen. */
static void bound_to_a_cpu_that_is_away(void **state)
{
    struct dom *bound, *alone;

    with_cpus(state, 1);
    bound = load_bound(0, 1, BIT(1));
    alone = load_domain(1, 1, 256, 0);
    load_run(50 * MS);
    assert_share(load_share(bound, 0), load_share(alone, 0));
    env_open_cpu(1);
    load_run(5 * MS);
    assert_ptr_equal(bound->vcpus[0].cpu, env_cpu(1));
    load_begin();
    load_run(100 * MS);
    assert_share(load_share(bound, 0), 1000);
    assert_share(load_share(alone, 0), 1000);
    env_cpu(1)->rec->request = IRX_CPU_REQ_RELEASE;
    expect_assert_failure(load_run(MS));
    load_run(50 * MS);
    assert_ptr_equal(bound->vcpus[0].cpu, env_cpu(0));
}

/* It has the wrong CPU for itself, and goes all the same. */
static void astray_and_alone(void **state)
{
    struct dom *bound;

    with_cpus(state, 1);
    bound = load_bound(0, 1, BIT(1));
    load_run(50 * MS);
    env_open_cpu(1);
    load_run(5 * MS);
    assert_ptr_equal(bound->vcpus[0].cpu, env_cpu(1));
}

/* Two that compete on one CPU are none of the business of those on another. */
static void apart(void **state)
{
    struct dom *many, *a, *b;

    with_cpus(state, 2);
    many = load_bound(0, 8, BIT(1));
    a = load_bound(1, 1, BIT(0));
    b = load_bound(2, 1, BIT(0));
    load_sleeper(b, 0, 1400 * US, 20 * US);
    load_run(200 * MS);
    load_begin();
    load_run(2000 * MS);
    for (uint32_t i = 0; i < 8; i++)
        assert_share(load_share(many, i), 125);
    assert_share(load_share(a, 0), 500);
    assert_share(load_share(b, 0), 500);
    assert_in_range(load_wait_us(a, 0), 0, 4000);
}

/* An A of version 1.0 says nothing: what lies behind its entries is not looked at. */
static void not_told(void **state)
{
    struct dom *a, *b;

    (void)state;
    shim.anchor->version = IRX_VERSION(1, 0);
    a = load_domain(0, 1, 512, 50);
    b = load_bound(1, 1, BIT(1));
    assert_ptr_equal(b->vcpus[0].cpu, env_cpu(0));
    load_begin();
    load_run(500 * MS);
    assert_share(load_share(a, 0), 500);
    assert_share(load_share(b, 0), 500);
}

/* ---- how long they wait ---- */

/* From when it may run here, whether its turn comes or the domain freezes. */
static void waiting_at_the_edges(void **state)
{
    struct dom *a = load_domain(0, 1, 256, 0), *b;
    struct irx_vcpu *r;

    (void)state;
    load_run(MS);
    b = load_domain(1, 1, 256, 0);
    r = b->vcpus[0].rec;
    assert_true(r->first_tsc == 0);
    fake.tsc += 3000 * US; /* the CPU does something else */
    env_freeze(b->rec);
    assert_int_equal(b->rec->state, IRX_DOM_FROZEN);
    assert_in_range(r->max_wait_tsc, 3000 * US, 3001 * US);
    (void)a;
}

static void a_sleeper_does_not_wait(void **state)
{
    struct dom *d = load_domain(0, 1, 256, 0);

    (void)state;
    load_sleeper(d, 0, 100 * US, 50 * MS);
    load_run(500 * MS);
    assert_in_range(load_wait_us(d, 0), 0, 30);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        LOAD_CASE(weights),
        LOAD_CASE(weights_of_many),
        LOAD_CASE(a_cap),
        LOAD_CASE(what_a_cap_looks_like),
        LOAD_CASE(a_cap_of_many),
        LOAD_CASE(a_cap_that_is_not_reached),
        LOAD_CASE(who_wakes_often_gets_no_more),
        LOAD_CASE(who_sleeps_gets_in),
        LOAD_CASE(twice_as_many),
        LOAD_CASE(no_even_number),
        LOAD_CASE(sixty_four),
        LOAD_CASE(weights_on_two_cpus),
        LOAD_CASE(a_cpu_goes),
        LOAD_CASE(a_cpu_comes),
        LOAD_CASE(nobody_moves_for_nothing),
        LOAD_CASE(bound_to_their_cpus),
        LOAD_CASE(bound_to_a_cpu_that_is_away),
        LOAD_CASE(astray_and_alone),
        LOAD_CASE(apart),
        LOAD_CASE(not_told),
        LOAD_CASE(waiting_at_the_edges),
        LOAD_CASE(a_sleeper_does_not_wait),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
