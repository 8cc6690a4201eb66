/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Events from held guests to Xen: levels in a bitmap a domain (live.h), and an interrupt that
 * says "look". Xen takes a level at once, so a guest could have its CPU live in interrupts:
 * all held CPUs together ring at most once in 20 us, later for the rest. The way back:
 * guest/evtchn.h.
 */
#ifndef SHIM_CORE_DOORBELL_H
#define SHIM_CORE_DOORBELL_H

#include "domain.h"

/* The domain's own port `port` sends to somebody who is with Xen. On pc. */
void doorbell_to_xen(struct pcpu *pc, struct dom *d, uint32_t port);
/* When pc has to ring for what it could not at once; TSC_NEVER: it has nothing to ring for. */
tsc_t doorbell_due(const struct pcpu *pc);
/* Rings if it is due. */
void doorbell_run(struct pcpu *pc, tsc_t now);
/* pc is about to leave: nothing stays behind. */
void doorbell_leave(struct pcpu *pc);

#endif
