/* SPDX-License-Identifier: GPL-2.0-only */
/* Timers over turns and blocks of a vCPU, and the domain's watchdogs. */
#include "env.h"

#include <string.h>

#include "core/sched.h"
#include "fake/fake.h"
#include "guest/handlers.h"
#include "guest/timer.h"
#include "guest/watchdog.h"
#include "run/loop.h"

#define US     1000u /* TSC ticks, and ns */
#define MS     (1000u * US)
#define SECOND (1000ull * MS)

static struct vm_exit run_100us(struct pcpu *pc, struct vcpu *v)
{
    (void)pc;
    (void)v;
    fake.tsc += 100 * US;
    return (struct vm_exit){.class = IRX_EXIT_INTR};
}

static int setup(void **state)
{
    fake_guest = run_100us;
    return env_setup(state);
}

static void loops(unsigned int n)
{
    while (n--)
        loop_once(env_on(0));
}

/* ---- the periodic timer ---- */

static struct irx_domain *ticking(uint32_t vcpus)
{
    struct irx_domain *r = env_domain(0, 1, vcpus);

    env_vcpu_rec(r, 0)->periodic_period = 10 * MS;
    env_vcpu_rec(r, 0)->periodic_last = fake.tsc;
    return r;
}

static void ticks_while_it_runs(void **state)
{
    struct dom *d = env_run(ticking(1));

    (void)state;
    loops(1005); /* 100 ms, and a little for the shim itself */
    assert_in_range(env_vcpu(d, 0)->rec->timers_fired, 9, 10);
}

/* What passed in Xen, or between two Xens, is one tick. */
static void no_burst_at_enter(void **state)
{
    struct irx_domain *r = ticking(1);
    struct irx_vcpu *rv = env_vcpu_rec(r, 0);

    (void)state;
    fake.tsc += 5 * SECOND;
    env_run(r);
    assert_int_equal(rv->timers_fired, 0);
    loops(1);
    assert_int_equal(rv->timers_fired, 1);
    assert_in_range(rv->periodic_last, fake.tsc - 200 * US, fake.tsc);
    loops(90);
    assert_int_equal(rv->timers_fired, 1);
    loops(20);
    assert_int_equal(rv->timers_fired, 2);
}

/* Xen does not wake a vCPU for it; when it wakes for something else, one is due. */
static void not_while_it_sleeps(void **state)
{
    struct dom *d = env_run(ticking(1));
    struct vcpu *v = env_vcpu(d, 0);

    (void)state;
    loops(1);
    sched_block(v);
    for (unsigned int i = 0; i < 100; i++) {
        fake.tsc += MS;
        loops(1);
    }
    assert_int_equal(v->rec->timers_fired, 0);
    assert_int_equal(v->rec->state, IRX_VCPU_BLOCKED);
    assert_true(fake.timer > fake.tsc); /* and does not keep the CPU awake */
    sched_kick(env_cpu(0), v);
    loops(2);
    assert_int_equal(v->rec->timers_fired, 1);
}

/* A vCPU that waits for its turn gets its tick with the turn. */
static void with_its_turn(void **state)
{
    struct dom *d = env_run(ticking(3));
    const struct irx_vcpu *rv = env_vcpu(d, 0)->rec;

    (void)state;
    loops(3000); /* 300 ms */
    assert_in_range(rv->timers_fired, 20, 30);
}

static void poll_and_singleshot_wake(void **state)
{
    struct irx_domain *r = env_domain(0, 1, 2);
    struct irx_vcpu *poll = env_vcpu_rec(r, 0), *shot = env_vcpu_rec(r, 1);

    (void)state;
    poll->state = shot->state = IRX_VCPU_BLOCKED;
    poll->poll_port = -1;
    poll->flags |= IRX_VCPUF_POLL_DEADLINE;
    poll->poll_deadline = fake.tsc + 2 * MS;
    shot->flags |= IRX_VCPUF_SINGLESHOT;
    shot->singleshot_deadline = fake.tsc + 4 * MS;
    env_run(r);
    loops(1);
    assert_int_equal(poll->state, IRX_VCPU_BLOCKED);
    fake.tsc += 2 * MS;
    loops(1);
    assert_int_equal(poll->state, IRX_VCPU_RUNNING);
    assert_int_equal(poll->poll_port, 0);
    assert_int_equal(poll->timers_fired, 0); /* a poll's end is no VIRQ_TIMER */
    assert_int_equal(shot->state, IRX_VCPU_BLOCKED);
    fake.tsc += 2 * MS;
    loops(1);
    assert_int_equal(shot->timers_fired, 1);
    assert_in_range(shot->state, IRX_VCPU_RUNNABLE, IRX_VCPU_RUNNING);
}

/* ---- watchdogs ---- */

