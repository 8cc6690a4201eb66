/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The guest's TSC where it is emulated: guest time, of which it is made, and by
 * which factor. Where it is not, the offset of each vCPU is all there is to it
 * (vcpu.c).
 */
#include <xen/event.h>

#include <asm/hvm/hvm.h>
#include <asm/hvm/vpt.h>
#include <asm/time.h>

#include "state/state.h"

/* What was given out last may be ahead of the time by as many answers as were given. */
#define AHEAD_MAX SECONDS(1)

void interrex_tsc_export(const struct domain *d, struct irx_domain *r)
{
    r->tsc_mode = d->arch.tsc_mode;
    if ( d->arch.vtsc )
        r->flags |= IRX_DOMF_VTSC;
    r->guest_time = (struct irx_guest_time){
        .to_tsc_mul = d->arch.ns_to_vtsc.mul_frac,
        .to_tsc_shift = d->arch.ns_to_vtsc.shift,
        .to_ns_mul = d->arch.vtsc_to_ns.mul_frac,
        .to_ns_shift = d->arch.vtsc_to_ns.shift,
    };
    if ( is_pv_domain(d) )
    {
        r->guest_time.last = d->arch.vtsc_last;
        return;
    }
    r->guest_time.offset = d->arch.hvm.pl_time->stime_offset;
    r->guest_time.last = d->arch.hvm.pl_time->last_guest_time;
}

static int check_ahead(const struct irx_domain *r)
{
    uint64_t now = NOW() + r->guest_time.offset;

    return (int64_t)(r->guest_time.last - now) > AHEAD_MAX ? -ERANGE : 0;
}

int interrex_tsc_validate(const struct domain *d, const struct irx_domain *r)
{
    return !(r->flags & IRX_DOMF_VTSC) == !d->arch.vtsc ? check_ahead(r)
                                                        : -EINVAL;
}

void interrex_tsc_import(struct domain *d, const struct irx_domain *r)
{
    d->arch.hvm.pl_time->last_guest_time = r->guest_time.last;
    /* Its vCPUs may have been created before it was known. */
    hvm_set_rdtsc_exiting(d, d->arch.vtsc);
}

int interrex_tsc_mode_import(struct domain *d, const struct irx_domain *r)
{
    const struct irx_guest_time *t = &r->guest_time;
    int rc = check_ahead(r);

    if ( rc )
        return rc;

    d->arch.vtsc = !!(r->flags & IRX_DOMF_VTSC);
    d->arch.vtsc_to_ns.mul_frac = t->to_ns_mul;
    d->arch.vtsc_to_ns.shift = t->to_ns_shift;
    d->arch.ns_to_vtsc.mul_frac = t->to_tsc_mul;
    d->arch.ns_to_vtsc.shift = t->to_tsc_shift;
    if ( is_pv_domain(d) )
    {
        d->arch.vtsc_last = t->last;
        return 0;
    }
    d->arch.hvm.pl_time->stime_offset = t->offset;
    interrex_tsc_import(d, r);

    return 0;
}
