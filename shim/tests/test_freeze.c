/* SPDX-License-Identifier: GPL-2.0-only */
/* Freezing: all CPUs stop it, nobody misses a wake-up, and the FPU is in its records. */
#include "help_sched.h"

#include <string.h>

#include "core/sched.h"
#include "fake/fake.h"
#include "guest/evtchn.h"
#include "run/mailbox.h"

static void freeze_on_two_cpus(void **state)
{
    struct irx_domain *r = env_domain(0, 1, 2);
    struct dom *d;

    (void)state;
    env_open_cpu(1);
    env_vcpu_rec(r, 1)->cpu_hint = 1;
    d = env_run(r);
    loops(0, 2);
    loops(1, 2);
    fake_clear_ipis();
    r->state = IRX_DOM_FREEZING;
    env_cpu(0)->doorbell = 1;
    loops(0, 1);
    assert_int_equal(r->state, IRX_DOM_FREEZING); /* the other CPU has not stopped yet */
    assert_int_equal(fake_count_ipis(11, IRX_SHIM_KICK_VECTOR), 1);
    assert_int_equal(runs(d, 0), 2);
    loops(1, 1);
    assert_int_equal(r->state, IRX_DOM_FROZEN);
    assert_int_equal(runs(d, 1), 2);
    assert_int_equal(fake_vcpu(env_vcpu(d, 0))->saves, 1);
    assert_int_equal(fake_vcpu(env_vcpu(d, 1))->saves, 1);
    assert_true(r->freeze_tsc >= env_vcpu_rec(r, 1)->last_tsc);
    assert_int_equal(env_vcpu_rec(r, 0)->state, IRX_VCPU_RUNNABLE);
    assert_null(env_cpu(0)->list);
    assert_null(env_cpu(1)->list);
    assert_int_equal(env_cpu(0)->nr + env_cpu(1)->nr, 0);
    loops(0, 3);
    assert_int_equal(runs(d, 0), 2);
}

/* Its hypercall was served: it waits for port 11. */
static struct vm_exit polls(struct pcpu *pc, struct vcpu *v)
{
    struct vm_exit e = spins(pc, v);

    v->rec->poll_port = 11;
    v->d->poll_mask[0] |= BIT(v->id);
    sched_block(v);
    return e;
}

static void mask_all(uint32_t entry)
{
    shared_info_t *shared = env_page(entry, GFN_SHARED);

    shared->evtchn_mask[0] = ~0ull;
}

/*
 * The polled port, which is masked as it is for a lock, is raised, and the domain freezes before
 * the poller was woken.
 */
static void freeze_wakes_the_kicked(void **state)
{
    struct irx_domain *r = env_domain(0, 1, 2);
    struct dom *d;

    (void)state;
    fake_guest = polls;
    d = env_run(r);
    mask_all(0);
    loops(0, 4);
    assert_int_equal(env_vcpu_rec(r, 0)->state, IRX_VCPU_BLOCKED);
    assert_int_equal(env_vcpu_rec(r, 1)->state, IRX_VCPU_BLOCKED);
    env_vcpu_rec(r, 1)->poll_port = 13; /* waits for another one */
    evtchn_raise(env_on(1), d, 11);
    env_freeze(r);
    assert_int_equal(r->state, IRX_DOM_FROZEN);
    assert_int_equal(env_vcpu_rec(r, 0)->state, IRX_VCPU_RUNNABLE);
    assert_int_equal(env_vcpu_rec(r, 0)->poll_port, 0);
    assert_int_equal(env_vcpu_rec(r, 0)->runstate, RUNSTATE_runnable);
    assert_int_equal(env_vcpu_rec(r, 1)->state, IRX_VCPU_BLOCKED);
    assert_int_equal(env_vcpu_rec(r, 1)->poll_port, 13);
}

/* The same with a doorbell that is answered once all vCPUs have stopped. */
static void freeze_wakes_the_rung(void **state)
{
    struct irx_domain *r = env_domain(0, 1, 1);
    struct dom *d;

    (void)state;
    fake_guest = polls;
    d = env_run(r);
    mask_all(0);
    loops(0, 2);
    r->state = IRX_DOM_FREEZING;
    mailbox_poll(env_on(0));
    d->to_guest[0] |= BIT(11);
    r->to_guest_summary |= 1;
    mailbox_freeze_here(env_on(0));
    assert_int_equal(r->state, IRX_DOM_FROZEN);
    assert_int_equal(d->to_guest[0], 0);
    assert_int_equal(env_vcpu_rec(r, 0)->state, IRX_VCPU_RUNNABLE);
    assert_int_equal(env_vcpu_rec(r, 0)->poll_port, 0);
}

/* vCPU 0 is down and saved already; its neighbour brings it up, which is answered with 0. */
static void freeze_and_who_was_brought_up(void **state)
{
    struct irx_domain *r = env_domain(0, 1, 2);
    struct dom *d;

    (void)state;
    env_open_cpu(1);
    env_vcpu_rec(r, 0)->state = IRX_VCPU_DOWN;
    env_vcpu_rec(r, 1)->cpu_hint = 1;
    d = env_run(r);
    loops(1, 1);
    r->state = IRX_DOM_FREEZING;
    mailbox_poll(env_on(0));
    mailbox_freeze_here(env_on(0));
    sched_bring_up(env_on(1), env_vcpu(d, 0));
    mailbox_freeze_here(env_on(1));
    assert_int_equal(r->state, IRX_DOM_FROZEN);
    assert_int_equal(env_vcpu_rec(r, 0)->state, IRX_VCPU_RUNNABLE);
    assert_int_equal(env_vcpu_rec(r, 0)->runstate, RUNSTATE_runnable);
}

/* Only CPUs that have vCPUs of the domain are interrupted for it. */
static void freeze_pokes_who_has_some(void **state)
{
    struct irx_domain *r = env_domain(0, 1, 2);

    (void)state;
    env_add_cpu(2);
    env_open_cpu(1);
    env_vcpu_rec(r, 0)->cpu_hint = 1;
    env_vcpu_rec(r, 1)->cpu_hint = 1;
    env_run(r);
    loops(1, 1);
    fake_clear_ipis();
    r->state = IRX_DOM_FREEZING;
    mailbox_poll(env_on(0));
    assert_int_equal(fake.nr_ipis, 1);
    assert_int_equal(fake_count_ipis(11, IRX_SHIM_KICK_VECTOR), 1);
    assert_int_equal(env_cpu(2)->freezing, 0);
    mailbox_freeze_here(env_on(1));
    assert_int_equal(r->state, IRX_DOM_FROZEN);
}

static void freeze_leaves_others_alone(void **state)
{
    struct dom *a = env_run(env_domain(0, 1, 1)), *b = env_run(env_domain(1, 2, 1));

    (void)state;
    loops(0, 20);
    env_freeze(a->rec);
    assert_int_equal(a->rec->state, IRX_DOM_FROZEN);
    loops(0, 20);
    assert_int_equal(runs(a, 0) + runs(b, 0), 40);
    assert_true(runs(b, 0) >= 25);
    assert_int_equal(b->rec->state, IRX_DOM_RUNNING);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        LOOP_CASE(freeze_on_two_cpus),        LOOP_CASE(freeze_wakes_the_kicked),
        LOOP_CASE(freeze_wakes_the_rung),     LOOP_CASE(freeze_and_who_was_brought_up),
        LOOP_CASE(freeze_pokes_who_has_some), LOOP_CASE(freeze_leaves_others_alone),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
