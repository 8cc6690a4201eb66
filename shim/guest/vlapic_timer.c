/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The timer of a local APIC: one shot, periodic, and to a TSC deadline. A tick that came
 * waits until the guest takes its interrupt, and only then the next one is due, as in
 * Xen's hvm/vpt.c (struct periodic_time) and hvm/vlapic.c (vlapic_update_timer()).
 */
#include "core/sched.h"
#include "core/time.h"
#include "timer.h"
#include "tsc.h"
#include "vlapic.h"
#include "vlapic_regs.h"

#define BUS_CYCLE_NS 10u     /* APIC_BUS_CYCLE_NS */
#define PERIOD_MIN   100000u /* ns: create_periodic_time() */

static uint64_t mode(const struct vcpu *v)
{
    return v->d->rec->params[HVM_PARAM_TIMER_MODE];
}

/* Xen stops it while its vCPU waits for a CPU, is down or paused: pt_save_timer(). */
static bool is_armed(const struct vcpu *v)
{
    const struct apic_timer *t = &v->timer;
    uint32_t state = __atomic_load_n(&v->rec->state, __ATOMIC_RELAXED);

    if (!t->on || t->ticks)
        return false;
    return state == IRX_VCPU_RUNNING || state == IRX_VCPU_BLOCKED ||
           (state == IRX_VCPU_RUNNABLE && t->keeps);
}

ns_t vlapic_timer_next(const struct vcpu *v)
{
    return is_armed(v) ? v->timer.due : NS_NEVER;
}

/* destroy_periodic_time() */
static void stop(struct vcpu *v)
{
    v->timer = (struct apic_timer){.counted_from = v->timer.counted_from,
                                   .vector = v->timer.vector};
    timer_update(v);
}

/* Xen's timers have signed times: one behind the last of them passed long ago. */
static ns_t as_signed(ns_t due)
{
    return (int64_t)due < 0 ? 0 : due;
}

/* create_periodic_time(), align_timer() */
static void start(struct vcpu *v, uint64_t delta, uint64_t period)
{
    struct apic_timer *t = &v->timer;
    ns_t now = time_now(v);

    if (period)
        period = MAX(period, PERIOD_MIN);
    *t = (struct apic_timer){.on = true,
                             .vector = t->vector,
                             .period = period,
                             .due = as_signed(now + delta),
                             .counted_from = now};
    if (period && v->d->rec->params[HVM_PARAM_VPT_ALIGN])
        t->due += period - 1 - (t->due - 1) % period;
    else if (period)
        t->due += delta >> 1; /* away from the ticks of other timers */
    timer_update(v);
}

/* pt_process_missed_ticks(): it keeps its phase. */
static void count_missed(struct vcpu *v)
{
    struct apic_timer *t = &v->timer;
    ns_t now = time_now(v);
    uint64_t missed;

    if (!t->period || now <= t->due)
        return;
    missed = (now - t->due) / t->period + 1;
    if (mode(v) == HVMPTM_no_missed_ticks_pending)
        t->keeps = !t->ticks;
    else
        t->ticks += missed;
    t->due += missed * t->period;
}

/* pt_update_irq(). One that LVTT keeps out waits until that is written. */
static void assert_vector(struct pcpu *pc, struct vcpu *v)
{
    struct apic_timer *t = &v->timer;

    if (!t->on || !t->ticks || !vlapic_enabled(v) || (lapic_get(v, APIC_LVTT) & LVT_MASKED))
        return;
    t->asserted = true;
    vlapic_raise(pc, v, t->vector);
}

/* pt_timer_fn() */
void vlapic_timer_fire(struct pcpu *pc, struct vcpu *v, ns_t now)
{
    struct apic_timer *t = &v->timer;

    if (!is_armed(v) || now < t->due)
        return;
    t->ticks++;
    t->due += t->period;
    t->keeps = false;
    assert_vector(pc, v);
    sched_kick(pc, v);
}

/* pt_restore_timer() */
void vlapic_timer_runs(struct pcpu *pc, struct vcpu *v)
{
    if (v->timer.on && !v->timer.ticks)
        count_missed(v);
    assert_vector(pc, v);
}

/* pt_may_unmask_irq() */
void vlapic_timer_unmasked(struct pcpu *pc, struct vcpu *v)
{
    assert_vector(pc, v);
}

/* pt_irq_fired() and vlapic_pt_cb(), vlapic_tdt_pt_cb() */
static void taken(struct vcpu *v)
{
    struct apic_timer *t = &v->timer;
    ns_t now = time_now(v);

    t->asserted = false;
    if (!t->period) {
        t->on = false;
        t->ticks = 0;
    } else if (mode(v) == HVMPTM_one_missed_tick_pending ||
               mode(v) == HVMPTM_no_missed_ticks_pending) {
        count_missed(v);
        t->ticks = 0;
    } else {
        if (!--t->ticks)
            count_missed(v);
    }
    if (t->period || t->to_deadline)
        t->counted_from = now;
    if (t->to_deadline)
        vcpu_hw_lapic(v)->tdt_msr = 0;
}

/* pt_intr_post() */
void vlapic_timer_taken(struct pcpu *pc, struct vcpu *v, uint8_t vector)
{
    struct apic_timer *t = &v->timer;

    if (!t->ticks || !t->asserted || t->vector != vector)
        return;
    taken(v);
    assert_vector(pc, v);
    timer_update(v);
}

