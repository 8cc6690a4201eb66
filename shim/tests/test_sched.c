/* SPDX-License-Identifier: GPL-2.0-only */
/* Who runs when: time slices, waking, parking, what the toolstack paused. */
#include "help_sched.h"

#include "core/sched.h"
#include "fake/fake.h"
#include "guest/evtchn.h"

/* ---- running ---- */

static void one_vcpu_runs_on(void **state)
{
    struct dom *d = env_run(env_domain(0, 1, 1));
    const struct irx_vcpu *r = env_vcpu(d, 0)->rec;

    (void)state;
    loops(0, 50);
    assert_int_equal(runs(d, 0), 50);
    assert_int_equal(fake_vcpu(env_vcpu(d, 0))->flushes, 1); /* the first time only */
    assert_int_equal(r->state, IRX_VCPU_RUNNING);
    assert_int_equal(r->served[IRX_EXIT_INTR], 50);
    assert_in_range(r->run_tsc, 50 * 100 * US, 50 * 101 * US);
    assert_in_range(r->first_tsc, 1, r->last_tsc - 49 * 100 * US);
    assert_int_equal(d->rec->run_tsc, r->first_tsc);
    assert_int_equal(env_cpu(0)->rec->switches, 1);
    assert_int_equal(env_cpu(0)->rec->idle_tsc, 0);
}

static void turns_of_equals(void **state)
{
    struct dom *d = env_run(env_domain(0, 1, 3));

    (void)state;
    loops(0, 300); /* 30 ms: turns of 1 ms or so */
    for (uint32_t i = 0; i < 3; i++) {
        assert_in_range(runs(d, i), 80, 120);
        assert_true(env_vcpu(d, i)->rec->max_wait_tsc < 5000 * US);
        assert_int_equal(fake_vcpu(env_vcpu(d, i))->flushes,
                         env_cpu(0)->rec->switches / 3 + (env_cpu(0)->rec->switches % 3 > i));
    }
    assert_in_range(env_cpu(0)->rec->switches, 15, 30);
}

static void the_timer_ends_the_turn(void **state)
{
    (void)state;
    env_run(env_domain(0, 1, 2));
    loops(0, 100);
    do
        loops(0, 1);
    while (env_cpu(0)->turn_start < fake.tsc - 150 * US); /* one has just begun */
    assert_int_equal(fake.timer, env_cpu(0)->turn_end);
    assert_in_range(fake.timer - fake.tsc, 300 * US, 1500 * US);
}

static void the_timer_waits_for_the_next_deadline(void **state)
{
    struct irx_domain *r = env_domain(0, 1, 1);

    (void)state;
    env_vcpu_rec(r, 0)->flags |= IRX_VCPUF_SINGLESHOT;
    env_vcpu_rec(r, 0)->singleshot_deadline = fake.tsc + 700 * US;
    env_run(r);
    loops(0, 1);
    assert_in_range(fake.timer, env_vcpu_rec(r, 0)->singleshot_deadline,
                    env_vcpu_rec(r, 0)->singleshot_deadline + 10);
}

static void a_deadline_that_passed_fires_once(void **state)
{
    struct irx_domain *r = env_domain(0, 1, 1);

    (void)state;
    env_vcpu_rec(r, 0)->flags |= IRX_VCPUF_SINGLESHOT;
    env_vcpu_rec(r, 0)->singleshot_deadline = fake.tsc - 500000 * US;
    env_run(r);
    loops(0, 20);
    assert_int_equal(env_vcpu_rec(r, 0)->timers_fired, 1);
    assert_int_equal(((uint64_t *)env_page(0, GFN_SHARED))[256], 2);
}

static void yield_gives_the_turn_away(void **state)
{
    struct dom *d = env_run(env_domain(0, 1, 2));
    struct vcpu *first;

    (void)state;
    loops(0, 1);
    first = env_cpu(0)->current;
    sched_yield(env_cpu(0), first);
    loops(0, 1);
    assert_ptr_not_equal(env_cpu(0)->current, first);
    assert_int_equal(first->rec->state, IRX_VCPU_RUNNABLE);
    assert_int_equal(runs(d, 0) + runs(d, 1), 2);
}

static void run_states_add_up(void **state)
{
    struct irx_domain *r = env_domain(0, 1, 2);
    const struct irx_vcpu *rv = env_vcpu_rec(r, 0);
    uint64_t start = fake.tsc, total;

    (void)state;
    env_run(r);
    loops(0, 100);
    env_freeze(r);
    total = rv->runstate_time[0] + rv->runstate_time[1] + rv->runstate_time[2] +
            rv->runstate_time[3];
    assert_in_range(total + fake.tsc - rv->runstate_entry_time, fake.tsc - start - 10,
                    fake.tsc - start);
    assert_in_range(rv->runstate_time[RUNSTATE_running], 3500 * US, 6500 * US);
    assert_in_range(rv->runstate_time[RUNSTATE_runnable], 3500 * US, 6500 * US);
}

