/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * hold/claim.c, hold/abandon.c: a held domain comes back, whatever its guest did to it, or stays
 * held, or is given up.
 */
#include "region_bench.h"

#include <xen/err.h>
#include <xen/event.h>

#include <asm/time.h>

#include <public/hvm/params.h>

#include "hold/hold.h"
#include "lend/lend.h"
#include "state/state.h"

#define CRASH 3 /* SHUTDOWN_crash, public/sched.h */

/* ---- The shim: does at once what it is asked for ---- */

static int enter_error; /* of what comes back into it; 0: it runs on */
static bool is_deaf;    /* it does nothing */
static unsigned int dozes, inits;
/* once a CPU is given up, the shim loses this vCPU; -1: none */
static int dead_vcpu;

void interrex_ring(unsigned int cpu_entry)
{
    unsigned int i;

    for ( i = 0; !is_deaf && i < interrex_anchor()->domains.count; i++ )
    {
        struct irx_domain *r = interrex_domain_rec(i);

        if ( r->state == IRX_DOM_FREEZING )
        {
            if ( inits && dead_vcpu >= 0 )
                interrex_vcpu_rec(r->vcpu_first + dead_vcpu)->flags |=
                    IRX_VCPUF_LOST;
            r->state = IRX_DOM_FROZEN;
        }
        if ( r->state == IRX_DOM_ENTERING )
        {
            r->error = enter_error;
            r->state = enter_error ? IRX_DOM_FAILED : IRX_DOM_RUNNING;
        }
    }
}

void interrex_doze(void)
{
    dozes++;
}

void interrex_stray_raise(unsigned int entry)
{
}

/* What the shim's other CPUs do when one is given up. */
void interrex_send(unsigned int apic_id, uint32_t what)
{
    inits++;
    is_deaf = false;
}

/* ---- What Xen makes of a domain ---- */

static int invalid; /* what is in R is refused with this */
static unsigned int
    bad_vcpu; /* Xen's loaders refuse this one's state; ~0: none's */
static unsigned int imported, started, unpaused, reclaimed, yields;
static int shut_down; /* the reason; -1: it is not */

int interrex_domain_validate_claim(unsigned int entry)
{
    return invalid;
}

int interrex_tsc_validate(const struct domain *d, const struct irx_domain *r)
{
    return 0;
}

int interrex_evtchn_validate(const struct domain *d,
                             const struct irx_domain *r)
{
    return 0;
}

void interrex_evtchn_import(struct domain *d, const struct irx_domain *r)
{
}

void interrex_tsc_import(struct domain *d, const struct irx_domain *r)
{
}

int interrex_vcpu_import(struct vcpu *v, const struct irx_vcpu *r)
{
    imported++;

    return v->vcpu_id == bad_vcpu ? -EINVAL : 0;
}

void interrex_vcpu_start(struct vcpu *v, const struct irx_vcpu *r)
{
    started++;
}

void interrex_watchdog_import(struct domain *d, const struct irx_domain *r)
{
}

void interrex_drain_to_xen(struct interrex_hold *h)
{
}

void interrex_evtchn_divert_undo(struct interrex_hold *h)
{
    assert_true(h->held);
}

void interrex_first_run_begin(struct domain *d)
{
}

void interrex_first_run_skip_idle(struct domain *d)
{
}

void interrex_prepare_undo(struct interrex_hold *h)
{
    interrex_set_state(h, IRX_DOM_WITH_XEN);
    interrex_hold_free(h);
}

int interrex_memory_reclaim(struct domain *d, const struct irx_domain *r)
{
    return reclaimed++ ? 0 : -ERESTART;
}

void interrex_mappings_keep(const struct interrex_hold *h)
{
    assert_true(h->held);
    assert_false(interrex_quarantine_final(h->entry) && reclaimed < 2);
}

void interrex_mappings_drop(const struct interrex_hold *h)
{
    assert_true(h->held);
}

int domain_shutdown(struct domain *d, uint8_t reason)
{
    assert_int_equal(unpaused, 0);
    shut_down = reason;

    return 0;
}

void domain_unpause(struct domain *d)
{
    unpaused++;
}

void vcpu_yield(void)
{
    assert_false(is_idle_vcpu(current));
    yields++;
}

