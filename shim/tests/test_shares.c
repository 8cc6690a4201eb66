/* SPDX-License-Identifier: GPL-2.0-only */
/* What share of CPU time each vCPU gets over seconds, and how long it waits for its turn. */
#include "help_load.h"

#include "fake/fake.h"
#include "run/mailbox.h"

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

/* Of two CPUs, for two vCPUs together. */
static void a_cap_of_many(void **state)
{
    struct dom *a, *b;

    (void)state;
    env_teardown(state);
    load_setup(2);
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

    env_teardown(NULL);
    load_setup(cpus);
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
    env_teardown(state);
    load_setup(2);
    a = load_domain(0, 3, 256, 0);
    b = load_domain(1, 1, 512, 0);
    load_run(200 * MS);
    load_begin();
    load_run(2000 * MS);
    assert_share(load_share(b, 0), 800);
    for (uint32_t i = 0; i < 3; i++)
        assert_share(load_share(a, i), 400);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        LOAD_CASE(weights),
        LOAD_CASE(weights_of_many),
        LOAD_CASE(a_cap),
        LOAD_CASE(a_cap_of_many),
        LOAD_CASE(a_cap_that_is_not_reached),
        LOAD_CASE(who_wakes_often_gets_no_more),
        LOAD_CASE(who_sleeps_gets_in),
        LOAD_CASE(twice_as_many),
        LOAD_CASE(no_even_number),
        LOAD_CASE(sixty_four),
        LOAD_CASE(weights_on_two_cpus),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
