/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * resume/deadman.c, op/deadman.c: nobody in dom0 goes on with an update, and the Xen that it started
 * does; or somebody does, and it keeps out of the way.
 */
#include "region_bench.h"

#include <xen/err.h>
#include <xen/tasklet.h>

#include "hold/hold.h"
#include "lend/lend.h"
#include "op/op.h"
#include "resume/resume.h"

#define LIMIT_MS 2000u

/* ---- What belongs to files that are not tested here ---- */

bool interrex_is_loaded(void)
{
    return interrex_anchor()->host_state == IRX_HOST_LOADED;
}

/* ---- Time: a look at the clock takes a millisecond ---- */

static struct timer *timer;
static struct tasklet *tasklet;
static bool is_scheduled;

void init_timer(struct timer *t, void (*function)(void *data), void *data,
                unsigned int cpu)
{
    assert_int_equal(cpu, 0); /* the boot CPU is never lent */
    *t = (struct timer){ .function = function, .data = data };
    timer = t;
}

void set_timer(struct timer *t, s_time_t expires)
{
    assert_false(t->world_armed);
    t->expires = expires;
    t->world_armed = true;
}

void tasklet_init(struct tasklet *t, void (*func)(void *data), void *data)
{
    *t = (struct tasklet){ .func = func, .data = data };
    tasklet = t;
}

void tasklet_schedule_on_cpu(struct tasklet *t, unsigned int cpu)
{
    assert_int_equal(cpu, 0);
    assert_false(is_scheduled);
    is_scheduled = true;
}

/* One thing that is due until then; false: nothing was. */
static bool step(s_time_t end)
{
    if ( is_scheduled )
    {
        is_scheduled = false;
        current = &world_idle_vcpu;
        tasklet->func(tasklet->data);
        current = NULL;
        return true;
    }
    while ( timer && timer->world_armed )
    {
        s_time_t now = NOW();

        if ( now > end )
            break;
        if ( now >= timer->expires )
        {
            timer->world_armed = false;
            timer->function(timer->data);
            return true;
        }
    }

    return false;
}

static void pass(unsigned int ms)
{
    s_time_t end = NOW() + MILLISECS(ms);

    while ( step(end) )
        ;
}

/* ---- What it asks for ---- */

#define GUESTS 3u

static struct domain *guests[GUESTS];
static unsigned int online;
static struct {
    unsigned int most_alone; /* guests here for each CPU here, times 100 */
    unsigned int claims, tries[GUESTS], turns_of_shim[GUESTS];
    int refused[GUESTS];
    bool cpu_refuses;
} told;

static unsigned int guests_here(void)
{
    unsigned int i, here = 0;

    for ( i = 0; i < GUESTS; i++ )
        here += !interrex_hold_of(guests[i]);

    return here;
}

static void comes(unsigned int i)
{
    struct interrex_hold *h = interrex_hold_of(guests[i]);

    h->held = false;
    interrex_hold_free(h);
}

int interrex_claim(struct domain *d, struct irx_op_domain *op)
{
    struct interrex_hold *h = interrex_hold_of(d);
    unsigned int i = d->domain_id - 1;

    assert_ptr_equal(current, &world_idle_vcpu);
    assert_false(interrex_op_begin()); /* it is an operation */
    assert_in_range(op->timeout_ms, 1, INTERREX_TIMEOUT_MS_MAX);
    told.claims++;
    if ( told.turns_of_shim[i] )
    {
        told.turns_of_shim[i]--;
        return -ERESTART;
    }
    told.tries[i]++;
    if ( interrex_quarantine_final(h->entry) )
        return -EOPNOTSUPP;
    if ( told.refused[i] )
    {
        if ( told.refused[i] == -EINVAL )
            interrex_quarantine(h->entry, IRX_QUARANTINE_CLAIM, -EINVAL);
        return told.refused[i];
    }
    comes(i);
    told.most_alone = max(told.most_alone, guests_here() * 100 / online);

    return 0;
}

unsigned int interrex_held_cpus(void)
{
    return 4 - online;
}

