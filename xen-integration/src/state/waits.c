/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How long vCPUs were kept from running although they wanted to, while CPUs are lent:
 * the longest wait of each, for the report (irx_vcpu.xen_wait_ns). What the shim kept
 * them waiting is irx_vcpu.max_wait_tsc.
 */
#include <xen/sched.h>

#include <asm/interrex.h>

#include "state/state.h"

bool __read_mostly interrex_waits_watched;

/* With the schedule lock of v's CPU held: only there its run state changes. */
void interrex_waited(struct vcpu *v, int64_t ns)
{
    if ( ns > 0 && (uint64_t)ns > v->arch.interrex_wait_ns )
        v->arch.interrex_wait_ns = ns;
}

void interrex_waits_begin(void)
{
    struct domain *d;
    struct vcpu *v;

    rcu_read_lock(&domlist_read_lock);
    for_each_domain (d)
        for_each_vcpu (d, v)
            v->arch.interrex_wait_ns = 0;
    rcu_read_unlock(&domlist_read_lock);
    interrex_waits_go_on();
}

void interrex_waits_go_on(void)
{
    write_atomic(&interrex_waits_watched, true);
}

void interrex_waits_end(void)
{
    write_atomic(&interrex_waits_watched, false);
}

void interrex_wait_export(const struct vcpu *v, struct irx_vcpu *r)
{
    s_time_t now = NOW(), since = v->runstate.state_entry_time;
    uint64_t wait = v->arch.interrex_wait_ns;

    if ( interrex_waits_watched && v->runstate.state == RUNSTATE_runnable &&
         now > since )
        wait = max_t(uint64_t, wait, now - since);
    r->xen_wait_ns = wait;
}

void interrex_wait_import(struct vcpu *v, const struct irx_vcpu *r)
{
    v->arch.interrex_wait_ns = max(v->arch.interrex_wait_ns, r->xen_wait_ns);
}
