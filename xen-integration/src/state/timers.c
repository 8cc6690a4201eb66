/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Timers of a vCPU: singleshot, periodic, poll. Stopped first, then read, so
 * that none fires into a state that was read already.
 */
#include <xen/timer.h>

#include "state/state.h"

static bool stop(struct timer *timer, uint64_t *deadline)
{
    bool armed = timer_expires_before(timer, STIME_MAX);

    stop_timer(timer);
    *deadline = armed ? timer->expires : 0;

    return armed;
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
}
