/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Run states as the guest sees them: by hypercall, and in the area that it named for a vCPU
 * (VCPUOP_register_runstate_memory_area), which follows at each start and end of its turns.
 * The states are core/sched.c's. Source: Xen's arch/x86/domain.c (update_runstate_area),
 * common/sched/core.c (vcpu_runstate_get).
 */
#ifndef SHIM_GUEST_RUNSTATE_H
#define SHIM_GUEST_RUNSTATE_H

#include "core/xenabi.h"

/* With the time since the state was entered. Any CPU. */
void runstate_get(const struct vcpu *v, struct vcpu_runstate_info *info);
/* The Xen that the guests come from said how areas are written: else they are left alone. */
bool runstate_area_served(void);
/* Names an area, 0 = none, and fills it; for a vCPU that runs, on its CPU. */
void runstate_area_set(struct pcpu *pc, struct vcpu *v, uint64_t va);
/* Its turn begins or is over: the area follows. Owner CPU, the vCPU's registers loaded. */
void runstate_area_update(struct pcpu *pc, struct vcpu *v);
/* The loop has picked `next` (NULL: nobody): the area of who ran until now follows. */
void runstate_turn_over(struct pcpu *pc, const struct vcpu *next);

#endif
