/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What Xen asks for through the tables in R: domains prepared, entered, frozen,
 * CPUs given back (live.h has the states and their writers).
 */
#ifndef SHIM_RUN_MAILBOX_H
#define SHIM_RUN_MAILBOX_H

#include "core/domain.h"

/* Looks at every domain's entry. False: another CPU is at it, look again soon. */
bool mailbox_poll(struct pcpu *pc);
/* Does the next piece of what takes long (prepare.h), if no other CPU is at it. True: it did some. */
bool mailbox_step(struct pcpu *pc);
/* Saves this CPU's vCPUs of domains that are to be frozen. */
void mailbox_freeze_here(struct pcpu *pc);
/* What a dead CPU was at for Xen goes on, or back. Under mailbox_lock; its vCPUs are looked at next. */
void mailbox_take_over(struct pcpu *pc, struct pcpu *dead);
/*
 * This CPU's vCPUs go to others; `idle`: only if its core has none. False: it stays, as before; else it is
 * DRAINING, and the caller sees to the rest.
 */
bool mailbox_leave(struct pcpu *pc, bool idle);
/* Serves irx_cpu.request. Does not return if the CPU is released. */
void mailbox_cpu_request(struct pcpu *pc);

#endif
