/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Parking: a vCPU that the shim cannot serve waits for the next Xen, at the instruction
 * that it came with.
 */
#ifndef SHIM_GUEST_PARK_H
#define SHIM_GUEST_PARK_H

#include "core/domain.h"

/* Stops v and writes the reason: its last exit, counted as IRX_EXIT_*, and v->park_detail. Owner
   CPU. */
void vcpu_park(struct pcpu *pc, struct vcpu *v, uint32_t exit_class);

#endif
