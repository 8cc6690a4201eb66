/* SPDX-License-Identifier: GPL-2.0-only */
/* A domain's watchdogs: SCHEDOP_watchdog. */
#ifndef INTERREX_WATCHDOG_H
#define INTERREX_WATCHDOG_H

#include <xen/sched.h>

#include <interrex/abi/live.h>

/* d is paused. Its watchdogs stand still until import. */
void interrex_watchdog_export(struct domain *d, struct irx_domain *r);
/* -ERANGE: a deadline that no clock will reach. */
int interrex_watchdog_validate(const struct irx_domain *r);
/* Validated, or as it was exported. */
void interrex_watchdog_import(struct domain *d, const struct irx_domain *r);

#endif /* INTERREX_WATCHDOG_H */
