/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Timers of a vCPU: singleshot, periodic, poll, its local APIC's. Stopped first, then read, so
 * that none fires into a state that was read already.
 */
#include <xen/timer.h>

#include <asm/hvm/vlapic.h>
#include <asm/hvm/vpt.h>

#include "state/state.h"

static bool stop(struct timer *timer, uint64_t *deadline)
{
    bool armed = timer_expires_before(timer, STIME_MAX);

    stop_timer(timer);
    *deadline = armed ? timer->expires : 0;

    return armed;
}

/* Guest time is system time and this. */
static uint64_t guest_time_offset(const struct vcpu *v)
{
    return v->domain->arch.hvm.pl_time->stime_offset +
           v->arch.hvm.stime_offset;
}

/* One that is off the list with ticks waits for its LVT to be unmasked (pt_update_irq). */
static void apic_timer_export(struct vcpu *v, struct irx_apic_timer *t)
{
    struct vlapic *s = vcpu_vlapic(v);
    struct periodic_time *pt = &s->pt;

    *t = (struct irx_apic_timer){ .flags = IRX_APIC_TIMER_GIVEN };
    if ( s->timer_last_update )
        t->counted_from = s->timer_last_update - guest_time_offset(v);
    if ( !pt->vcpu || (!pt->on_list && !pt->pending_intr_nr) )
        return;

    stop_timer(&pt->timer);
    t->flags |= IRX_APIC_TIMER_ON;
    if ( pt->irq_issued )
        t->flags |= IRX_APIC_TIMER_ASSERTED;
    t->ticks = pt->pending_intr_nr;
    t->due = pt->scheduled;
}

/*
 * After lapic_rearm(), which began it anew where the registers say that there is
 * one. A deadline that had passed is not in them: its vector is in the IRR.
 */
static void apic_timer_import(struct vcpu *v, const struct irx_apic_timer *t)
{
    struct vlapic *s = vcpu_vlapic(v);
    struct periodic_time *pt = &s->pt;

    if ( !(t->flags & IRX_APIC_TIMER_GIVEN) )
        return;

    s->timer_last_update = t->counted_from
                               ? t->counted_from + guest_time_offset(v)
                               : 0;
    if ( !(t->flags & IRX_APIC_TIMER_ON) )
    {
        destroy_periodic_time(pt);
        return;
    }
    if ( !pt->vcpu || !pt->on_list )
        return;

    kill_timer(&pt->timer); /* it may have fired since */
    pt->pending_intr_nr = t->ticks;
    pt->irq_issued = t->flags & IRX_APIC_TIMER_ASSERTED;
    pt->scheduled = t->due;
    init_timer(&pt->timer, pt->timer.function, pt->timer.data, v->processor);
    if ( !t->ticks )
        set_timer(&pt->timer, t->due);
}

void interrex_timers_export(struct vcpu *v, struct irx_vcpu *r)
{
    stop_timer(&v->periodic_timer);
    r->periodic_period = v->periodic_period;
    r->periodic_last = v->periodic_last_event;

    if ( stop(&v->singleshot_timer, &r->singleshot_deadline) )
        r->flags |= IRX_VCPUF_SINGLESHOT;
    if ( stop(&v->poll_timer, &r->poll_deadline) )
        r->flags |= IRX_VCPUF_POLL_DEADLINE;
    r->poll_port = v->poll_evtchn;

    if ( is_hvm_vcpu(v) && interrex_anchor()->version >= IRX_VERSION(1, 1) )
        apic_timer_export(v, &r->apic_timer);
}

static void arm(struct timer *timer, uint64_t deadline, bool armed)
{
    stop_timer(timer);
    if ( !armed )
        return;
    migrate_timer(timer, smp_processor_id());
    set_timer(timer, deadline);
}

/*
 * The periodic timer is armed by the scheduler when v runs. A deadline that passed
 * fires at once.
 */
void interrex_timers_import(struct vcpu *v, const struct irx_vcpu *r)
{
    v->periodic_period = r->periodic_period;
    v->periodic_last_event = r->periodic_last;

    arm(&v->singleshot_timer, r->singleshot_deadline,
        r->flags & IRX_VCPUF_SINGLESHOT);
    arm(&v->poll_timer, r->poll_deadline, r->flags & IRX_VCPUF_POLL_DEADLINE);

    if ( is_hvm_vcpu(v) && interrex_anchor()->version >= IRX_VERSION(1, 1) )
        apic_timer_import(v, &r->apic_timer);
}
