/* SPDX-License-Identifier: GPL-2.0-only */
/* How a vCPU learns that events wait for it: struct vcpu_info and its interrupt, or SCHEDOP_poll. */
#ifndef SHIM_GUEST_UPCALL_H
#define SHIM_GUEST_UPCALL_H

#include "core/domain.h"

/* struct vcpu_info (public/xen.h), the same in both widths but for pending_sel. */
#define VCPU_INFO_UPCALL_PENDING 0u
#define VCPU_INFO_UPCALL_MASK    1u
#define VCPU_INFO_SEL_64         8u
#define VCPU_INFO_SEL_32         4u

/* The vCPU's struct vcpu_info, through a window; NULL: it has none. */
uint8_t *vcpu_info_map(struct pcpu *pc, const struct vcpu *v);
/* evtchn_upcall_pending; false where there is no vcpu_info. */
bool upcall_pending(struct pcpu *pc, const struct vcpu *v);
/* evtchn_upcall_mask = 0: SCHEDOP_block. */
void upcall_unmask(struct pcpu *pc, struct vcpu *v);
/* Sets evtchn_upcall_pending and, if it was clear, interrupts the vCPU. Any CPU, under dom.lock. */
void upcall_raise(struct pcpu *pc, struct vcpu *v);
/* Wakes who polls for this port, or for several. Any CPU, under dom.lock. */
void upcall_pollers(struct pcpu *pc, struct dom *d, uint32_t port);

#endif
