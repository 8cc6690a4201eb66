/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The shim's own address space: what it uses of R at its physical address (text read-only and
 * executable, constants read-only, the rest read-write and not executable), and the local APIC's page, both shared by
 * all CPUs; and each CPU's windows, which are that CPU's alone.
 */
#ifndef SHIM_CORE_PAGING_H
#define SHIM_CORE_PAGING_H

#include "pcpu.h"

/* First CPU: builds the tables. -ENOMEM if shim_heap is too small. */
int paging_init(void);
/* Value for CR3 of a CPU that has no pcpu.root yet. */
paddr_t paging_root(void);
/* Gives this CPU its windows and its root, pcpu.root: after paging_init(). -ENOMEM. */
int paging_cpu_init(struct pcpu *pc);

/*
 * CR3 for whoever leaves the shim to start a fallback: all of R at its physical address, writable and
 * executable, and the local APIC's page. Made by paging_init().
 */
paddr_t paging_region(void);

/* A CPU's windows (window.c). */
void *paging_window_va(const struct pcpu *pc, uint32_t window);
void paging_window_set(struct pcpu *pc, uint32_t window, mfn_t mfn);
void paging_window_clear(struct pcpu *pc, uint32_t window);

#endif