/* ---- A held domain with two vCPUs ---- */

static struct domain *d;
static struct interrex_hold *hold;
static struct irx_domain *rec;
static struct irx_op_domain op;

static int claim_begin(void **state)
{
    static uint64_t begins = 1; /* no two are equal, as TSCs */
    int rc = region_begin(state);
    unsigned int cpu;

    interrex_holds_reset();
    d = world_domain(3, 2);
    hold = interrex_hold_new(d);
    if ( rc || IS_ERR(hold) )
        return -1;
    rec = interrex_domain_rec(hold->entry);
    rec->state = IRX_DOM_RUNNING;
    hold->held = hold->paused = true;
    d->arch.hvm.params[HVM_PARAM_TRIPLE_FAULT_REASON] = 1;

    op = (struct irx_op_domain){ .domid = 3, .timeout_ms = 2000 };
    invalid = enter_error = 0;
    is_deaf = false;
    bad_vcpu = ~0U;
    dead_vcpu = -1;
    dozes = inits = 0;
    for ( cpu = 1; cpu < 4; cpu++ )
        *interrex_cpu_rec(cpu) = (struct irx_cpu){ .state = IRX_CPU_HELD,
                                                   .xen_cpu = cpu,
                                                   .heartbeat_tsc = begins++ };
    imported = started = unpaused = reclaimed = yields = 0;
    shut_down = -1;

    return 0;
}

static int claim_end(void **state)
{
    if ( interrex_hold_of(d) )
    {
        hold->held = hold->paused = false;
        interrex_hold_free(hold);
    }

    return world_end(state);
}
#define CLAIM_CASE(test)                                                      \
    cmocka_unit_test_setup_teardown(test, claim_begin, claim_end)

static void loops_go_round(unsigned int first, unsigned int last)
{
    for ( ; first <= last; first++ )
        interrex_cpu_rec(first)->heartbeat_tsc++;
}

/* It is Xen's alone again. */
static void is_here(void)
{
    assert_null(interrex_hold_of(d));
    assert_int_equal(rec->state, IRX_DOM_WITH_XEN);
    assert_int_equal(unpaused, 1);
}

static void comes_back(void **state)
{
    assert_int_equal(interrex_claim(d, &op), 0);
    is_here();
    assert_int_equal(imported, 2);
    assert_int_equal(started, 2);
    assert_int_equal(shut_down, -1);
    assert_int_equal(yields, 1);
}

/* A claim never fails because of what a guest has in its registers. */
static void registers_that_xen_refuses_crash_it_alone(void **state)
{
    bad_vcpu = 0;
    assert_int_equal(interrex_claim(d, &op), 0);
    is_here();
    assert_int_equal(imported, 2); /* the others are there to be looked at */
    assert_int_equal(shut_down, CRASH);
}

static void triple_fault_is_met_once(void **state)
{
    struct irx_vcpu *rv = interrex_vcpu_rec(rec->vcpu_first + 1);

    rv->state = IRX_VCPU_PARKED;
    rv->park_class = IRX_EXIT_IO;
    assert_int_equal(interrex_claim(d, &op), 0);
    assert_int_equal(shut_down, -1);

    claim_begin(state);
    rv = interrex_vcpu_rec(rec->vcpu_first + 1);
    rv->state = IRX_VCPU_PARKED;
    rv->park_class = IRX_EXIT_SHUTDOWN;
    assert_int_equal(interrex_claim(d, &op), 0);
    is_here();
    assert_int_equal(shut_down, 1);
}

/* R itself is wrong: it goes on in the shim, quarantined, and can be asked for again. */
static void what_the_shim_wrote_is_refused(void **state)
{
    invalid = -EINVAL;
    assert_int_equal(interrex_claim(d, &op), -EINVAL);
    assert_int_equal(rec->state, IRX_DOM_RUNNING);
    assert_int_equal(imported, 0);
    assert_int_equal((uint32_t)interrex_quarantined(hold->entry),
                     IRX_QUARANTINE_CLAIM);
    assert_int_equal(interrex_quarantined(hold->entry) >> 32, EINVAL);
    invalid = 0;
    assert_int_equal(interrex_claim(d, &op), 0);
    is_here();
    assert_int_equal(interrex_quarantined(hold->entry), 0);
}

