/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The dead-man: this Xen goes on with the update that started it when nobody in dom0 does. The
 * command there may have been killed, or hang, and the guests would stay in the shim.
 *
 * When dom0 has asked for nothing that changes anything for irx_deadman.limit_ms, a tasklet on the
 * boot CPU does what the command would have done: guests are claimed one by one, CPUs come back in
 * turn with them. Between two turns others have the CPU. Each turn is an operation as any other,
 * so whoever asks meanwhile comes before it, after it, or is told to ask again; and then the
 * dead-man steps back, and waits anew. Only a claim that it began it takes to its end, since that
 * guest stands still.
 *
 * The timer is set anew when the tasklet is through, so never are both at it.
 */
#include <xen/sched.h>
#include <xen/tasklet.h>
#include <xen/timer.h>

#include <asm/smp.h>
#include <asm/time.h>

#include "hold/hold.h"
#include "lend/lend.h"
#include "resume/resume.h"

#define TURN_PAUSE   MILLISECS(1)
#define BUSY_PAUSE   MILLISECS(10)
#define RETURN_TRIES 4u

/* How long the shim may take for a claim: all are tried before one is tried again. */
static const unsigned int limits_ms[] = { INTERREX_TIMEOUT_MS, 10000, 30000 };

static struct timer timer;
static struct tasklet tasklet;
static s_time_t __read_mostly limit;

static struct {
    s_time_t since; /* it has been waiting, or at it, or done */
    enum { WAITS, WORKS, HAS_DONE } state;
    bool noted;     /* what it does was said, and is in R */
    bool last_core; /* CPUs come back no more before all is claimed */
    unsigned int round, entry; /* of the next claim */
    unsigned int vcpus, moved; /* to be claimed when it began; claimed */
    unsigned int cpus, back;   /* held when it began; come back */
    unsigned int failed;       /* tries of the last CPUs' return */
} work;

static struct irx_deadman *record(void)
{
    return &interrex_anchor()->deadman;
}

static bool is_over(void)
{
    return interrex_anchor()->host_state != IRX_HOST_CLAIMING;
}

/* Somebody in dom0 asked for something since. */
static bool was_asked(void)
{
    return interrex_last_heard() > work.since;
}

/* That it does something at all. */
static void note(void)
{
    struct irx_deadman *r = record();

    if ( work.noted )
        return;

    work.noted = true;
    r->end_tsc = 0;
    r->start_tsc = rdtsc();
    printk(XENLOG_WARNING
           "Interrex: nobody in dom0 has gone on with the update for %u ms: "
           "this Xen does\n",
           r->limit_ms);
}

/* ---- Guests ---- */

static bool is_claimable(const struct interrex_hold *h)
{
    return h && h->held && !interrex_quarantine_final(h->entry);
}

/* The next one to be claimed, in this round or another; NULL: there is none. */
static struct interrex_hold *next(void)
{
    for ( ; work.round < ARRAY_SIZE(limits_ms); work.round++, work.entry = 0 )
        for ( ; work.entry < interrex_anchor()->domains.count; work.entry++ )
            if ( is_claimable(interrex_hold_at(work.entry)) )
                return interrex_hold_at(work.entry);

    return NULL;
}

/* As op/op.c has it done for dom0: whoever is at this domain keeps its place. */
static int claim(struct interrex_hold *h)
{
    struct irx_op_domain op = { .timeout_ms = limits_ms[work.round] };
    struct domain *d = h->d;
    int rc;

    if ( h->op && h->op != IRX_OP_CLAIM )
        return -EBUSY;
    if ( !get_domain(d) )
        return -ESRCH;

    h->op = IRX_OP_CLAIM;
    rc = interrex_claim(d, &op);
    h = interrex_hold_of(d);
    if ( h )
        h->op = rc == -ERESTART ? IRX_OP_CLAIM : 0;
    put_domain(d);

    return rc;
}

/* A claim that has to be asked for again is where the last turn ended. */
static bool has_begun_claim(void)
{
    const struct interrex_hold *h = interrex_hold_at(work.entry);

    return h && h->op == IRX_OP_CLAIM;
}

static void claim_turn(struct interrex_hold *h)
{
    unsigned int vcpus = h->d->max_vcpus, domid = h->d->domain_id;
    int rc = claim(h);

    if ( rc == -ERESTART )
        return;

    work.entry++;
    if ( rc )
    {
        printk(XENLOG_ERR "Interrex: d%u cannot be claimed: %d\n", domid, rc);
        return;
    }
    work.moved += vcpus;
    record()->claimed++;
}

