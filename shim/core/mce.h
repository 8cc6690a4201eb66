/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Machine checks: what the banks of the CPU say goes to R, for the Xen that claims, and to the log.
 * Source: AMD64 APM volume 2, chapter 9; the banks by their legacy addresses, as Xen's
 * cpu/mcheck/mce.c has them.
 */
#ifndef SHIM_CORE_MCE_H
#define SHIM_CORE_MCE_H

#include "domain.h"

/*
 * On the CPU that took one, interrupts off; v: the vCPU that ran, NULL: the shim itself did; rip: where.
 * Reads the banks and clears them. True: the CPU itself is sound, and takes the next one
 * (MCG_STATUS.MCIP is clear); false: its state is not what it seems, it must stop.
 */
bool mce_take(struct pcpu *pc, const struct vcpu *v, uint64_t rip);

/*
 * On a CPU that goes back to Xen: what its banks have that raised nothing, corrected errors, goes to
 * the log, for who starts the CPU clears them. Returns how many banks.
 */
unsigned int mce_log_corrected(const struct pcpu *pc);

#endif
