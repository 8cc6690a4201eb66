/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A domain's watchdogs: it says how long it may be silent (SCHEDOP_watchdog). When
 * one runs out the domain's vCPUs are parked: the next Xen finds the deadline passed
 * and ends the domain. Source: Xen's common/sched/core.c (domain_watchdog).
 */
#ifndef SHIM_GUEST_WATCHDOG_H
#define SHIM_GUEST_WATCHDOG_H

#include "core/domain.h"

/* ENTER: what is in the (validated) entry. */
void watchdog_load(struct dom *d);
/* SCHEDOP_watchdog by v: what the guest is answered. */
int64_t watchdog_op(struct pcpu *pc, struct vcpu *v, uint32_t id, uint32_t seconds);
/* One of v's domain has run out, and v may not go on; its owner CPU asks. */
bool watchdog_expired(const struct vcpu *v, tsc_t now);

#endif