/* The last CPU that the shim has runs who is left. */
int interrex_return(bool stepwise)
{
    struct irx_anchor *a = interrex_anchor();

    assert_ptr_equal(current, &world_idle_vcpu);
    if ( a->host_state != IRX_HOST_CLAIMING )
        return -ENODEV;
    if ( told.cpu_refuses )
        return -ETIMEDOUT;
    if ( interrex_any_held() && online == 3 )
        return -EBUSY;
    cpumask_set_cpu(online++, &cpu_online_map);
    if ( online < 4 )
        return stepwise ? 0 : -EAGAIN;
    interrex_holds_reset();
    interrex_set_host_state(IRX_HOST_LOADED);

    return 0;
}

/* ---- The Xen that an update started: three guests and three of four CPUs are in the shim ---- */

static int deadman_begin(void **state)
{
    struct irx_anchor *a;
    unsigned int i;

    if ( region_begin(state) )
        return -1;
    a = interrex_anchor();
    a->host_state = IRX_HOST_LOADED;
    if ( interrex_load_deadman(
             &(struct irx_op_deadman){ .limit_ms = LIMIT_MS }) )
        return -1;
    a->host_state = IRX_HOST_CLAIMING;

    interrex_holds_reset();
    for ( i = 0; i < GUESTS; i++ )
    {
        guests[i] = world_domain(i + 1, 1);
        interrex_hold_new(guests[i])->held = true;
    }
    online = 1;
    cpumask_clear(&cpu_online_map);
    cpumask_set_cpu(0, &cpu_online_map);
    timer = NULL;
    is_scheduled = false;
    memset(&told, 0, sizeof(told));

    interrex_deadman_begin();

    return 0;
}

static int deadman_end(void **state)
{
    unsigned int i;

    for ( i = 0; i < GUESTS; i++ )
    {
        struct interrex_hold *h = interrex_hold_of(guests[i]);

        if ( !h )
            continue;
        assert_int_equal(h->op, 0);
        comes(i);
    }
    if ( !interrex_op_begin() ) /* none is still under way */
        return -1;
    interrex_op_end();

    return world_end(state);
}
#define DEADMAN_CASE(test)                                                    \
    cmocka_unit_test_setup_teardown(test, deadman_begin, deadman_end)

static const struct irx_deadman *record(void)
{
    return &interrex_anchor()->deadman;
}

static void all_is_back(void)
{
    assert_int_equal(guests_here(), GUESTS);
    assert_int_equal(online, 4);
    assert_int_equal(interrex_anchor()->host_state, IRX_HOST_LOADED);
}

static void nobody_goes_on(void **state)
{
    pass(LIMIT_MS / 2);
    assert_int_equal(told.claims, 0);
    assert_int_equal(record()->start_tsc, 0);
    pass(LIMIT_MS);
    all_is_back();
    assert_int_equal(record()->claimed, GUESTS);
    assert_int_equal(record()->cpus, 3);
    assert_int_equal(record()->left, 0);
    assert_int_not_equal(record()->start_tsc, 0);
    assert_int_not_equal(record()->end_tsc, 0);
    assert_non_null(strstr(world_log, "nobody in dom0 has gone on"));

    /* And then there is nothing of it any more. */
    pass(10 * LIMIT_MS);
    assert_false(timer->world_armed);
    assert_int_equal(told.claims, GUESTS);
}

/* Guests do not come all onto the one CPU that this Xen has. */
static void cpus_come_in_turn_with_the_guests(void **state)
{
    pass(2 * LIMIT_MS);
    all_is_back();
    assert_in_range(told.most_alone, 100, 150);
}

/* A command that is only slow has all the time between two operations; looking is none. */
static void somebody_is_at_work(void **state)
{
    unsigned int i;

    for ( i = 0; i < 5; i++ )
    {
        pass(LIMIT_MS * 3 / 4);
        assert_int_equal(told.claims, 0);
        interrex_heard();
    }
    pass(2 * LIMIT_MS);
    all_is_back();
}

/* The command finished by itself. */
static void there_is_nothing_to_do(void **state)
{
    unsigned int i;

    for ( i = 0; i < GUESTS; i++ )
        comes(i);
    interrex_set_host_state(IRX_HOST_LOADED);
    pass(10 * LIMIT_MS);
    assert_false(timer->world_armed);
    assert_int_equal(told.claims, 0);
    assert_int_equal(record()->start_tsc, 0);
    assert_null(strstr(world_log, "nobody in dom0"));
}