/* vlapic_update_timer(): `lvtt` is the new value, `old_divisor` that of before. */
void vlapic_timer_changed(struct vcpu *v, uint32_t lvtt, bool new_count, uint32_t old_divisor)
{
    uint32_t divisor = vcpu_hw_lapic(v)->timer_divisor;
    uint64_t ticks = (uint64_t)lapic_get(v, APIC_TMICT) * BUS_CYCLE_NS;
    uint64_t period = ticks * old_divisor, delta = 0;

    if (new_count) {
        delta = period;
    } else if (period && v->timer.counted_from) {
        uint64_t passed = time_now(v) - v->timer.counted_from;

        if (lapic_timer_mode(v) == TIMER_PERIODIC)
            passed %= period;
        if (passed < period)
            delta = period - passed;
    }
    if (delta && (lvtt & TIMER_MODE) <= TIMER_PERIODIC) {
        if (divisor != old_divisor) {
            period = ticks * divisor;
            delta = delta * divisor / old_divisor;
        }
        start(v, delta, (lvtt & TIMER_MODE) == TIMER_PERIODIC ? period : 0);
        if (!new_count)
            v->timer.counted_from -= period - delta;
    } else {
        v->timer.counted_from = 0;
        stop(v);
    }
}

void vlapic_timer_set_vector(struct vcpu *v, uint8_t vector)
{
    v->timer.vector = vector;
}

uint32_t vlapic_timer_count(const struct vcpu *v)
{
    uint32_t initial = lapic_get(v, APIC_TMICT);
    uint64_t passed;

    if (!initial || !v->timer.counted_from || lapic_timer_mode(v) > TIMER_PERIODIC)
        return 0;
    passed = (time_now(v) - v->timer.counted_from) /
             (BUS_CYCLE_NS * vcpu_hw_lapic(v)->timer_divisor);
    if (lapic_timer_mode(v) == TIMER_PERIODIC)
        passed %= initial;
    return passed < initial ? initial - (uint32_t)passed : 0;
}

uint64_t vlapic_tsc_deadline(const struct vcpu *v)
{
    return lapic_timer_mode(v) == TIMER_DEADLINE ? vcpu_hw_lapic(v)->tdt_msr : 0;
}

/* gtsc_to_gtime(), at least 0 as Xen reads it: signed. */
static uint64_t deadline_delta(const struct vcpu *v, uint64_t ticks)
{
    int64_t delta = (int64_t)tsc_ticks_to_ns(v->d, ticks);

    return delta > 0 ? (uint64_t)delta : 0;
}

/* A deadline in the past is due at once. */
static void set_deadline(struct vcpu *v, uint64_t value)
{
    uint64_t guest_now = tsc_read(v);

    vcpu_hw_lapic(v)->tdt_msr = value > guest_now ? value : 0;
    if (!value) {
        stop(v);
        return;
    }
    start(v, value > guest_now ? deadline_delta(v, value - guest_now) : 0, 0);
    v->timer.to_deadline = true;
}

/* vlapic_tdt_msr_set() */
void vlapic_set_tsc_deadline(struct pcpu *pc, struct vcpu *v, uint64_t value)
{
    if (vlapic_hw_disabled(v) || lapic_timer_mode(v) != TIMER_DEADLINE)
        return;
    set_deadline(v, value);
    vlapic_timer_fire(pc, v, time_now(v));
    timer_update(v);
}

/* ---- enter and freeze ---- */

static uint64_t period_of_registers(const struct vcpu *v)
{
    return (uint64_t)lapic_get(v, APIC_TMICT) * BUS_CYCLE_NS * vcpu_hw_lapic(v)->timer_divisor;
}

/* lapic_rearm(): Xen's record of the registers does not tell how far it is. */
static void rearm(struct vcpu *v)
{
    uint64_t period = period_of_registers(v);

    if (lapic_timer_mode(v) == TIMER_DEADLINE) {
        if (vcpu_hw_lapic(v)->tdt_msr)
            set_deadline(v, vcpu_hw_lapic(v)->tdt_msr);
    } else if (period) {
        start(v, period, lapic_timer_mode(v) == TIMER_PERIODIC ? period : 0);
    }
}

static bool is_told(void)
{
    return shim.anchor->version >= IRX_VERSION(1, 1);
}

void vlapic_load(struct vcpu *v)
{
    const struct irx_apic_timer *r = &v->rec->apic_timer;
    struct apic_timer *t = &v->timer;

    *t = (struct apic_timer){.vector = (uint8_t)lapic_get(v, APIC_LVTT)};
    if (!is_told() || !(r->flags & IRX_APIC_TIMER_GIVEN)) {
        rearm(v);
        return;
    }
    t->counted_from = r->counted_from;
    if (!(r->flags & IRX_APIC_TIMER_ON))
        return;
    t->on = true;
    t->to_deadline = lapic_timer_mode(v) == TIMER_DEADLINE;
    t->asserted = r->flags & IRX_APIC_TIMER_ASSERTED;
    t->ticks = r->ticks;
    t->due = as_signed(r->due);
    if (lapic_timer_mode(v) == TIMER_PERIODIC)
        t->period = MAX(period_of_registers(v), PERIOD_MIN);
}

void vlapic_timer_save(struct vcpu *v)
{
    const struct apic_timer *t = &v->timer;

    if (is_told())
        v->rec->apic_timer = (struct irx_apic_timer){
            .flags = IRX_APIC_TIMER_GIVEN | (t->on ? IRX_APIC_TIMER_ON : 0) |
                     (t->asserted ? IRX_APIC_TIMER_ASSERTED : 0),
            .ticks = (uint32_t)MIN(t->ticks, UINT32_MAX),
            .due = t->due,
            .counted_from = t->counted_from,
        };
}
