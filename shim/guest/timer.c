/* SPDX-License-Identifier: GPL-2.0-only */
#include "timer.h"

#include "core/sched.h"
#include "core/time.h"
#include "evtchn.h"
#include "park.h"
#include "vlapic.h"
#include "watchdog.h"

#define HUGE_TIMEOUT_SHIFT 50u          /* do_set_timer_op(): about 13 days */
#define HUGE_TIMEOUT_NS    100000000ull /* becomes 100 ms */

/* Xen stops the periodic timer while the vCPU does not run: sched_context_switched(). */
static bool ticks(const struct vcpu *v)
{
    return v->rec->periodic_period &&
           __atomic_load_n(&v->rec->state, __ATOMIC_RELAXED) == IRX_VCPU_RUNNING;
}

void timer_update(struct vcpu *v)
{
    const struct irx_vcpu *r = v->rec;
    ns_t next = v->apic_timer_deadline;

    if (r->flags & IRX_VCPUF_SINGLESHOT)
        next = MIN(next, r->singleshot_deadline);
    if (ticks(v))
        next = MIN(next, r->periodic_last + r->periodic_period);
    if (r->flags & IRX_VCPUF_POLL_DEADLINE)
        next = MIN(next, r->poll_deadline);
    v->next_tsc = time_to_tsc(&r->time, next);
}

void timer_load(struct vcpu *v)
{
    timer_update(v);
}

static void clear_flag(struct vcpu *v, uint32_t flag)
{
    __atomic_fetch_and(&v->rec->flags, ~flag, __ATOMIC_SEQ_CST);
}

static void set_flag(struct vcpu *v, uint32_t flag)
{
    __atomic_fetch_or(&v->rec->flags, flag, __ATOMIC_SEQ_CST);
}

static void fire(struct pcpu *pc, struct vcpu *v)
{
    v->rec->timers_fired++;
    if (v->timer_port)
        evtchn_raise(pc, v->d, v->timer_port);
}

/* poll_timer_fn(): only if it still polls. */
static void end_poll(struct pcpu *pc, struct vcpu *v)
{
    uint64_t bit = BIT(v->id % 64);

    clear_flag(v, IRX_VCPUF_POLL_DEADLINE);
    if (__atomic_fetch_and(&v->d->poll_mask[v->id / 64], ~bit, __ATOMIC_SEQ_CST) & bit)
        sched_kick(pc, v);
}

static void fire_due(struct pcpu *pc, struct vcpu *v)
{
    struct irx_vcpu *r = v->rec;
    ns_t now = time_now(v);

    if ((r->flags & IRX_VCPUF_SINGLESHOT) && now >= r->singleshot_deadline) {
        clear_flag(v, IRX_VCPUF_SINGLESHOT);
        fire(pc, v);
    }
    if (ticks(v) && now >= r->periodic_last + r->periodic_period) {
        r->periodic_last = now;
        fire(pc, v);
    }
    if ((r->flags & IRX_VCPUF_POLL_DEADLINE) && now >= r->poll_deadline)
        end_poll(pc, v);
    if (now >= v->apic_timer_deadline)
        vlapic_timer_fire(pc, v, now);
    timer_update(v);
}

static bool domain_crashed(const struct dom *d)
{
    return __atomic_load_n(&d->crashed, __ATOMIC_RELAXED);
}

void timer_run(struct pcpu *pc, tsc_t now)
{
    for (struct vcpu *v = pc->list; v; v = v->next) {
        if (now >= v->next_tsc)
            fire_due(pc, v);
        if (sched_may_run(v) && (watchdog_expired(v, now) || domain_crashed(v->d)))
            vcpu_park(pc, v, IRX_EXIT_OTHER);
    }
}

void timer_runs(struct pcpu *pc, struct vcpu *v)
{
    if (ticks(v))
        fire_due(pc, v);
}

void timer_set_singleshot(struct pcpu *pc, struct vcpu *v, ns_t deadline)
{
    if (deadline < time_now(v)) {
        clear_flag(v, IRX_VCPUF_SINGLESHOT);
        fire(pc, v);
    } else {
        v->rec->singleshot_deadline = deadline;
        set_flag(v, IRX_VCPUF_SINGLESHOT);
    }
    timer_update(v);
}

void timer_set_op(struct pcpu *pc, struct vcpu *v, uint64_t deadline)
{
    ns_t now = time_now(v);
    int64_t ahead = (int64_t)(deadline - now);

    if (!deadline) {
        timer_stop_singleshot(v);
        return;
    }
    if ((int64_t)deadline < 0 || (ahead > 0 && ahead >> HUGE_TIMEOUT_SHIFT))
        deadline = now + HUGE_TIMEOUT_NS;
    timer_set_singleshot(pc, v, deadline);
}

void timer_stop_singleshot(struct vcpu *v)
{
    clear_flag(v, IRX_VCPUF_SINGLESHOT);
    timer_update(v);
}

void timer_set_periodic(struct pcpu *pc, struct vcpu *v, uint64_t period)
{
    v->rec->periodic_period = period;
    timer_runs(pc, v); /* vcpu_periodic_timer_work_locked() */
    timer_update(v);
}