/* It ended between the last claim and the first CPU. */
static void only_cpus_are_left(void **state)
{
    unsigned int i;

    for ( i = 0; i < GUESTS; i++ )
        comes(i);
    pass(2 * LIMIT_MS);
    all_is_back();
    assert_int_equal(record()->claimed, 0);
    assert_int_equal(record()->cpus, 3);
}

/* An operation is under way the whole time, say a claim of a large guest that answers nobody. */
static void an_operation_is_waited_for(void **state)
{
    assert_true(interrex_op_begin());
    pass(4 * LIMIT_MS);
    assert_int_equal(told.claims, 0);
    interrex_heard(); /* as its end does */
    interrex_op_end();
    pass(LIMIT_MS / 2);
    assert_int_equal(told.claims, 0);
    pass(LIMIT_MS);
    all_is_back();
}

/* dom0 comes back in the middle: the guest that is on its way comes, and the rest is dom0's. */
static void it_steps_back(void **state)
{
    told.turns_of_shim[0] = 5;
    while ( !told.claims )
        assert_true(step(NOW() + MILLISECS(2 * LIMIT_MS)));
    assert_int_equal(interrex_hold_of(guests[0])->op, IRX_OP_CLAIM);
    assert_true(
        interrex_op_begin()); /* between its turns others have theirs */
    interrex_heard();
    interrex_op_end();
    pass(LIMIT_MS / 2);
    assert_int_equal(guests_here(), 1);
    assert_int_equal(record()->claimed, 1);
    assert_int_equal(record()->left, 2);
    assert_int_equal(record()->end_tsc, 0);
    assert_non_null(strstr(world_log, "dom0 goes on"));

    /* And is gone again. */
    pass(LIMIT_MS);
    all_is_back();
    assert_int_equal(record()->claimed, GUESTS);
    assert_int_equal(record()->left, 0);
    assert_int_not_equal(record()->end_tsc, 0);
}

/* dom0 is at a domain, between two parts of an operation: it keeps its place. */
static void whoever_is_at_a_domain_keeps_it(void **state)
{
    interrex_hold_of(guests[1])->op = IRX_OP_ABANDON;
    pass(2 * LIMIT_MS);
    assert_int_equal(guests_here(), 2);
    assert_int_equal(told.tries[1], 0);
    assert_int_equal(interrex_hold_of(guests[1])->op, IRX_OP_ABANDON);
    interrex_hold_of(guests[1])->op = 0;
}

/* Guests that this Xen could not make again stay, with the CPU that runs them; it is tried once. */
static void quarantined_guests_stay(void **state)
{
    interrex_quarantine(interrex_hold_of(guests[2])->entry,
                        IRX_QUARANTINE_MEMORY, -EINVAL);
    pass(2 * LIMIT_MS);
    assert_int_equal(guests_here(), 2);
    assert_int_equal(told.tries[2], 0);
    assert_int_equal(online, 3);
    assert_int_equal(record()->claimed, 2);
    assert_int_equal(record()->left, 1);
    assert_int_not_equal(record()->end_tsc, 0);
    assert_int_equal(interrex_anchor()->host_state, IRX_HOST_CLAIMING);

    /* Nothing new: it says nothing again, also when somebody has looked after it. */
    world_log[0] = 0;
    pass(5 * LIMIT_MS);
    interrex_heard();
    pass(5 * LIMIT_MS);
    assert_string_equal(world_log, "");

    /* dom0 abandons it, and is killed before it takes the CPU back. */
    comes(2);
    interrex_heard();
    pass(2 * LIMIT_MS);
    all_is_back();
    assert_int_equal(record()->left, 0);
}

