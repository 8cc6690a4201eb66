/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Event channels of held domains, 2-level and FIFO. Source: Xen's
 * common/event_channel.c, event_2l.c, event_fifo.c. The guest's side of both
 * protocols is lock-free; the shim's side is under dom.lock.
 */
#ifndef SHIM_GUEST_EVTCHN_H
#define SHIM_GUEST_EVTCHN_H

#include "core/domain.h"

/* Raises a port of a live domain, for whichever reason. False: the domain is not live. */
bool evtchn_raise(struct pcpu *pc, struct dom *d, uint32_t port);
/* The same under d->lock, the domain being live. */
void evtchn_raise_locked(struct pcpu *pc, struct dom *d, uint32_t port);
/* EVTCHNOP_send by v: 0 or a negative errno for the guest. */
int evtchn_send(struct pcpu *pc, struct vcpu *v, uint32_t port);
/* EVTCHNOP_unmask. */
int evtchn_unmask(struct pcpu *pc, struct dom *d, uint32_t port);
/* EVTCHNOP_bind_vcpu: 0, a negative errno for the guest, or 1: only a Xen can. */
int evtchn_bind_vcpu(struct pcpu *pc, struct dom *d, uint32_t port, uint32_t vcpu);
/* SCHEDOP_poll: 1 pending, 0 not, negative errno: no port that could become so. */
int evtchn_poll(struct pcpu *pc, struct dom *d, uint32_t port);

/*
 * A CPU died while it was at d's events, some of which may be nowhere: raises every port that somebody may
 * have sent to. An event too many does no harm.
 */
void evtchn_raise_all(struct pcpu *pc, struct dom *d);
/* Raises in the guest every port that Xen has rung for, if the domain is live. Any CPU. */
void evtchn_deliver(struct pcpu *pc, struct dom *d);
/* The same for all domains: a doorbell does not say whose event it is. */
void evtchn_deliver_all(struct pcpu *pc);

#endif
