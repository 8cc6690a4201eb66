/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What CPU time each vCPU is owed, as Xen's credit2 has it (xen/common/sched/credit2.c of 4.17):
 * a vCPU uses up credit while it runs, the faster the lower its domain's weight; who has most is
 * next. When nobody has any left all get 10 ms of it, and nobody keeps much more than that.
 *
 * Credit and time are in TSC ticks: a tick of the highest weight costs one of credit.
 */
#ifndef SHIM_CORE_CREDIT_H
#define SHIM_CORE_CREDIT_H

#include "domain.h"

#define CREDIT_NONE INT64_MIN /* less than any vCPU's */

/* `us` microseconds, in TSC ticks. */
tsc_t credit_us(uint32_t us);

/* The domain's weight and cap, from its entry in R, which has been validated. */
void credit_take(struct dom *d);
/* It runs here, or no longer does. Under mailbox_lock, as everything that changes who is held. */
void credit_weights(void);
/* An entered vCPU begins with as much as anybody gets. */
void credit_load(struct vcpu *v);

/* What it has now. Owner CPU. */
int64_t credit_of(struct vcpu *v);
/* It ran for so long. Owner CPU. */
void credit_charge(struct vcpu *v, tsc_t ticks);
/* How long it has to run to use up `credit`; 0 for none or less. */
tsc_t credit_lasts(const struct vcpu *v, int64_t credit);
/*
 * `next` is about to run on pc, and nobody who waits there has more than `top`. If nobody has
 * any left a new round begins: for all CPUs, or for the vCPUs of this one alone where those
 * that still have some wait elsewhere and may not run here.
 */
void credit_round(struct pcpu *pc, struct vcpu *next, int64_t top);

/*
 * Caps: a domain may use so much in each 10 ms, all of its vCPUs together. Any CPU.
 */
/* It may run now. */
bool credit_within_cap(struct dom *d, tsc_t now);
/* How long one of its vCPUs may run until that is looked at again; TSC_NEVER without a cap. */
tsc_t credit_cap_lasts(const struct dom *d);

#endif
