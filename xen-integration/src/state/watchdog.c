/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A domain's watchdogs (SCHEDOP_watchdog). Stopped, then read: the domain may
 * well be silent here while the shim has it.
 */
#include <xen/sched.h>
#include <xen/timer.h>

#include "state/state.h"

void interrex_watchdog_export(struct domain *d, struct irx_domain *r)
{
    unsigned int i;

    BUILD_BUG_ON(ARRAY_SIZE(r->watchdog) != NR_DOMAIN_WATCHDOG_TIMERS);

    spin_lock(&d->watchdog_lock);
    for ( i = 0; i < NR_DOMAIN_WATCHDOG_TIMERS; i++ )
    {
        struct timer *timer = &d->watchdog_timer[i];

        stop_timer(timer);
        r->watchdog[i] = test_bit(i, &d->watchdog_inuse_map) ? timer->expires
                                                             : 0;
    }
    spin_unlock(&d->watchdog_lock);
}

/* One that has run out fires at once. */
void interrex_watchdog_import(struct domain *d, const struct irx_domain *r)
{
    unsigned int i;

    spin_lock(&d->watchdog_lock);
    for ( i = 0; i < NR_DOMAIN_WATCHDOG_TIMERS; i++ )
    {
        if ( !r->watchdog[i] )
        {
            stop_timer(&d->watchdog_timer[i]);
            clear_bit(i, &d->watchdog_inuse_map);
            continue;
        }
        set_bit(i, &d->watchdog_inuse_map);
        set_timer(&d->watchdog_timer[i], r->watchdog[i]);
    }
    spin_unlock(&d->watchdog_lock);
}

/*
 * A domain that asked in time is not to end because it could not ask for so long. And its
 * kernel, which looks after its own tasks the same way, is told that it stood still
 * (Linux: pvclock_touch_watchdogs()).
 */
void interrex_watchdog_stood(struct domain *d, struct irx_domain *r,
                             uint64_t ns)
{
    struct vcpu *v;
    unsigned int i;

    for ( i = 0; i < ARRAY_SIZE(r->watchdog); i++ )
        if ( r->watchdog[i] )
            r->watchdog[i] += ns;

    for_each_vcpu (d, v)
        if ( v->vcpu_info != &dummy_vcpu_info )
            vcpu_info(v, time).flags |= XEN_PVCLOCK_GUEST_STOPPED;
}
