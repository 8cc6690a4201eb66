/* SPDX-License-Identifier: GPL-2.0-only */
/* state/waits.c and its hook: the longest wait of a vCPU for a CPU. */
#include "world.h"

#include <asm/interrex.h>

#include "state/state.h"

static struct domain *d;
static struct irx_vcpu r;

static int waits_begin(void **state)
{
    int rc = world_begin(state);

    d = world_domain(1, 2);
    r = (struct irx_vcpu){};

    return rc;
}
#define WAITS_CASE(test)                                                      \
    cmocka_unit_test_setup_teardown(test, waits_begin, world_end)

/* v was in this state for so long: Xen's vcpu_runstate_change(). */
static void was(struct vcpu *v, int state, s_time_t time)
{
    v->runstate.state = state;
    interrex_vcpu_waited(v, time);
    v->runstate.state = RUNSTATE_running;
}

static uint64_t told(const struct vcpu *v)
{
    interrex_wait_export(v, &r);

    return r.xen_wait_ns;
}

static void the_longest_counts(void **state)
{
    interrex_waits_begin();
    was(d->vcpu[0], RUNSTATE_runnable, 30);
    was(d->vcpu[0], RUNSTATE_runnable, 50);
    was(d->vcpu[0], RUNSTATE_runnable, 40);
    was(d->vcpu[0], RUNSTATE_runnable, -60);
    was(d->vcpu[0], RUNSTATE_blocked, 1000);
    was(d->vcpu[0], RUNSTATE_running, 1000);
    was(d->vcpu[0], RUNSTATE_offline, 1000);
    assert_int_equal(told(d->vcpu[0]), 50);
    assert_int_equal(told(d->vcpu[1]), 0);
}

static void only_while_cpus_are_lent(void **state)
{
    was(d->vcpu[0], RUNSTATE_runnable, 99);
    interrex_waits_begin();
    was(d->vcpu[0], RUNSTATE_runnable, 30);
    interrex_waits_end();
    was(d->vcpu[0], RUNSTATE_runnable, 99);
    assert_int_equal(told(d->vcpu[0]), 30);
    interrex_waits_begin();
    assert_int_equal(told(d->vcpu[0]), 0);
}

static void one_that_waits_still(void **state)
{
    struct vcpu *v = d->vcpu[0];

    interrex_waits_begin();
    v->runstate.state = RUNSTATE_runnable;
    v->runstate.state_entry_time = NOW();
    NOW();
    NOW();
    assert_int_equal(told(v), MILLISECS(3));
    v->runstate.state = RUNSTATE_blocked;
    assert_int_equal(told(v), 0);
}

static void the_next_xen_goes_on_with_it(void **state)
{
    r.xen_wait_ns = 70;
    interrex_wait_import(d->vcpu[0], &r);
    interrex_waits_go_on();
    was(d->vcpu[0], RUNSTATE_runnable, 60);
    assert_int_equal(told(d->vcpu[0]), 70);
    was(d->vcpu[0], RUNSTATE_runnable, 80);
    assert_int_equal(told(d->vcpu[0]), 80);
    r.xen_wait_ns = 10;
    interrex_wait_import(d->vcpu[0], &r);
    assert_int_equal(told(d->vcpu[0]), 80);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        WAITS_CASE(the_longest_counts),
        WAITS_CASE(only_while_cpus_are_lent),
        WAITS_CASE(one_that_waits_still),
        WAITS_CASE(the_next_xen_goes_on_with_it),
    };

    return cmocka_run_group_tests_name("xen waits", tests, NULL, NULL);
}
