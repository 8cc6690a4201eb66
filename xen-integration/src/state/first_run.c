/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * When the vCPUs of a claimed domain first ran again, for the report (and, with it, how
 * long they waited at most): until then they stand still, also when they only wait for a CPU. v->arch.interrex_run_tsc is
 * 0: nothing to note; NOT_RUN; or the host TSC.
 */
#include <xen/sched.h>

#include "state/state.h"

#define NOT_RUN 1UL

void interrex_vcpu_runs(struct vcpu *v)
{
    if ( unlikely(v->arch.interrex_run_tsc == NOT_RUN) )
        v->arch.interrex_run_tsc = rdtsc();
}

void interrex_first_run_begin(struct domain *d)
{
    struct vcpu *v;

    for_each_vcpu (d, v)
        v->arch.interrex_run_tsc = NOT_RUN;
    smp_wmb();
}

void interrex_first_run_skip_idle(struct domain *d)
{
    struct vcpu *v;

    for_each_vcpu (d, v)
        if ( !vcpu_runnable(v) )
            cmpxchg(&v->arch.interrex_run_tsc, NOT_RUN, 0);
}

void interrex_first_run_export(const struct irx_domain *r)
{
    struct domain *d = get_domain_by_id(r->domid);
    struct vcpu *v;

    if ( !d )
        return;

    for_each_vcpu (d, v)
    {
        uint64_t tsc = xchg(&v->arch.interrex_run_tsc, 0);
        struct irx_vcpu *rv;

        if ( v->vcpu_id >= r->vcpu_count )
            continue;
        rv = interrex_vcpu_rec(r->vcpu_first + v->vcpu_id);
        if ( interrex_abi(1) )
            interrex_wait_export(v, rv);
        if ( tsc )
            rv->resume_tsc = tsc == NOT_RUN ? rdtsc() : tsc;
    }

    put_domain(d);
}
