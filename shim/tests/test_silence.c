/* SPDX-License-Identifier: GPL-2.0-only */
/* Silence of the next Xen: noticed once, by one CPU, and an NMI goes to nobody but the CPU that boots. */
#include "help_guest.h"

#include "run/loop.h"
#include "run/silence.h"

#define BOOTS 77u /* env.c: the boot CPU's APIC id */
#define LIMIT 500000000u

static struct irx_watch *booting(void)
{
    struct irx_watch *w = &shim.anchor->watch;

    *w = (struct irx_watch){.deadline = fake.tsc + LIMIT, .limit = LIMIT, .answers = 1};
    return w;
}

static void one_that_gets_on_is_left_alone(void **state)
{
    struct irx_watch *w = booting();

    (void)state;
    for (unsigned int i = 0; i < 10; i++) {
        fake.tsc = w->deadline - 1;
        silence_look(env_cpu(0), fake.tsc);
        w->deadline += LIMIT;
    }
    assert_int_equal(fake.nmis, 0);
    assert_int_equal(w->noticed, 0);
}

static void nobody_looks_without_a_deadline(void **state)
{
    struct irx_watch *w = booting();

    (void)state;
    w->deadline = 0;
    silence_look(env_cpu(0), ~0ull);
    assert_int_equal(fake.nmis, 0);
}

static void the_first_that_looks_sends_it(void **state)
{
    struct irx_watch *w = booting();

    (void)state;
    fake.tsc = w->deadline;
    silence_look(env_on(1), fake.tsc);
    silence_look(env_on(0), fake.tsc);
    silence_look(env_on(1), fake.tsc + LIMIT);
    assert_int_equal(fake.nmis, 1);
    assert_int_equal(fake.nmi_to, BOOTS);
    assert_int_equal(w->noticed, 2);
}

/* The fallback's boot is looked after as the target's was. */
static void the_next_deadline_counts_anew(void **state)
{
    struct irx_watch *w = booting();

    (void)state;
    silence_look(env_cpu(0), w->deadline);
    w = booting();
    silence_look(env_cpu(0), w->deadline - 1);
    assert_int_equal(fake.nmis, 1);
    silence_look(env_cpu(0), w->deadline);
    assert_int_equal(fake.nmis, 2);
}

static void one_that_takes_no_nmi_gets_none(void **state)
{
    struct irx_watch *w = booting();

    (void)state;
    w->answers = 0;
    silence_look(env_cpu(0), w->deadline);
    assert_int_equal(fake.nmis, 0);
    assert_int_equal(w->noticed, 1);
}

static void a_held_cpu_gets_none(void **state)
{
    struct irx_watch *w = booting();

    (void)state;
    shim.anchor->xen_apic_id = env_cpu(1)->apic_id;
    silence_look(env_cpu(0), w->deadline);
    assert_int_equal(fake.nmis, 0);
}

static void an_older_region_has_no_such_field(void **state)
{
    struct irx_watch *w = booting();

    (void)state;
    shim.anchor->version = IRX_VERSION(1, 0);
    silence_look(env_cpu(0), w->deadline);
    assert_int_equal(fake.nmis, 0);
}

/* A CPU that has nothing to do looks, too, and as often. */
static void an_idle_cpu_looks(void **state)
{
    struct irx_watch *w = booting();
    struct pcpu *pc = env_on(1);

    (void)state;
    while (!fake.nmis && fake.tsc < w->deadline + LIMIT) {
        loop_once(pc);
        assert_true(fake.timer != TSC_NEVER);
        fake.tsc = MAX(fake.timer, fake.tsc + 1);
    }
    assert_int_equal(fake.nmis, 1);
    assert_in_range(fake.tsc, w->deadline, w->deadline + LIMIT / 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ENV_CASE(one_that_gets_on_is_left_alone),    ENV_CASE(nobody_looks_without_a_deadline),
        ENV_CASE(the_first_that_looks_sends_it),     ENV_CASE(the_next_deadline_counts_anew),
        ENV_CASE(one_that_takes_no_nmi_gets_none),   ENV_CASE(a_held_cpu_gets_none),
        ENV_CASE(an_older_region_has_no_such_field), ENV_CASE(an_idle_cpu_looks),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