/* The shim does not take it back either: it stands, and is no less there. */
static void one_that_the_shim_refuses_too_is_not_stuck(void **state)
{
    invalid = -EINVAL;
    enter_error = -EINVAL;
    assert_int_equal(interrex_claim(d, &op), -EINVAL);
    assert_int_equal(rec->state, IRX_DOM_FAILED);
    invalid = 0;
    assert_int_equal(interrex_claim(d, &op), 0);
    is_here();
    assert_int_equal(shut_down, -1);
}

/* Refused, and the shim has no CPU left to enter it: it stands as it was frozen. */
static void one_that_nobody_enters_is_not_stuck(void **state)
{
    int rc;

    rec->state = IRX_DOM_FROZEN;
    is_deaf = true;
    invalid = -EINVAL;
    assert_int_equal(interrex_claim(d, &op), -EINVAL);
    assert_int_equal(rec->state, IRX_DOM_ENTERING);
    while ( (rc = interrex_claim(d, &op)) == -ERESTART )
        ;
    assert_int_equal(rc, -EINVAL);
    invalid = 0;
    while ( (rc = interrex_claim(d, &op)) == -ERESTART )
        ;
    assert_int_equal(rc, 0);
    is_here();
}

static void one_that_was_not_rebuilt_stays(void **state)
{
    interrex_quarantine(hold->entry, IRX_QUARANTINE_GRANTS, -EINVAL);
    interrex_quarantine(hold->entry, IRX_QUARANTINE_MEMORY, -ENOMEM);
    assert_int_equal(interrex_claim(d, &op), -EOPNOTSUPP);
    assert_int_equal(rec->state, IRX_DOM_RUNNING);
    assert_int_equal((uint32_t)interrex_quarantined(hold->entry),
                     IRX_QUARANTINE_GRANTS);
    assert_true(interrex_quarantine_is(hold->entry, IRX_QUARANTINE_MEMORY));
}

static void abandoned(void **state)
{
    assert_int_equal(interrex_abandon(d, &op), 0);
    is_here();
    assert_int_equal(shut_down, CRASH);
    assert_int_equal(imported, 0);
    assert_int_equal(reclaimed, 0); /* its memory is in this Xen's books */
}

static void abandoned_without_having_been_rebuilt(void **state)
{
    interrex_quarantine(hold->entry, IRX_QUARANTINE_CREATE, -EINVAL);
    assert_int_equal(interrex_abandon(d, &op), -ERESTART);
    assert_int_equal(rec->state, IRX_DOM_FROZEN);
    assert_int_equal(interrex_abandon(d, &op), 0);
    is_here();
    assert_int_equal(reclaimed, 2);
    assert_int_equal(interrex_quarantined(0), 0);
}

/* Nobody else can stop it: its memory stays where it is. */
static void a_shim_that_does_not_answer(void **state)
{
    int rc;

    is_deaf = true;
    while ( (rc = interrex_abandon(d, &op)) == -ERESTART )
        loops_go_round(1, 3);
    assert_int_equal(rc, -ETIMEDOUT);
    assert_true(hold->held);
    assert_int_equal(inits, 0);
    assert_int_equal(reclaimed, 0);
    assert_int_equal(shut_down, -1);
}

/* The dead-man's tasklet: nobody preempts it, so it gives way, and has nothing to yield. */
static void asked_for_by_nobodys_vcpu(void **state)
{
    unsigned int turns = 0;

    current = &world_idle_vcpu;
    is_deaf = true;
    while ( turns < 3 && interrex_claim(d, &op) == -ERESTART )
        turns++;
    assert_int_equal(turns, 3);
    is_deaf = false;
    interrex_ring(~0U);
    assert_int_equal(interrex_claim(d, &op), 0);
    is_here();
    assert_int_equal(yields, 0);
}

/* ---- A CPU of the shim is dead ---- */

/* Its loop stands, and so does what it was to freeze; the others' go round. */
static int claim_past_a_dead_cpu(void)
{
    int rc;

    is_deaf = true;
    interrex_cpu_rec(2)->heartbeat_tsc -= cpu_khz * 60000;
    do
    {
        loops_go_round(1, 1);
        loops_go_round(3, 3);
        rc = interrex_claim(d, &op);
    } while ( rc == -ERESTART );

    return rc;
}

