/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The guest's memory by its own linear addresses: its page tables are walked as
 * the CPU would, its pages looked at through windows. Whatever the guest puts
 * there, only the guest's own pages are reached.
 */
#ifndef SHIM_GUEST_GMEM_H
#define SHIM_GUEST_GMEM_H

#include "core/domain.h"

enum gmem_access { GMEM_READ, GMEM_WRITE, GMEM_FETCH };

/* Linear address to guest frame, with supervisor rights but for GMEM_FETCH, which has the
   CPL's. Sets accessed and dirty bits. */
bool gmem_translate(struct pcpu *pc, struct vcpu *v, uint64_t va, enum gmem_access access,
                    gfn_t *gfn);
/* Copies; false: some of it is not mapped or not writable, and nothing is said about how much
   was copied. len at most PAGE_SIZE. */
bool gmem_read(struct pcpu *pc, struct vcpu *v, uint64_t va, void *to, unsigned int len);
bool gmem_write(struct pcpu *pc, struct vcpu *v, uint64_t va, const void *from, unsigned int len);
/* Instruction bytes at RIP: how many of `len` could be read. */
unsigned int gmem_fetch(struct pcpu *pc, struct vcpu *v, uint8_t *to, unsigned int len);

#endif
