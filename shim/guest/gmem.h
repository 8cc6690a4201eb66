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

/* Linear address to guest frame, with supervisor rights (SMAP, protection keys and WP count) but
   for GMEM_FETCH, which has the CPL's. Sets accessed and dirty bits. v's registers are loaded. */
bool gmem_translate(struct pcpu *pc, struct vcpu *v, uint64_t va, enum gmem_access access,
                    gfn_t *gfn);
/* Copies; false: some of it is not mapped, or by the guest's own tables not writable; nothing is
   said about how much was copied. What goes to a page that is read-only to the guest by its
   nested tables is lost. len at most PAGE_SIZE. */
bool gmem_read(struct pcpu *pc, struct vcpu *v, uint64_t va, void *to, unsigned int len);
bool gmem_write(struct pcpu *pc, struct vcpu *v, uint64_t va, const void *from, unsigned int len);
/* `len` bytes at va to write, valid as window_map() says; NULL: not in one writable page. */
void *gmem_map(struct pcpu *pc, struct vcpu *v, uint64_t va, unsigned int len);
/* Instruction bytes at RIP: how many of `len` could be read. */
unsigned int gmem_fetch(struct pcpu *pc, struct vcpu *v, uint8_t *to, unsigned int len);

#endif