/* The wait goes on until it is known, and the guest comes back whole: it waited for a lock only. */
static void a_neighbour_of_a_dead_cpu(void **state)
{
    op.timeout_ms = 500;
    assert_int_equal(claim_past_a_dead_cpu(), 0);
    is_here();
    assert_int_equal(interrex_cpu_rec(2)->state, IRX_CPU_DEAD);
    assert_int_equal(interrex_cpu_rec(1)->state, IRX_CPU_HELD);
    assert_int_equal(inits, 1);
    assert_int_equal(imported, 2);
    assert_int_equal(shut_down, -1);
    assert_true(dozes);
}

/* Of the other vCPU there is all, and it is there to be looked at. */
static void one_whose_vcpu_is_lost_crashes_alone(void **state)
{
    dead_vcpu = 1;
    assert_int_equal(claim_past_a_dead_cpu(), 0);
    is_here();
    assert_int_equal(imported, 1);
    assert_int_equal(started, 1);
    assert_int_equal(shut_down, CRASH);
    assert_non_null(strstr(world_log, "lost with a CPU of the shim"));
}

/* Nobody is left to stop it: it has stopped, and no vCPU comes back. */
static void the_last_cpu_is_dead(void **state)
{
    struct irx_vcpu *rv = interrex_vcpu_rec(rec->vcpu_first);

    rv[0].state = IRX_VCPU_RUNNING;
    rv[0].cpu_hint = 2;
    rv[0].flags = IRX_VCPUF_INITIALISED;
    is_deaf = true;
    interrex_cpu_rec(1)->state = interrex_cpu_rec(3)->state = IRX_CPU_XEN;
    interrex_cpu_rec(2)->state = IRX_CPU_DEAD;
    assert_int_equal(interrex_claim(d, &op), 0);
    is_here();
    assert_int_equal(rv[0].state, IRX_VCPU_PARKED);
    assert_int_equal(rv[0].park_detail, 2);
    assert_true(rv[0].flags & IRX_VCPUF_LOST);
    assert_int_equal(shut_down, CRASH);
    assert_int_equal(
        imported, 1); /* one that was never brought up has nothing to lose */
}

/* What hangs again and again is not waited for without end. */
static void one_that_moves_now_and_then(void **state)
{
    unsigned int turns = 0;
    int rc;

    is_deaf = true;
    do
    {
        loops_go_round(1, 1);
        loops_go_round(3, 3);
        if ( ++turns % 200 == 0 )
            loops_go_round(2, 2);
        rc = interrex_claim(d, &op);
    } while ( rc == -ERESTART && turns < 100000 );
    assert_int_equal(rc, -ETIMEDOUT);
    assert_int_equal(interrex_cpu_rec(2)->state, IRX_CPU_HELD);
}

static void only_prepared(void **state)
{
    hold->held = hold->paused = false;
    rec->state = IRX_DOM_PREPARED;
    assert_int_equal(interrex_abandon(d, &op), 0);
    assert_null(interrex_hold_of(d));
    assert_int_equal(shut_down, -1); /* it runs here */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CLAIM_CASE(comes_back),
        CLAIM_CASE(registers_that_xen_refuses_crash_it_alone),
        CLAIM_CASE(triple_fault_is_met_once),
        CLAIM_CASE(what_the_shim_wrote_is_refused),
        CLAIM_CASE(one_that_the_shim_refuses_too_is_not_stuck),
        CLAIM_CASE(one_that_nobody_enters_is_not_stuck),
        CLAIM_CASE(one_that_was_not_rebuilt_stays),
        CLAIM_CASE(abandoned),
        CLAIM_CASE(abandoned_without_having_been_rebuilt),
        CLAIM_CASE(a_shim_that_does_not_answer),
        CLAIM_CASE(asked_for_by_nobodys_vcpu),
        CLAIM_CASE(a_neighbour_of_a_dead_cpu),
        CLAIM_CASE(one_whose_vcpu_is_lost_crashes_alone),
        CLAIM_CASE(the_last_cpu_is_dead),
        CLAIM_CASE(one_that_moves_now_and_then),
        CLAIM_CASE(only_prepared),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