/* Quarantined by the claim itself: others first, then it is tried again, some times. */
static void one_whose_claim_fails_keeps_no_other(void **state)
{
    told.refused[0] = -EINVAL;
    pass(2 * LIMIT_MS);
    assert_int_equal(guests_here(), 2);
    assert_in_range(told.tries[0], 2, 4);
    assert_int_equal(record()->left, 1);

    /* Somebody only asked for something: that is no reason to stop it once more. */
    told.claims = 0;
    interrex_heard();
    pass(3 * LIMIT_MS);
    assert_int_equal(told.claims, 0);

    /* One that took too long, and is there the next time. */
    told.refused[0] = 0;
    interrex_quarantine_end(interrex_hold_of(guests[0])->entry);
    interrex_heard();
    pass(2 * LIMIT_MS);
    all_is_back();
}

static void cpus_that_do_not_come(void **state)
{
    told.cpu_refuses = true;
    pass(2 * LIMIT_MS);
    assert_int_equal(guests_here(), GUESTS); /* all the same */
    assert_int_equal(online, 1);
    assert_int_not_equal(record()->end_tsc, 0);
    assert_non_null(strstr(world_log, "CPUs do not come back"));
    told.cpu_refuses = false;
    interrex_heard();
    pass(2 * LIMIT_MS);
    all_is_back();
}

static void it_is_told_to_wait_for_ever(void **state)
{
    interrex_anchor()->deadman.limit_ms = 0;
    timer = NULL;
    interrex_deadman_begin();
    assert_null(timer);

    /* R that an older Xen laid out has no such thing. */
    interrex_anchor()->deadman.limit_ms = LIMIT_MS;
    interrex_anchor()->version = IRX_VERSION(1, 0);
    interrex_deadman_begin();
    assert_null(timer);
    interrex_forget_deadman();
    assert_int_equal(interrex_anchor()->deadman.limit_ms, LIMIT_MS);
}

static void what_it_is_told(void **state)
{
    static const struct {
        uint32_t host_state, limit_ms, reserved;
        int rc;
    } cases[] = {
        { IRX_HOST_IDLE, 1, 0, -ENOENT },
        { IRX_HOST_HOLDING, 1, 0, -EBUSY },
        { IRX_HOST_LOADED, IRX_DEADMAN_LIMIT_MAX_MS + 1, 0, -EINVAL },
        { IRX_HOST_LOADED, 1, 1, -EINVAL },
        { IRX_HOST_LOADED, IRX_DEADMAN_LIMIT_MAX_MS, 0, 0 },
        { IRX_HOST_LOADED, 0, 0, 0 },
    };
    struct irx_anchor *a = interrex_anchor();
    unsigned int i;

    timer = NULL;
    for ( i = 0; i < ARRAY_SIZE(cases); i++ )
    {
        struct irx_op_deadman op = { cases[i].limit_ms, cases[i].reserved };

        a->host_state = cases[i].host_state;
        a->deadman.limit_ms = 77;
        assert_int_equal(interrex_load_deadman(&op), cases[i].rc);
        assert_int_equal(a->deadman.limit_ms, cases[i].rc ? 77 : op.limit_ms);
    }
    a->deadman.start_tsc = 5;
    interrex_forget_deadman();
    assert_int_equal(a->deadman.start_tsc, 0);
    a->version = IRX_VERSION(1, 0);
    assert_int_equal(interrex_load_deadman(&(struct irx_op_deadman){ 1 }),
                     -EOPNOTSUPP);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        DEADMAN_CASE(nobody_goes_on),
        DEADMAN_CASE(cpus_come_in_turn_with_the_guests),
        DEADMAN_CASE(somebody_is_at_work),
        DEADMAN_CASE(there_is_nothing_to_do),
        DEADMAN_CASE(only_cpus_are_left),
        DEADMAN_CASE(an_operation_is_waited_for),
        DEADMAN_CASE(it_steps_back),
        DEADMAN_CASE(whoever_is_at_a_domain_keeps_it),
        DEADMAN_CASE(quarantined_guests_stay),
        DEADMAN_CASE(one_whose_claim_fails_keeps_no_other),
        DEADMAN_CASE(cpus_that_do_not_come),
        DEADMAN_CASE(it_is_told_to_wait_for_ever),
        DEADMAN_CASE(what_it_is_told),
    };

    return cmocka_run_group_tests_name("deadman", tests, NULL, NULL);
}
