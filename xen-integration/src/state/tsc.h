/* SPDX-License-Identifier: GPL-2.0-only */
/* The guest's TSC where it is emulated, and guest time. */
#ifndef INTERREX_TSC_H
#define INTERREX_TSC_H

#include <xen/sched.h>

#include <interrex/abi/live.h>

/* Into the slot; exact once d is paused. Adds to r->flags. */
void interrex_tsc_export(const struct domain *d, struct irx_domain *r);
/* Claim: before anything of d is changed. -EINVAL, -ERANGE: not what d's TSC can be. */
int interrex_tsc_validate(const struct domain *d, const struct irx_domain *r);
/* Claim: guest time goes on here. Validated. */
void interrex_tsc_import(struct domain *d, const struct irx_domain *r);
/*
 * In the Xen that an update started, after tsc_set_info(), which decides by this
 * host what is emulated: it stays as it was. -EINVAL, -ERANGE with d unchanged.
 */
int interrex_tsc_mode_import(struct domain *d, const struct irx_domain *r);

#endif /* INTERREX_TSC_H */
