/* SPDX-License-Identifier: GPL-2.0-only */
/* The timer of a local APIC: one shot, periodic, and to a TSC deadline. */
#include "core/time.h"
#include "timer.h"
#include "tsc.h"
#include "vlapic.h"
#include "vlapic_regs.h"

#define BUS_CYCLE_NS 10u /* APIC_BUS_CYCLE_NS */

static uint64_t timer_period(const struct vcpu *v)
{
    return (uint64_t)lapic_get(v, APIC_TMICT) * BUS_CYCLE_NS * vcpu_hw_lapic(v)->timer_divisor;
}

static void timer_off(struct vcpu *v)
{
    v->apic_timer_deadline = NS_NEVER;
    v->apic_timer_period = 0;
    v->apic_timer_last = 0;
    timer_update(v);
}

static void timer_on(struct vcpu *v, ns_t now, uint64_t delta, uint64_t period, bool periodic)
{
    v->apic_timer_deadline = now + delta;
    v->apic_timer_period = periodic ? period : 0;
    v->apic_timer_last = now + delta - period;
    timer_update(v);
}

/* vlapic_update_timer(): `lvtt` is the new value, `old_divisor` that of before. */
void vlapic_timer_changed(struct vcpu *v, uint32_t lvtt, bool new_count, uint32_t old_divisor)
{
    uint32_t divisor = vcpu_hw_lapic(v)->timer_divisor;
    uint64_t period = (uint64_t)lapic_get(v, APIC_TMICT) * BUS_CYCLE_NS * old_divisor, delta = 0;
    ns_t now = time_now(v);

    if (new_count) {
        delta = period;
    } else if (period && v->apic_timer_last) {
        uint64_t passed = now - v->apic_timer_last;

        if (lapic_timer_mode(v) == TIMER_PERIODIC)
            passed %= period;
        if (passed < period)
            delta = period - passed;
    }
    if (delta && (lvtt & TIMER_MODE) <= TIMER_PERIODIC) {
        if (divisor != old_divisor)
            delta = delta / old_divisor * divisor;
        timer_on(v, now, delta, timer_period(v), (lvtt & TIMER_MODE) == TIMER_PERIODIC);
    } else {
        timer_off(v);
    }
}

void vlapic_timer_fire(struct pcpu *pc, struct vcpu *v, ns_t now)
{
    uint32_t lvtt = lapic_get(v, APIC_LVTT);

    if (v->apic_timer_period) {
        v->apic_timer_last = now;
        v->apic_timer_deadline = now + v->apic_timer_period;
    } else {
        v->apic_timer_deadline = NS_NEVER;
    }
    if (lapic_timer_mode(v) == TIMER_DEADLINE)
        vcpu_hw_lapic(v)->tdt_msr = 0;
    if (!(lvtt & LVT_MASKED) && vlapic_enabled(v))
        vlapic_raise(pc, v, (uint8_t)lvtt);
}

uint32_t vlapic_timer_count(const struct vcpu *v)
{
    uint32_t initial = lapic_get(v, APIC_TMICT);
    uint64_t passed;

    if (!initial || !v->apic_timer_last || lapic_timer_mode(v) > TIMER_PERIODIC)
        return 0;
    passed = (time_now(v) - v->apic_timer_last) / (BUS_CYCLE_NS * vcpu_hw_lapic(v)->timer_divisor);
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

void vlapic_set_tsc_deadline(struct pcpu *pc, struct vcpu *v, uint64_t value)
{
    uint64_t guest_now;

    if (vlapic_hw_disabled(v) || lapic_timer_mode(v) != TIMER_DEADLINE)
        return;
    guest_now = tsc_read(v);
    vcpu_hw_lapic(v)->tdt_msr = value > guest_now ? value : 0;
    if (value > guest_now) {
        v->apic_timer_deadline = time_now(v) + deadline_delta(v, value - guest_now);
        timer_update(v);
    } else if (value) {
        vlapic_timer_fire(pc, v, time_now(v));
        timer_update(v);
    } else {
        timer_off(v);
    }
}

void vlapic_load(struct vcpu *v)
{
    struct hvm_hw_lapic *hw = vcpu_hw_lapic(v);
    ns_t now = time_now(v);

    if (!hw->timer_divisor)
        hw->timer_divisor = 1; /* never zero in a Xen record: a division by it follows */
    v->apic_timer_deadline = NS_NEVER;
    v->apic_timer_period = 0;
    v->apic_timer_last = 0;
    if (lapic_timer_mode(v) == TIMER_DEADLINE) {
        uint64_t guest_now = tsc_read(v);
        uint64_t ahead = hw->tdt_msr > guest_now ? hw->tdt_msr - guest_now : 0;

        if (hw->tdt_msr)
            v->apic_timer_deadline = now + deadline_delta(v, ahead);
    } else if (lapic_get(v, APIC_TMICT)) {
        timer_on(v, now, timer_period(v), timer_period(v), lapic_timer_mode(v) == TIMER_PERIODIC);
    }
}
