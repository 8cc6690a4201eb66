/* SPDX-License-Identifier: GPL-2.0-only */
#include "sched.h"

#include "apic.h"
#include "credit.h"
#include "place.h"
#include "state.h"
#include "time.h"
#include "xenabi.h"

/*
 * A turn. One that woke up and has credit left gets in after WAKE_AFTER, so that a guest that
 * waits for events is prompt; one that has waited all along when it is owed MARGIN more.
 */
#define WAKE_AFTER_US 200u
#define TURN_MIN_US   500u
#define MARGIN_US     750u
#define LOOK_US       1500u  /* who runs looks again after that while somebody waits, */
#define TURN_MAX_US   10000u /* else after that */

static uint32_t state_of(const struct vcpu *v)
{
    return __atomic_load_n(&v->rec->state, __ATOMIC_RELAXED);
}

static void set_state(struct vcpu *v, uint32_t state)
{
    state_vcpu(v->rec, state);
}

void sched_runstate(struct vcpu *v, uint32_t runstate)
{
    struct irx_vcpu *r = v->rec;
    ns_t now = time_now(v);

    if (r->runstate == runstate)
        return;
    if (now > r->runstate_entry_time)
        r->runstate_time[r->runstate & 3] += now - r->runstate_entry_time;
    r->runstate_entry_time = now;
    r->runstate = runstate;
}

void sched_poke(struct pcpu *self, struct pcpu *target)
{
    if (target && target != self)
        apic_send(target->apic_id, IRX_SHIM_KICK_VECTOR);
}

/* Whoever owns v looks, also if it moves meanwhile: its new owner looks when it comes. */
static void poke_owner(struct pcpu *self, struct vcpu *v)
{
    struct pcpu *at = __atomic_load_n(&v->cpu, __ATOMIC_SEQ_CST), *then;

    for (;;) {
        sched_poke(self, at);
        then = __atomic_load_n(&v->cpu, __ATOMIC_SEQ_CST);
        if (then == at)
            return;
        at = then;
    }
}

void sched_kick(struct pcpu *self, struct vcpu *v)
{
    if (!__atomic_exchange_n(&v->kicked, 1, __ATOMIC_SEQ_CST)) /* else its owner is about to look */
        poke_owner(self, v);
}

/* ---- state ---- */

void sched_block(struct vcpu *v)
{
    set_state(v, IRX_VCPU_BLOCKED);
    sched_runstate(v, RUNSTATE_blocked);
}

void sched_down(struct vcpu *v)
{
    set_state(v, IRX_VCPU_DOWN);
    sched_runstate(v, RUNSTATE_offline);
}

uint32_t sched_waiting(const struct vcpu *v)
{
    return v->d->paused ? RUNSTATE_offline : RUNSTATE_runnable;
}

static void make_runnable(struct vcpu *v, tsc_t now)
{
    set_state(v, IRX_VCPU_RUNNABLE);
    sched_runstate(v, sched_waiting(v));
    v->runnable_since = now;
    v->woken = true;
    v->capped = false;
}

/* Its polling and waiting end: vcpu_unblock() of Xen's sched/core.c. */
static void unblock(struct vcpu *v, tsc_t now)
{
    if (v->rec->poll_port) {
        v->rec->poll_port = 0;
        __atomic_fetch_and(&v->d->poll_mask[v->id / 64], ~BIT(v->id % 64), __ATOMIC_SEQ_CST);
    }
    make_runnable(v, now);
}

void sched_yield(struct pcpu *pc, struct vcpu *v)
{
    pc->yields = pc->current == v;
}

void sched_park(struct pcpu *pc, struct vcpu *v)
{
    set_state(v, IRX_VCPU_PARKED);
    sched_runstate(v, RUNSTATE_offline);
    if (pc->current == v)
        pc->current = NULL;
}

void sched_bring_up(struct pcpu *self, struct vcpu *v)
{
    __atomic_store_n(&v->bring_up, 1, __ATOMIC_SEQ_CST);
    /* Not by sched_kick(): a kick from long ago may still stand on a vCPU that is down. */
    __atomic_store_n(&v->kicked, 1, __ATOMIC_SEQ_CST);
    poke_owner(self, v);
}

bool sched_is_up(const struct vcpu *v)
{
    return state_of(v) != IRX_VCPU_DOWN || __atomic_load_n(&v->bring_up, __ATOMIC_SEQ_CST);
}

