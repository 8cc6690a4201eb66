/* SPDX-License-Identifier: GPL-2.0-only */
/* CPUs that come and go, and where vCPUs are then. */
#include "help_sched.h"

#include <string.h>

#include "core/lock.h"
#include "core/place.h"
#include "fake/fake.h"
#include "run/loop.h"
#include "run/mailbox.h"
#include "run/stop.h"

static void release_moves_vcpus(void **state)
{
    struct irx_domain *r = env_domain(0, 1, 2);
    struct dom *d;

    (void)state;
    env_open_cpu(1);
    env_vcpu_rec(r, 1)->cpu_hint = 1;
    d = env_run(r);
    loops(0, 1);
    loops(1, 1);
    memset(fake.fpu + 32, 0x42, sizeof(fake.fpu) - 32); /* registers of vCPU 1 */
    env_cpu(1)->rec->request = IRX_CPU_REQ_RELEASE;
    expect_assert_failure(loops(1, 1)); /* hw_stop() */
    assert_true(fake.stopped);
    assert_int_equal(env_cpu(1)->rec->state, IRX_CPU_RELEASED);
    assert_int_equal(env_cpu(1)->rec->error, 0);
    assert_int_equal(fake.timer, TSC_NEVER);
    env_on(0);
    loops(0, 60);
    assert_ptr_equal(env_vcpu(d, 1)->cpu, env_cpu(0));
    assert_true(runs(d, 1) > 10);
    assert_in_range(fake_vcpu(env_vcpu(d, 1))->flushes, fake_vcpu(env_vcpu(d, 0))->flushes - 1,
                    fake_vcpu(env_vcpu(d, 0))->flushes + 1);
    env_freeze(r);
    assert_int_equal(r->state, IRX_DOM_FROZEN);
    assert_int_equal(((struct hvm_hw_cpu *)env_vcpu_rec(r, 1)->cpu)->fpu_regs[100], 0x42);
}

static void release_while_freezing(void **state)
{
    struct irx_domain *r = env_domain(0, 1, 2);

    (void)state;
    env_open_cpu(1);
    env_vcpu_rec(r, 1)->cpu_hint = 1;
    env_run(r);
    loops(0, 1);
    loops(1, 1);
    r->state = IRX_DOM_FREEZING;
    mailbox_poll(env_on(0));
    loops(0, 1); /* CPU 0 has done its part */
    assert_int_equal(r->state, IRX_DOM_FREEZING);
    env_cpu(1)->freezing = 0; /* the other goes just before it sees the request to freeze */
    env_cpu(1)->rec->request = IRX_CPU_REQ_RELEASE;
    expect_assert_failure(loops(1, 1));
    loops(0, 1);
    assert_int_equal(r->state, IRX_DOM_FROZEN);
}

/* The vCPU arrives between the look at the inbox and the look at what freezes. */
static void moved_while_freezing(void **state)
{
    struct irx_domain *r = env_domain(0, 1, 2);

    (void)state;
    env_open_cpu(1);
    env_vcpu_rec(r, 1)->cpu_hint = 1;
    env_run(r);
    r->state = IRX_DOM_FREEZING;
    mailbox_poll(env_on(0));
    env_cpu(1)->freezing = 0;
    env_cpu(1)->rec->request = IRX_CPU_REQ_RELEASE;
    expect_assert_failure(loops(1, 1));
    mailbox_freeze_here(env_on(0));
    assert_int_equal(r->state, IRX_DOM_FROZEN);
}

static void the_last_cpu_stays(void **state)
{
    struct dom *d;

    (void)state;
    env_open_cpu(1);
    d = env_run(env_domain(0, 1, 1));
    env_cpu(1)->rec->request = IRX_CPU_REQ_RELEASE;
    expect_assert_failure(loops(1, 1));
    env_cpu(0)->rec->request = IRX_CPU_REQ_RELEASE;
    loops(0, 3);
    assert_int_equal(env_cpu(0)->rec->state, IRX_CPU_HELD);
    assert_int_equal(env_cpu(0)->rec->error, -SHIM_EBUSY);
    assert_int_equal(runs(d, 0), 3);
    env_freeze(d->rec);
    env_cpu(0)->rec->request = IRX_CPU_REQ_NONE;
    loops(0, 1);
    env_cpu(0)->rec->request = IRX_CPU_REQ_RELEASE;
    expect_assert_failure(loops(0, 1));
    assert_int_equal(env_cpu(0)->rec->state, IRX_CPU_RELEASED);
}

/* CPUs 0 and 1 are threads of one core, 2 and 3 of another. */
static void two_cores(void)
{
    env_add_cpu(2);
    env_add_cpu(3);
    env_open_cpu(1);
    for (uint32_t i = 0; i < 4; i++) {
        env_cpu(i)->rec->package_core = i / 2;
        env_cpu(i)->core = NULL;
    }
    for (uint32_t i = 0; i < 4; i++)
        place_cpu_comes(env_cpu(i));
}

