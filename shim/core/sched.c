/* SPDX-License-Identifier: GPL-2.0-only */
#include "sched.h"

#include "apic.h"
#include "time.h"
#include "xenabi.h"

#define SLICE_US      1500u
#define WAKE_AFTER_US 200u /* a vCPU that wakes up waits at least this long for its turn */

static tsc_t us_to_tsc(uint32_t us)
{
    return shim.tsc_khz * us / 1000;
}

static uint32_t state_of(const struct vcpu *v)
{
    return __atomic_load_n(&v->rec->state, __ATOMIC_RELAXED);
}

static void set_state(struct vcpu *v, uint32_t state)
{
    __atomic_store_n(&v->rec->state, state, __ATOMIC_RELEASE);
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

void sched_kick(struct pcpu *self, struct vcpu *v)
{
    struct pcpu *at, *then;

    if (__atomic_exchange_n(&v->kicked, 1, __ATOMIC_SEQ_CST))
        return; /* its owner has not yet seen the kick before */
    at = __atomic_load_n(&v->cpu, __ATOMIC_SEQ_CST);
    for (;;) {
        sched_poke(self, at);
        then = __atomic_load_n(&v->cpu, __ATOMIC_SEQ_CST);
        if (then == at)
            return;
        at = then; /* it moved meanwhile */
    }
}

/* ---- placement ---- */

static void give(struct pcpu *self, struct pcpu *to, struct vcpu *v)
{
    __atomic_fetch_add(&to->nr, 1, __ATOMIC_RELAXED);
    __atomic_store_n(&v->cpu, to, __ATOMIC_SEQ_CST);
    lock_take(&to->inbox_lock, self->index);
    v->next = to->inbox;
    __atomic_store_n(&to->inbox, v, __ATOMIC_RELEASE);
    lock_drop(&to->inbox_lock);
    /* Its domain may be about to freeze: the new owner looks. */
    __atomic_store_n(&to->freezing, 1, __ATOMIC_SEQ_CST);
    sched_poke(self, to);
}

static bool is_held(const struct pcpu *pc)
{
    return pc && __atomic_load_n(&pc->rec->state, __ATOMIC_ACQUIRE) == IRX_CPU_HELD;
}

static struct pcpu *choose(const struct vcpu *v)
{
    uint32_t hint = v->rec->cpu_hint;
    struct pcpu *best = NULL;

    if (hint < shim.cpu_count && is_held(shim.pcpu[hint]))
        return shim.pcpu[hint];
    for (uint32_t i = 0; i < shim.cpu_count; i++) {
        struct pcpu *pc = shim.pcpu[i];

        if (is_held(pc) && (!best || pc->nr < best->nr))
            best = pc;
    }
    return best;
}

bool sched_place(struct pcpu *self, struct vcpu *v)
{
    struct pcpu *to = choose(v);

    if (!to)
        return false;
    give(self, to, v);
    return true;
}

void sched_take_inbox(struct pcpu *pc)
{
    if (!__atomic_load_n(&pc->inbox, __ATOMIC_ACQUIRE))
        return;
    lock_take(&pc->inbox_lock, pc->index);
    while (pc->inbox) {
        struct vcpu *v = pc->inbox;

        pc->inbox = v->next;
        v->next = pc->list;
        pc->list = v;
    }
    lock_drop(&pc->inbox_lock);
}

void sched_remove(struct pcpu *pc, struct vcpu *v)
{
    for (struct vcpu **at = &pc->list; *at; at = &(*at)->next) {
        if (*at == v) {
            *at = v->next;
            break;
        }
    }
    v->next = NULL;
    __atomic_fetch_sub(&pc->nr, 1, __ATOMIC_RELAXED);
    if (pc->current == v)
        pc->current = NULL;
    if (pc->last == v)
        pc->last = NULL;
}

bool sched_give_away(struct pcpu *pc)
{
    bool other = false;

    sched_take_inbox(pc);
    for (uint32_t i = 0; i < shim.cpu_count; i++)
        other |= shim.pcpu[i] != pc && is_held(shim.pcpu[i]);
    if (pc->list && !other)
        return false;
    while (pc->list) {
        struct vcpu *v = pc->list;

        if (state_of(v) == IRX_VCPU_RUNNING)
            set_state(v, IRX_VCPU_RUNNABLE);
        sched_remove(pc, v);
        sched_place(pc, v);
    }
    return true;
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

static void make_runnable(struct pcpu *pc, struct vcpu *v, tsc_t now)
{
    set_state(v, IRX_VCPU_RUNNABLE);
    sched_runstate(v, sched_waiting(v));
    v->runnable_since = now;
    if (pc->current)
        pc->slice_end = MIN(pc->slice_end, pc->slice_start + us_to_tsc(WAKE_AFTER_US));
}

/* Its polling and waiting end: vcpu_unblock() of Xen's sched/core.c. */
static void unblock(struct pcpu *pc, struct vcpu *v, tsc_t now)
{
    if (v->rec->poll_port) {
        v->rec->poll_port = 0;
        __atomic_fetch_and(&v->d->poll_mask[v->id / 64], ~BIT(v->id % 64), __ATOMIC_SEQ_CST);
    }
    make_runnable(pc, v, now);
}

void sched_yield(struct pcpu *pc, struct vcpu *v)
{
    (void)v;
    pc->slice_end = 0;
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
    sched_poke(self, __atomic_load_n(&v->cpu, __ATOMIC_SEQ_CST));
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
            unblock(pc, v, now);
        } else if (state == IRX_VCPU_DOWN &&
                   __atomic_exchange_n(&v->bring_up, 0, __ATOMIC_SEQ_CST)) {
            make_runnable(pc, v, now);
        }
    }
}

