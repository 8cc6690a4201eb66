/* SPDX-License-Identifier: GPL-2.0-only */
/* Host TSC to system time and back, by a scale in R. */
#ifndef SHIM_CORE_TIME_H
#define SHIM_CORE_TIME_H

#include <interrex/abi/anchor.h>

#include "domain.h"

/* A length in other units, by a factor as struct irx_time_scale has it: Xen's scale_delta(). */
uint64_t time_scale(uint32_t mul, int32_t shift, uint64_t delta);
/* System time at TSC value t; also for t a little before the stamp. */
ns_t time_from_tsc(const struct irx_time_scale *s, tsc_t t);
/* System time of the guest, now. */
ns_t time_now(const struct vcpu *v);
/*
 * The first TSC value whose system time is not before `when`; TSC_NEVER when that
 * is out of reach. Never early, at most some ticks late.
 */
tsc_t time_to_tsc(const struct irx_time_scale *s, ns_t when);

#endif
