/* SPDX-License-Identifier: GPL-2.0-only */
/* How a held CPU goes: because Xen asked for it, or because it cannot go on. */
#ifndef SHIM_RUN_STOP_H
#define SHIM_RUN_STOP_H

#include "core/pcpu.h"

/* It has no vCPUs: the CPU is as Xen lent it (anchor.h), but for the local APIC's id and base. */
void cpu_leave(struct pcpu *pc);
/* It has no vCPUs: back to Xen, which starts it by INIT, with this in irx_cpu.error. */
_Noreturn void cpu_release(struct pcpu *pc, int error);

/* Xen has given this CPU up before it arrived: it waits for INIT, and writes nothing. */
_Noreturn void cpu_too_late(struct pcpu *pc);
/*
 * It cannot go on, and holds no lock; on its own stack. Its vCPUs, and what is asked for
 * them, go to the other held CPUs, and Xen may have it back at once. The last one has to stay:
 * it parks its vCPUs, and does what Xen asks for. -EFAULT in irx_cpu.error.
 */
_Noreturn void cpu_stop(struct pcpu *pc);

#endif