/* ---- blocking and waking ---- */

static void all_blocked_idles(void **state)
{
    struct dom *d = env_run(env_domain(0, 1, 1));
    struct vcpu *v = env_vcpu(d, 0);

    (void)state;
    fake_guest = halts;
    loops(0, 1);
    assert_int_equal(v->rec->state, IRX_VCPU_BLOCKED);
    loops(0, 3);
    assert_int_equal(fake.idles, 3);
    assert_int_equal(runs(d, 0), 1);
    assert_true(fake.timer > fake.tsc); /* it looks again by itself */
    evtchn_raise(env_on(0), d, 11);
    loops(0, 1);
    assert_int_equal(runs(d, 0), 2);
    assert_true(env_cpu(0)->rec->idle_tsc > 0);
}

static void a_kick_between_check_and_block_is_not_lost(void **state)
{
    struct dom *d = env_run(env_domain(0, 1, 1));

    (void)state;
    fake_guest = halts;
    loops(0, 1);
    env_vcpu(d, 0)->kicked = 1; /* another CPU, just after the vCPU had looked */
    loops(0, 1);
    assert_int_equal(runs(d, 0), 2);
}

static void a_kick_reaches_the_other_cpu(void **state)
{
    struct irx_domain *r = env_domain(0, 1, 2);
    struct dom *d;

    (void)state;
    env_open_cpu(1);
    env_vcpu_rec(r, 1)->cpu_hint = 1;
    d = env_run(r);
    assert_ptr_equal(env_vcpu(d, 1)->cpu, env_cpu(1));
    loops(0, 1);
    loops(1, 1);
    fake_clear_ipis();
    evtchn_raise(env_on(0), d, 12);
    assert_int_equal(fake_count_ipis(11, IRX_SHIM_KICK_VECTOR), 1);
    evtchn_raise(env_on(0), d, 20); /* vCPU 0, on this very CPU: no interrupt to itself */
    assert_int_equal(fake_count_ipis(10, IRX_SHIM_KICK_VECTOR), 0);
}

static void who_wakes_waits_a_little(void **state)
{
    struct dom *d = env_run(env_domain(0, 1, 2));
    struct vcpu *other;

    (void)state;
    guest_takes = 20 * US;
    fake_guest = halts;
    loops(0, 1); /* one blocks */
    fake_guest = spins;
    loops(0, 1); /* the other runs */
    other = env_cpu(0)->current == env_vcpu(d, 0) ? env_vcpu(d, 1) : env_vcpu(d, 0);
    assert_int_equal(other->rec->state, IRX_VCPU_BLOCKED);
    other->kicked = 1;
    loops(0, 5);
    assert_ptr_not_equal(env_cpu(0)->current, other);
    loops(0, 8); /* 200 us after the other's turn began, long before its slice ends */
    assert_ptr_equal(env_cpu(0)->current, other);
}

static void entered_blocked_sleeps_on(void **state)
{
    struct irx_domain *r = env_domain(0, 1, 2);
    struct dom *d;

    (void)state;
    env_vcpu_rec(r, 0)->state = IRX_VCPU_BLOCKED;
    env_vcpu_rec(r, 1)->state = IRX_VCPU_BLOCKED;
    ((uint8_t *)env_page(0, GFN_INFO))[64] = 1; /* vCPU 1 has an upcall to take */
    d = env_run(r);
    loops(0, 4);
    assert_int_equal(runs(d, 0), 0);
    assert_int_equal(runs(d, 1), 4);
}

static void entered_polling(void **state)
{
    struct irx_domain *r = env_domain(0, 1, 1);
    struct dom *d;

    (void)state;
    env_vcpu_rec(r, 0)->state = IRX_VCPU_BLOCKED;
    env_vcpu_rec(r, 0)->poll_port = 20;
    ((uint64_t *)env_page(0, GFN_SHARED))[320] = ~0ull; /* all masked */
    d = env_run(r);
    evtchn_raise(env_on(0), d, 11);
    loops(0, 2);
    assert_int_equal(runs(d, 0), 0);
    evtchn_raise(env_on(0), d, 20);
    loops(0, 1);
    assert_int_equal(runs(d, 0), 1);
    assert_int_equal(env_vcpu_rec(r, 0)->poll_port, 0);
}

/* ---- parking ---- */

