/* SPDX-License-Identifier: GPL-2.0-only */
/* CPUs that come and go, and where vCPUs are then. */
#include "help_sched.h"

#include <string.h>

#include "fake/fake.h"
#include "run/mailbox.h"

static void release_moves_vcpus(void **state)
{
    struct irx_domain *r = env_domain(0, 1, 2);
    struct dom *d;

    (void)state;
    env_vcpu_rec(r, 1)->cpu_hint = 1;
    d = env_run(r);
    loops(0, 1);
    loops(1, 1);
    memset(fake.fpu, 0x42, sizeof(fake.fpu)); /* registers of vCPU 1 */
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
    assert_int_equal(fake_vcpu(env_vcpu(d, 1))->flushes, fake_vcpu(env_vcpu(d, 0))->flushes);
    env_freeze(r);
    assert_int_equal(r->state, IRX_DOM_FROZEN);
    assert_int_equal(((struct hvm_hw_cpu *)env_vcpu_rec(r, 1)->cpu)->fpu_regs[100], 0x42);
}

static void release_while_freezing(void **state)
{
    struct irx_domain *r = env_domain(0, 1, 2);

    (void)state;
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
    struct dom *d = env_run(env_domain(0, 1, 1));

    (void)state;
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

/* One that runs a vCPU does not go; the others do. */
static void only_idle_cpus_go(void **state)
{
    struct dom *d = env_run(env_domain(0, 1, 1));

    (void)state;
    env_cpu(0)->rec->request = IRX_CPU_REQ_RELEASE_IDLE;
    loops(0, 3);
    assert_int_equal(env_cpu(0)->rec->state, IRX_CPU_HELD);
    assert_int_equal(env_cpu(0)->rec->error, -SHIM_EBUSY);
    assert_ptr_equal(env_vcpu(d, 0)->cpu, env_cpu(0));
    assert_int_equal(runs(d, 0), 3);
    env_cpu(1)->rec->request = IRX_CPU_REQ_RELEASE_IDLE;
    expect_assert_failure(loops(1, 1));
    assert_int_equal(env_cpu(1)->rec->state, IRX_CPU_RELEASED);
}

static void hints_and_balance(void **state)
{
    struct irx_domain *r = env_domain(0, 1, 4);
    struct dom *d;

    (void)state;
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
        LOOP_CASE(release_moves_vcpus),  LOOP_CASE(release_while_freezing),
        LOOP_CASE(moved_while_freezing), LOOP_CASE(the_last_cpu_stays),
        LOOP_CASE(only_idle_cpus_go),    LOOP_CASE(hints_and_balance),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