bool sched_others_up(const struct vcpu *v)
{
    for (uint32_t i = 0; i < v->d->vcpu_count; i++)
        if (i != v->id && sched_is_up(&v->d->vcpus[i]))
            return true;
    return false;
}

bool sched_may_run(const struct vcpu *v)
{
    uint32_t state = state_of(v);

    return state != IRX_VCPU_DOWN && state != IRX_VCPU_PARKED;
}

/* ---- choice ---- */

static void see_kicks(struct pcpu *pc, tsc_t now)
{
    for (struct vcpu *v = pc->list; v; v = v->next) {
        uint32_t state;

        if (!__atomic_load_n(&v->kicked, __ATOMIC_RELAXED))
            continue;
        state = state_of(v);
        if (state == IRX_VCPU_BLOCKED) {
            __atomic_exchange_n(&v->kicked, 0, __ATOMIC_SEQ_CST);
            unblock(v, now);
        } else if (state == IRX_VCPU_DOWN &&
                   __atomic_exchange_n(&v->bring_up, 0, __ATOMIC_SEQ_CST)) {
            make_runnable(v, now);
        }
    }
}

/* Runnable is a vCPU of a paused domain, too, when it is claimed. */
static bool is_runnable(const struct vcpu *v)
{
    return state_of(v) == IRX_VCPU_RUNNABLE && !v->d->paused;
}

static bool is_running(const struct vcpu *v)
{
    return v && state_of(v) == IRX_VCPU_RUNNING;
}

bool sched_waits(const struct vcpu *v)
{
    return is_runnable(v) && !v->capped;
}

/* The longest time that it wanted to run and did not: from now on it does, or no longer wants to. */
static void end_wait(struct vcpu *v, tsc_t now)
{
    if (v->runnable_since && now > v->runnable_since)
        v->rec->max_wait_tsc = MAX(v->rec->max_wait_tsc, now - v->runnable_since);
    v->runnable_since = 0;
}

void sched_stop(struct vcpu *v, tsc_t now)
{
    if (!is_running(v))
        return;
    set_state(v, IRX_VCPU_RUNNABLE);
    sched_runstate(v, RUNSTATE_runnable);
    v->runnable_since = now;
    v->woken = false;
}

void sched_leave(struct vcpu *v, tsc_t now)
{
    sched_stop(v, now);
    if (sched_waits(v))
        end_wait(v, now);
    v->runnable_since = 0;
    if (v->capped && is_runnable(v)) /* whatever its next scheduler makes of that */
        sched_runstate(v, RUNSTATE_runnable);
    v->capped = false;
}

/* Xen's VPF_parked: a vCPU that has used up its domain's cap is offline to its guest. */
static void see_cap(struct vcpu *v, tsc_t now)
{
    bool capped = !credit_within_cap(v->d, now);

    if (capped == v->capped)
        return;
    v->capped = capped;
    if (capped)
        end_wait(v, now);
    else
        v->runnable_since = now;
    sched_runstate(v, capped ? RUNSTATE_offline : RUNSTATE_runnable);
}

/* Those that could run on a CPU instead of the one that does. */
struct waiting {
    struct vcpu *best;  /* has the most credit; of equals, who waits longest */
    struct vcpu *woken; /* the same of those that woke up */
    uint32_t count;
};

static bool precedes(struct vcpu *v, struct vcpu *other)
{
    return !other || credit_of(v) > credit_of(other) ||
           (credit_of(v) == credit_of(other) && v->runnable_since < other->runnable_since);
}

static void look(struct pcpu *pc, const struct vcpu *but, tsc_t now, struct waiting *w)
{
    *w = (struct waiting){.count = 0};
    for (struct vcpu *v = pc->list; v; v = v->next) {
        if (v == but || !is_runnable(v))
            continue;
        see_cap(v, now);
        if (v->capped)
            continue;
        w->count++;
        if (place_is_astray(pc, v))
            continue;
        if (precedes(v, w->best))
            w->best = v;
        if (v->woken && precedes(v, w->woken))
            w->woken = v;
    }
}

/* Who runs next; v does now. */
static struct vcpu *choose(const struct pcpu *pc, struct vcpu *v, const struct waiting *w,
                           tsc_t now)
{
    tsc_t ran = now - pc->turn_start;

    if (!v || (pc->yields && w->best))
        return w->best;
    if (w->woken && ran >= credit_us(WAKE_AFTER_US) && credit_of(w->woken) > credit_of(v))
        return w->woken;
    if (w->best && ran >= credit_us(TURN_MIN_US) &&
        credit_of(w->best) > credit_of(v) + (int64_t)credit_us(MARGIN_US))
        return w->best;
    if (w->best && ran >= credit_us(TURN_MAX_US) && credit_of(w->best) >= credit_of(v))
        return w->best; /* however their credit came to be the same */
    return v;
}