static void parked_with_its_reason(void **state)
{
    struct dom *d = env_run(env_domain(0, 1, 2));
    const struct irx_vcpu *r;

    (void)state;
    fake_guest = does_io;
    loops(0, 1);
    fake_guest = spins;
    r = env_vcpu(d, 0)->rec->state == IRX_VCPU_PARKED ? env_vcpu(d, 0)->rec : env_vcpu(d, 1)->rec;
    assert_int_equal(r->state, IRX_VCPU_PARKED);
    assert_int_equal(r->park_class, IRX_EXIT_IO);
    assert_int_equal(r->park_detail, 0x1234);
    assert_int_equal(r->exit_code, 0xe0);
    assert_int_equal(r->exit_info1, 0xe1);
    assert_int_equal(r->exit_info2, 0xe2);
    assert_int_equal(r->parked[IRX_EXIT_IO], 1);
    assert_int_equal(r->runstate, RUNSTATE_offline);
    loops(0, 30);
    evtchn_raise(env_on(0), d, 11); /* nothing wakes it */
    evtchn_raise(env_on(0), d, 12);
    loops(0, 30);
    assert_int_equal(runs(d, 0) + runs(d, 1), 61);
    assert_true(runs(d, 0) == 1 || runs(d, 1) == 1);
    env_freeze(d->rec);
    assert_int_equal(d->rec->state, IRX_DOM_FROZEN);
    assert_int_equal(r->state, IRX_VCPU_PARKED);
}

/* Back into the shim: the exit is met again. */
static void parked_and_taken_back(void **state)
{
    struct irx_domain *r = env_domain(0, 1, 1);
    struct dom *d = env_run(r);

    (void)state;
    fake_guest = does_io;
    loops(0, 1);
    env_freeze(r);
    fake_guest = spins;
    env_enter(r);
    assert_int_equal(r->state, IRX_DOM_RUNNING);
    loops(0, 3);
    assert_int_equal(runs(d, 0), 4);
}

/* ---- paused by the toolstack ---- */

static void paused_does_not_run(void **state)
{
    struct irx_domain *r = env_domain(0, 1, 2);
    struct dom *paused, *other;

    (void)state;
    r->flags |= IRX_DOMF_PAUSED;
    env_vcpu_rec(r, 1)->state = IRX_VCPU_BLOCKED;
    paused = env_run(r);
    other = env_run(env_domain(1, 2, 1));
    assert_int_equal(env_vcpu_rec(r, 0)->runstate, RUNSTATE_offline);
    assert_int_equal(env_vcpu_rec(r, 1)->runstate, RUNSTATE_blocked);
    loops(0, 20);
    evtchn_raise(env_on(0), paused, 11);
    evtchn_raise(env_on(0), paused, 12);
    loops(0, 20);
    assert_int_equal(runs(paused, 0) + runs(paused, 1), 0);
    assert_int_equal(runs(other, 0), 40);
    env_freeze(r);
    assert_int_equal(r->state, IRX_DOM_FROZEN);
    assert_int_equal(env_vcpu_rec(r, 0)->state, IRX_VCPU_RUNNABLE);
    r->flags &= ~IRX_DOMF_PAUSED; /* entered again after `xl unpause` */
    env_enter(r);
    loops(0, 40);
    assert_true(runs(paused, 0) > 0);
}

static void all_paused_idles(void **state)
{
    struct irx_domain *r = env_domain(0, 1, 1);
    struct dom *d;

    (void)state;
    r->flags |= IRX_DOMF_PAUSED;
    env_vcpu_rec(r, 0)->flags |= IRX_VCPUF_SINGLESHOT;
    env_vcpu_rec(r, 0)->singleshot_deadline = fake.tsc + 700 * US;
    d = env_run(r);
    loops(0, 20);
    assert_int_equal(runs(d, 0), 0);
    assert_int_equal(env_cpu(0)->rec->busy_tsc, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        LOOP_CASE(one_vcpu_runs_on),
        LOOP_CASE(turns_of_equals),
        LOOP_CASE(the_timer_ends_the_turn),
        LOOP_CASE(the_timer_waits_for_the_next_deadline),
        LOOP_CASE(a_deadline_that_passed_fires_once),
        LOOP_CASE(yield_gives_the_turn_away),
        LOOP_CASE(all_blocked_idles),
        LOOP_CASE(a_kick_between_check_and_block_is_not_lost),
        LOOP_CASE(a_kick_reaches_the_other_cpu),
        LOOP_CASE(who_wakes_waits_a_little),
        LOOP_CASE(entered_blocked_sleeps_on),
        LOOP_CASE(entered_polling),
        LOOP_CASE(parked_with_its_reason),
        LOOP_CASE(parked_and_taken_back),
        LOOP_CASE(paused_does_not_run),
        LOOP_CASE(all_paused_idles),
        LOOP_CASE(run_states_add_up),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