/* Runnable is a vCPU of a paused domain, too, when it is claimed. */
static bool is_runnable(const struct vcpu *v)
{
    return state_of(v) == IRX_VCPU_RUNNABLE && !v->d->paused;
}

/* The next runnable vCPU behind `from` in the ring, `from` itself last. */
static struct vcpu *next_runnable(struct pcpu *pc, struct vcpu *from)
{
    struct vcpu *v = from ? from->next : pc->list;

    for (uint32_t i = 0; i <= pc->nr + 1; i++) {
        if (!v)
            v = pc->list;
        if (!v)
            return NULL;
        if (is_runnable(v))
            return v;
        v = v->next;
    }
    return NULL;
}

struct vcpu *sched_pick(struct pcpu *pc, tsc_t now)
{
    struct vcpu *v = pc->current, *next;

    see_kicks(pc, now);
    if (v && state_of(v) == IRX_VCPU_RUNNING) {
        if (now < pc->slice_end)
            return v;
        next = next_runnable(pc, v);
        if (!next) {
            pc->slice_start = now;
            pc->slice_end = now + us_to_tsc(SLICE_US);
            return v;
        }
        set_state(v, IRX_VCPU_RUNNABLE);
        sched_runstate(v, RUNSTATE_runnable);
        v->runnable_since = now;
    } else {
        next = next_runnable(pc, v ? v : pc->last);
    }
    pc->current = next;
    if (next) {
        pc->slice_start = now;
        pc->slice_end = now + us_to_tsc(SLICE_US);
    }
    return next;
}

bool sched_run(struct vcpu *v, tsc_t now)
{
    uint64_t waited = now - v->runnable_since;

    if (state_of(v) == IRX_VCPU_RUNNING)
        return false;
    if (v->runnable_since && now > v->runnable_since && waited > v->rec->max_wait_tsc)
        v->rec->max_wait_tsc = waited;
    set_state(v, IRX_VCPU_RUNNING);
    sched_runstate(v, RUNSTATE_running);
    return true;
}

tsc_t sched_next_event(struct pcpu *pc)
{
    tsc_t when = pc->next_poll;
    uint32_t runnable = 0;

    for (struct vcpu *v = pc->list; v; v = v->next) {
        when = MIN(when, v->next_tsc);
        if (sched_may_run(v))
            when = MIN(when, __atomic_load_n(&v->d->watchdog_tsc, __ATOMIC_RELAXED));
        runnable += is_runnable(v);
    }
    if (pc->current && runnable)
        when = MIN(when, pc->slice_end);
    return when;
}
