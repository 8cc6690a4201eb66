/* SPDX-License-Identifier: GPL-2.0-only */
/* How a lent CPU comes in. */
#ifndef SHIM_RUN_START_H
#define SHIM_RUN_START_H

#include "core/pcpu.h"

/*
 * entry.S calls this on the boot stack, holding the boot lock. Returns the CPU's
 * structure, ready for loop_enter(), or NULL: the CPU is released, the reason is
 * in irx_cpu.error (and irx_anchor.shim_error if it was the first).
 */
struct pcpu *start_cpu(paddr_t region_base, uint64_t index);

#endif