/* ---- CPUs ---- */

/* As many as came. */
static void count_cpus(unsigned int before)
{
    unsigned int now = num_online_cpus();

    if ( now <= before )
        return;

    note();
    work.back += now - before;
    record()->cpus += now - before;
}

/* This Xen has a smaller share of the CPUs than of the guests that it has claimed. */
static bool is_core_due(void)
{
    return !work.last_core && work.back < work.cpus &&
           work.back * work.vcpus < work.moved * work.cpus;
}

static void return_core(void)
{
    unsigned int before = num_online_cpus();

    work.last_core = interrex_return(true) != 0;
    count_cpus(before);
}

/* When there is nobody left to be claimed. False: that was all. */
static bool return_turn(void)
{
    unsigned int before = num_online_cpus();
    int rc = interrex_return(false);

    count_cpus(before);
    if ( rc == -EAGAIN )
        return true;
    /* Those that run who is left stay with the shim. */
    if ( !rc || rc == -EBUSY )
        return false;

    printk(XENLOG_ERR "Interrex: CPUs do not come back: %d\n", rc);

    return ++work.failed < RETURN_TRIES;
}

/* ---- One turn after the other ---- */

/* Whoever is quarantined was seen, or tried, before: they alone are not tried again. */
static void begin(void)
{
    bool is_new = !interrex_any_held();
    unsigned int i;

    memset(&work, 0, sizeof(work));
    work.since = NOW();
    work.state = WORKS;
    work.cpus = interrex_held_cpus();
    for ( i = 0; i < interrex_anchor()->domains.count; i++ )
    {
        const struct interrex_hold *h = interrex_hold_at(i);

        if ( !is_claimable(h) )
            continue;
        work.vcpus += h->d->max_vcpus;
        is_new |= !interrex_quarantined(i);
    }
    if ( is_new )
        note();
    else
        work.round = ARRAY_SIZE(limits_ms);
}

/* It is done, or dom0 is there again. */
static void end(bool done)
{
    struct irx_deadman *r = record();
    unsigned int i;

    work.since = NOW();
    work.state = done ? HAS_DONE : WAITS;
    if ( !work.noted || !r->start_tsc ) /* or another update has begun */
        return;

    for ( i = r->left = 0; i < interrex_anchor()->domains.count; i++ )
        r->left += interrex_hold_at(i) && interrex_hold_at(i)->held;
    if ( done )
        r->end_tsc = rdtsc();
    printk(XENLOG_WARNING
           "Interrex: %s: %u guests and %u CPUs came back, %u guests are "
           "held\n",
           done ? "that was all" : "dom0 goes on", r->claimed, r->cpus,
           r->left);
}

/* False: there is nothing left that it could do. */
static bool turn(void)
{
    struct interrex_hold *h;

    if ( is_core_due() )
    {
        return_core();
        return !is_over();
    }

    h = next();
    if ( !h )
        return return_turn();
    claim_turn(h);

    return true;
}

/* How long it still waits, ns. */
static s_time_t wait_left(void)
{
    if ( work.state == WORKS )
        return 0;
    if ( work.state == HAS_DONE && !was_asked() )
        return limit; /* there is nothing new to do */

    return max(interrex_last_heard(), work.since) + limit - NOW();
}

static void go_on(void)
{
    if ( work.state == WORKS && !has_begun_claim() &&
         (was_asked() || is_over()) )
        end(is_over());
    if ( is_over() || wait_left() > 0 )
        return;
    if ( work.state != WORKS )
        begin();
    if ( !turn() )
        end(true);
}

static void cf_check work_tasklet(void *unused)
{
    s_time_t pause = BUSY_PAUSE;

    if ( interrex_op_begin() )
    {
        go_on();
        pause = TURN_PAUSE;
        interrex_op_end();
    }
    set_timer(&timer, NOW() + pause);
}

static void cf_check look(void *unused)
{
    s_time_t wait = wait_left();

    if ( is_over() && work.state != WORKS )
        return;
    if ( wait > 0 )
        set_timer(&timer, NOW() + wait);
    else
        tasklet_schedule_on_cpu(&tasklet, 0);
}

void interrex_deadman_begin(void)
{
    if ( !interrex_abi(1) || !record()->limit_ms )
        return;

    limit = MILLISECS(record()->limit_ms);
    memset(&work, 0, sizeof(work));
    work.since = NOW();
    init_timer(&timer, look, NULL, 0);
    tasklet_init(&tasklet, work_tasklet, NULL);
    set_timer(&timer, work.since + limit);
}