static void asks_for_idle(uint32_t cpu)
{
    env_cpu(cpu)->rec->error = 0;
    env_cpu(cpu)->rec->request = IRX_CPU_REQ_RELEASE_IDLE;
}

/* Whose core has a vCPU does not go; the others do. */
static void only_idle_cores_go(void **state)
{
    struct irx_domain *r = env_domain(0, 1, 2);
    struct dom *d;
    (void)state;
    two_cores();
    env_vcpu_rec(r, 0)->cpu_hint = 0;
    env_vcpu_rec(r, 1)->cpu_hint = 0;
    d = env_run(r);
    for (uint32_t i = 0; i < 2; i++) {
        asks_for_idle(i);
        loops(i, 3);
        assert_int_equal(env_cpu(i)->rec->state, IRX_CPU_HELD);
        assert_int_equal(env_cpu(i)->rec->error, -SHIM_EBUSY);
        assert_false(env_cpu(i)->closed);
    }
    assert_int_equal(runs(d, 0) + runs(d, 1), 3);
    asks_for_idle(2);
    expect_assert_failure(loops(2, 1));
    assert_int_equal(env_cpu(2)->rec->state, IRX_CPU_RELEASED);
    /* Nobody comes to the other thread meanwhile: it goes, too. */
    assert_true(env_cpu(3)->closed);
    asks_for_idle(3);
    expect_assert_failure(loops(3, 1));
    assert_int_equal(env_cpu(3)->rec->state, IRX_CPU_RELEASED);
    asks_for_idle(1);
    loops(1, 1);
    assert_int_equal(env_cpu(1)->rec->error, -SHIM_EBUSY);
    assert_int_equal(env_cpu(0)->nr + env_cpu(1)->nr, 2);
}

/* Xen gives up on the other thread, which takes vCPUs again. */
static void a_thread_that_xen_lets_be(void **state)
{
    (void)state;
    two_cores();
    asks_for_idle(2);
    expect_assert_failure(loops(2, 1));
    assert_true(env_cpu(3)->closed);
    env_cpu(3)->handled_request = IRX_CPU_REQ_RELEASE_IDLE;
    env_cpu(3)->rec->request = IRX_CPU_REQ_NONE;
    loops(3, 1);
    assert_false(env_cpu(3)->closed);
}

/* First a core for each. */
static void cores_first(void **state)
{
    struct irx_domain *r = env_domain(0, 1, 4);
    struct dom *d;

    (void)state;
    two_cores();
    for (uint32_t i = 0; i < 4; i++)
        env_vcpu_rec(r, i)->cpu_hint = ~0u;
    d = env_run(r);
    assert_ptr_equal(env_vcpu(d, 0)->cpu, env_cpu(0));
    assert_ptr_equal(env_vcpu(d, 1)->cpu, env_cpu(2));
    assert_ptr_equal(env_vcpu(d, 2)->cpu, env_cpu(1));
    assert_ptr_equal(env_vcpu(d, 3)->cpu, env_cpu(3));
    assert_int_equal(*env_cpu(0)->core, 2);
    env_freeze(r);
    assert_int_equal(*env_cpu(0)->core + *env_cpu(2)->core, 0);
}

/* ---- CPUs that cannot go on ---- */

/* vCPUs 1 and 2 are on CPU 1, the domain is about to freeze; the one that ran has a fault. */
static void who_stops_hands_on(void **state)
{
    struct irx_domain *r = env_domain(0, 1, 3);
    struct pcpu *stops = env_cpu(1);
    struct dom *d;

    (void)state;
    env_open_cpu(1);
    env_vcpu_rec(r, 1)->cpu_hint = env_vcpu_rec(r, 2)->cpu_hint = 1;
    d = env_run(r);
    loops(0, 1);
    loops(1, 1);
    memset(fake.fpu, 0x42, sizeof(fake.fpu));
    stops->stops = true; /* as trap.c does, having parked pc->current */
    expect_assert_failure(loop_restart(env_on(1)));
    assert_int_equal(stops->rec->state, IRX_CPU_RELEASED);
    assert_int_equal(stops->rec->error, -SHIM_EFAULT);
    assert_int_equal(env_cpu(0)->nr, 3);
    r->state = IRX_DOM_FREEZING;
    mailbox_poll(env_on(0));
    loops(0, 1);
    assert_int_equal(r->state, IRX_DOM_FROZEN);
    for (uint32_t i = 0; i < 3; i++) {
        assert_int_equal(env_vcpu_rec(r, i)->state, IRX_VCPU_RUNNABLE);
        assert_int_equal(fake_vcpu(env_vcpu(d, i))->saves, 1);
    }
}

