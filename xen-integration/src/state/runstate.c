/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Run state of a vCPU: the shim goes on counting where Xen left off, and the
 * times always add up to the time that passed.
 */
#include <xen/guest_access.h>
#include <xen/time.h>

#include "state/state.h"

void interrex_runstate_export(struct vcpu *v, struct irx_vcpu *r)
{
    struct vcpu_runstate_info info;
    unsigned int i;

    vcpu_runstate_get(v, &info);

    BUILD_BUG_ON(ARRAY_SIZE(r->runstate_time) != ARRAY_SIZE(info.time));
    r->runstate = info.state;
    r->runstate_entry_time = NOW();
    for ( i = 0; i < ARRAY_SIZE(info.time); i++ )
        r->runstate_time[i] = info.time[i];

    r->runstate_area = (unsigned long)runstate_guest(v).p;
}

void interrex_runstate_import(struct vcpu *v, const struct irx_vcpu *r)
{
    s_time_t now = NOW();
    unsigned int i;

    for ( i = 0; i < ARRAY_SIZE(v->runstate.time); i++ )
        v->runstate.time[i] = r->runstate_time[i];

    /* The last state lasts until now; Xen counts its own from here. */
    if ( r->runstate < ARRAY_SIZE(v->runstate.time) )
        v->runstate.time[r->runstate] += max_t(
            s_time_t, now - r->runstate_entry_time, 0);
    v->runstate.state_entry_time = now;
}

void interrex_runstate_area_import(struct vcpu *v, const struct irx_vcpu *r)
{
    set_xen_guest_handle(runstate_guest(v),
                         (struct vcpu_runstate_info *)r->runstate_area);
    /* One that stands in its user's tables is written to when it comes back from there. */
    if ( is_pv_vcpu(v) )
        v->arch.pv.need_update_runstate_area = true;
}
