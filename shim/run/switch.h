/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Whose registers are in the CPU: those that entering and leaving a guest does not
 * change, that is FPU, debug registers, TSC_AUX. Owner CPU.
 */
#ifndef SHIM_RUN_SWITCH_H
#define SHIM_RUN_SWITCH_H

#include "core/domain.h"

/* Puts v's registers into the CPU, those of the vCPU before into its structure. */
void switch_to(struct pcpu *pc, struct vcpu *v);
/* Takes the loaded vCPU's registers, if there is one, out of the CPU. */
void switch_unload(struct pcpu *pc);

#endif