static int64_t watchdog(struct vcpu *v, uint32_t id, uint32_t seconds)
{
    const struct sched_watchdog w = {.id = id, .timeout = seconds};
    uint64_t rip = v->rip;

    memcpy(env_page(0, GFN_DATA), &w, sizeof(w));
    env_code(v, "\x0f\x01\xd9", 3);
    v->gpr[RAX] = __HYPERVISOR_sched_op;
    v->gpr[RDI] = SCHEDOP_watchdog;
    v->gpr[RSI] = env_data_va(0);
    assert_true(guest_hypercall(env_cpu(0), v));
    v->rip = rip;
    return (int64_t)v->gpr[RAX];
}

static void watchdog_calls(void **state)
{
    struct irx_domain *r = env_domain(0, 1, 1);
    struct vcpu *v;

    (void)state;
    r->watchdog[1] = fake.tsc + 9 * SECOND; /* from Xen */
    v = env_current(env_run(r), 0);
    assert_int_equal(watchdog(v, 3, 1), -SHIM_EINVAL);
    assert_int_equal(watchdog(v, 1, 1), -SHIM_EINVAL); /* not in use */
    assert_int_equal(watchdog(v, 0, 5), 1);
    assert_in_range(r->watchdog[0], fake.tsc + 5 * SECOND - 100, fake.tsc + 5 * SECOND);
    assert_int_equal(watchdog(v, 0, 5), 0xffffffe4); /* -ENOSPC as 32 bits: Xen's */
    assert_int_equal(watchdog(v, 2, 20), 0);
    assert_in_range(r->watchdog[1], fake.tsc + 20 * SECOND - 100, fake.tsc + 20 * SECOND);
    assert_in_range(v->d->watchdog_tsc, r->watchdog[0], r->watchdog[0] + 10);
    assert_int_equal(watchdog(v, 1, 0), 0);
    assert_int_equal(r->watchdog[0], 0);
    assert_int_equal(watchdog(v, 2, 0), 0);
    assert_int_equal(v->d->watchdog_tsc, TSC_NEVER);
    v->gpr[RSI] = NOT_MAPPED_VA;
    v->gpr[RAX] = __HYPERVISOR_sched_op;
    assert_true(guest_hypercall(env_cpu(0), v));
    assert_int_equal((int64_t)v->gpr[RAX], -SHIM_EFAULT);
}

/* All stop: those that run, that wait and that sleep. What is down is left alone. */
static void watchdog_stops_the_domain(void **state)
{
    struct irx_domain *r = env_domain(0, 1, 4), *other = env_domain(1, 2, 1);

    (void)state;
    env_vcpu_rec(r, 2)->state = IRX_VCPU_BLOCKED;
    env_vcpu_rec(r, 3)->state = IRX_VCPU_DOWN;
    r->watchdog[0] = fake.tsc + 20 * MS;
    env_run(r);
    env_run(other);
    loops(100);
    assert_true(env_vcpu_rec(r, 0)->state == IRX_VCPU_RUNNING ||
                env_vcpu_rec(r, 1)->state == IRX_VCPU_RUNNING ||
                env_vcpu_rec(other, 0)->state == IRX_VCPU_RUNNING);
    assert_in_range(env_vcpu_rec(r, 0)->state, IRX_VCPU_RUNNABLE, IRX_VCPU_RUNNING);
    loops(110);
    for (uint32_t i = 0; i < 3; i++)
        assert_int_equal(env_vcpu_rec(r, i)->state, IRX_VCPU_PARKED);
    assert_int_equal(env_vcpu_rec(r, 3)->state, IRX_VCPU_DOWN);
    assert_int_equal(env_vcpu_rec(other, 0)->state, IRX_VCPU_RUNNING);
    assert_true(fake.timer > fake.tsc);
    env_freeze(r);
    assert_int_equal(r->state, IRX_DOM_FROZEN);
    assert_in_range(r->watchdog[0], 1, fake.tsc); /* the next Xen sees that it has passed */
}

static void watchdog_that_is_fed(void **state)
{
    struct irx_domain *r = env_domain(0, 1, 1);
    struct vcpu *v;

    (void)state;
    r->watchdog[0] = fake.tsc + SECOND;
    v = env_current(env_run(r), 0);
    for (unsigned int i = 0; i < 10; i++) {
        fake.tsc += SECOND * 9 / 10;
        loops(1);
        assert_int_equal(v->rec->state, IRX_VCPU_RUNNING);
        assert_int_equal(watchdog(v, 1, 1), 0);
    }
    fake.tsc += SECOND;
    loops(1);
    assert_int_equal(v->rec->state, IRX_VCPU_PARKED);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, env_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(ticks_while_it_runs),       TEST(no_burst_at_enter),
        TEST(not_while_it_sleeps),       TEST(with_its_turn),
        TEST(poll_and_singleshot_wake),  TEST(watchdog_calls),
        TEST(watchdog_stops_the_domain), TEST(watchdog_that_is_fed),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
