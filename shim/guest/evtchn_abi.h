/* SPDX-License-Identifier: GPL-2.0-only */
/* Between evtchn.c and the two ABIs (evtchn_2l.c, evtchn_fifo.c). All under dom.lock. */
#ifndef SHIM_GUEST_EVTCHN_ABI_H
#define SHIM_GUEST_EVTCHN_ABI_H

#include "core/domain.h"

void twolevel_set_pending(struct pcpu *pc, struct vcpu *v, uint32_t port);
void twolevel_unmask(struct pcpu *pc, struct vcpu *v, uint32_t port);
bool twolevel_is_pending(struct pcpu *pc, const struct dom *d, uint32_t port);

void fifo_set_pending(struct pcpu *pc, struct vcpu *v, uint32_t port);
void fifo_unmask(struct pcpu *pc, struct vcpu *v, uint32_t port);
bool fifo_is_pending(struct pcpu *pc, const struct dom *d, uint32_t port);

#endif