/* It just asked for the freeze, which nobody has begun with. */
static void who_stops_while_freezing(void **state)
{
    struct irx_domain *r = env_domain(0, 1, 2);

    (void)state;
    env_open_cpu(1);
    env_vcpu_rec(r, 1)->cpu_hint = 1;
    env_run(r);
    loops(0, 1);
    loops(1, 1);
    r->state = IRX_DOM_FREEZING;
    mailbox_poll(env_on(0));
    loops(0, 1); /* it has done its part */
    expect_assert_failure(cpu_stop(env_on(1)));
    loops(0, 1);
    assert_int_equal(r->state, IRX_DOM_FROZEN);
}

static void leaves(void)
{
    if (fake.idles > 5)
        hw_stop(); /* back to the test */
}

/* There is nobody to hand on to: it parks all, freezes and lets go, and takes nothing new. */
static void the_last_one_stops(void **state)
{
    struct irx_domain *r = env_domain(0, 1, 3), *late = env_domain(1, 2, 1);

    (void)state;
    env_vcpu_rec(r, 2)->state = IRX_VCPU_DOWN;
    env_run(r);
    env_prepare(late);
    env_cpu(1)->rec->state = IRX_CPU_XEN;
    loops(0, 1);
    fake.on_idle = leaves;
    expect_assert_failure(cpu_stop(env_on(0)));
    assert_int_equal(env_cpu(0)->rec->state, IRX_CPU_HELD);
    assert_int_equal(env_cpu(0)->rec->error, -SHIM_EFAULT);
    assert_int_equal(env_vcpu_rec(r, 0)->state, IRX_VCPU_PARKED);
    assert_int_equal(env_vcpu_rec(r, 1)->state, IRX_VCPU_PARKED);
    assert_int_equal(env_vcpu_rec(r, 1)->park_class, IRX_EXIT_OTHER);
    assert_int_equal(env_vcpu_rec(r, 2)->state, IRX_VCPU_DOWN);
    env_enter(late);
    assert_int_equal(late->state, IRX_DOM_FAILED);
    assert_int_equal(late->error, -SHIM_EBUSY);
    env_freeze(r);
    assert_int_equal(r->state, IRX_DOM_FROZEN);
    assert_int_equal(env_vcpu_rec(r, 0)->state, IRX_VCPU_PARKED);
    fake.on_idle = NULL;
    env_cpu(0)->rec->request = IRX_CPU_REQ_RELEASE;
    expect_assert_failure(loops(0, 1));
    assert_int_equal(env_cpu(0)->rec->state, IRX_CPU_RELEASED);
}

/* Two go at once: each thinks of the other one. */
static void two_go_at_once(void **state)
{
    struct irx_domain *r = env_domain(0, 1, 2);

    (void)state;
    env_open_cpu(1);
    env_vcpu_rec(r, 1)->cpu_hint = 1;
    env_run(r);
    place_close(env_on(0));
    assert_false(place_give_away(env_on(1)));
    assert_int_equal(env_cpu(1)->nr, 1);
    assert_false(env_cpu(1)->closed);
}

static void stops(void)
{
    hw_stop();
}

/* A CPU that stops while it waits for a lock does not keep the others from it. */
static void a_lock_outlives_who_waits(void **state)
{
    struct lock l = {0};

    (void)state;
    lock_take(&l, 0);
    assert_false(lock_try(&l, 2));
    fake.on_pause = stops;
    expect_assert_failure(lock_take(&l, 1));
    lock_drop(&l);
    assert_true(lock_try(&l, 2));
    lock_drop_if_held(&l, 1); /* not its own */
    assert_false(lock_try(&l, 0));
    lock_drop_if_held(&l, 2);
    assert_true(lock_try(&l, 0));
}

static void hints_and_balance(void **state)
{
    struct irx_domain *r = env_domain(0, 1, 4);
    struct dom *d;

    (void)state;
    env_open_cpu(1);
    env_vcpu_rec(r, 0)->cpu_hint = 1;
    env_vcpu_rec(r, 1)->cpu_hint = ~0u;
    env_vcpu_rec(r, 2)->cpu_hint = 3; /* not held */
    env_vcpu_rec(r, 3)->cpu_hint = ~0u;
    d = env_run(r);
    assert_ptr_equal(env_vcpu(d, 0)->cpu, env_cpu(1));
    assert_int_equal(env_cpu(0)->nr, 2);
    assert_int_equal(env_cpu(1)->nr, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        LOOP_CASE(only_idle_cores_go),
        LOOP_CASE(release_moves_vcpus),
        LOOP_CASE(release_while_freezing),
        LOOP_CASE(moved_while_freezing),
        LOOP_CASE(the_last_cpu_stays),
        LOOP_CASE(hints_and_balance),
        LOOP_CASE(who_stops_hands_on),
        LOOP_CASE(cores_first),
        LOOP_CASE(who_stops_while_freezing),
        LOOP_CASE(the_last_one_stops),
        LOOP_CASE(two_go_at_once),
        LOOP_CASE(a_lock_outlives_who_waits),
        LOOP_CASE(a_thread_that_xen_lets_be),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