/* When choose() may say otherwise, if nobody else comes. */
static tsc_t end_of_turn(const struct pcpu *pc, struct vcpu *v, const struct waiting *w, tsc_t now)
{
    tsc_t end = now + credit_us(TURN_MAX_US), least = now + credit_us(WAKE_AFTER_US) / 4;
    int64_t credit = credit_of(v);

    if (__atomic_load_n(&shim.waiting, __ATOMIC_RELAXED))
        end = now + credit_us(LOOK_US);
    if (w->woken)
        end = MIN(end, MAX(pc->turn_start + credit_us(WAKE_AFTER_US),
                           now + credit_lasts(v, credit - credit_of(w->woken) + 1)));
    if (w->best)
        end = MIN(end, MAX(pc->turn_start + credit_us(TURN_MIN_US),
                           now + credit_lasts(v, credit - credit_of(w->best) +
                                                     (int64_t)credit_us(MARGIN_US) + 1)));
    if (v->d->cap_ticks)
        end = MIN(end, now + credit_cap_lasts(v->d));
    return MAX(end, least);
}

/* What other CPUs see of this one. */
static void publish(struct pcpu *pc, int64_t runs, const struct waiting *w)
{
    __atomic_store_n(&pc->runs, runs, __ATOMIC_RELAXED);
    __atomic_store_n(&pc->top, w->best ? credit_of(w->best) : CREDIT_NONE, __ATOMIC_RELAXED);
    if (w->count == pc->waiting)
        return;
    __atomic_fetch_add(&shim.waiting, w->count - pc->waiting, __ATOMIC_RELAXED);
    __atomic_store_n(&pc->waiting, w->count, __ATOMIC_RELAXED);
}

void sched_publish_idle(struct pcpu *pc)
{
    publish(pc, CREDIT_NONE, &(struct waiting){.count = 0});
}

static void charge(struct pcpu *pc, struct vcpu *v, tsc_t now)
{
    if (v && now > pc->charged)
        credit_charge(v, now - pc->charged);
    pc->charged = now;
}

void sched_forgive(struct pcpu *pc, tsc_t now)
{
    pc->charged = MAX(pc->charged, now);
}

struct vcpu *sched_pick(struct pcpu *pc, tsc_t now)
{
    struct vcpu *v, *next;
    struct waiting w;

    charge(pc, pc->current, now);
    see_kicks(pc, now);
    if (is_running(pc->current) &&
        (!credit_within_cap(pc->current->d, now) || place_is_astray(pc, pc->current)))
        sched_stop(pc->current, now);
    v = is_running(pc->current) ? pc->current : NULL;
    look(pc, v, now, &w);
    next = choose(pc, v, &w, now);
    pc->yields = false;
    if (next != v) {
        if (v)
            sched_stop(v, now);
        look(pc, next, now, &w);
        pc->turn_start = now;
    }
    pc->current = next;
    if (next) {
        credit_round(pc, next, w.best ? credit_of(w.best) : CREDIT_NONE);
        pc->turn_end = end_of_turn(pc, next, &w, now);
    }
    publish(pc, next ? credit_of(next) : CREDIT_NONE, &w);
    return next;
}

bool sched_run(struct vcpu *v, tsc_t now)
{
    if (is_running(v))
        return false;
    end_wait(v, now);
    v->woken = false;
    set_state(v, IRX_VCPU_RUNNING);
    sched_runstate(v, RUNSTATE_running);
    return true;
}

tsc_t sched_next_event(struct pcpu *pc)
{
    tsc_t when = pc->next_poll;

    for (struct vcpu *v = pc->list; v; v = v->next) {
        when = MIN(when, v->next_tsc);
        if (sched_may_run(v))
            when = MIN(when, __atomic_load_n(&v->d->watchdog_tsc, __ATOMIC_RELAXED));
        if (v->capped && is_runnable(v))
            when = MIN(when, __atomic_load_n(&v->d->cap_refill, __ATOMIC_RELAXED));
    }
    return pc->current ? MIN(when, pc->turn_end) : when;
}
