/* SPDX-License-Identifier: GPL-2.0-only */
/* Interrupts into the guest, before each entry: Xen's intr.c (its intr_assist()) and hvm/irq.c. */
#ifndef SHIM_GUEST_INTR_H
#define SHIM_GUEST_INTR_H

#include "core/domain.h"

/* Injects what is pending and can be taken, or opens a window for it. Owner CPU. */
void intr_assist(struct pcpu *pc, struct vcpu *v);
/* Something is pending and not blocked: HLT and SCHEDOP_block return at once. Owner CPU. */
bool intr_needs_delivery(struct pcpu *pc, struct vcpu *v);

#endif
