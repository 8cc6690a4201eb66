/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * CPUs of the shim that did not answer: Xen has stopped them by INIT, and says so (IRX_CPU_DEAD). The
 * others go on without them: locks that such a CPU holds are taken from it (core/lock.h), what was only
 * waiting there runs elsewhere, and the vCPU whose registers were in it is lost with its domain.
 */
#ifndef SHIM_RUN_DEAD_H
#define SHIM_RUN_DEAD_H

#include "core/pcpu.h"

/* Now and then, on any held CPU: whether there is one, and if so what is to be done. */
void dead_look(struct pcpu *pc, tsc_t now);
/* The same, of all there are. Under mailbox_lock. */
void dead_bury(struct pcpu *pc);

#endif
