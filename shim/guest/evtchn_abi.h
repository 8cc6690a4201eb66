/* SPDX-License-Identifier: GPL-2.0-only */
/* Between evtchn.c and the two ABIs (evtchn_2l.c, evtchn_fifo.c). All under dom.lock. */
#ifndef SHIM_GUEST_EVTCHN_ABI_H
#define SHIM_GUEST_EVTCHN_ABI_H

#include "core/domain.h"

/* struct vcpu_info (public/xen.h), the same in both widths but for pending_sel. */
#define VCPU_INFO_UPCALL_PENDING 0u
#define VCPU_INFO_UPCALL_MASK    1u
#define VCPU_INFO_SEL_64         8u
#define VCPU_INFO_SEL_32         4u

/* NULL: the vCPU has none. */
uint8_t *vcpu_info_map(struct pcpu *pc, const struct vcpu *v);
void evtchn_mark_pending(struct pcpu *pc, struct vcpu *v);
void evtchn_check_pollers(struct pcpu *pc, struct dom *d, uint32_t port);

void twolevel_set_pending(struct pcpu *pc, struct vcpu *v, uint32_t port);
void twolevel_unmask(struct pcpu *pc, struct vcpu *v, uint32_t port);
bool twolevel_is_pending(struct pcpu *pc, const struct dom *d, uint32_t port);

void fifo_set_pending(struct pcpu *pc, struct vcpu *v, uint32_t port);
void fifo_unmask(struct pcpu *pc, struct vcpu *v, uint32_t port);
bool fifo_is_pending(struct pcpu *pc, const struct dom *d, uint32_t port);

#endif
