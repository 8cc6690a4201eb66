/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The late section: what the next Xen needs of every domain beyond the live
 * tables, and the rebuilding from both.
 */
#ifndef INTERREX_LATE_H
#define INTERREX_LATE_H

#include <interrex/abi/late.h>

struct domain;
struct xen_domctl_createdomain;

/*
 * Writes the late section into R and validates what was written. Every domain
 * is paused and has a slot. Returns 0; -ENOSPC: R's late span is too small;
 * another -errno. Nothing but R is changed.
 */
int interrex_late_export(void);

/*
 * Validates the late section and the slots that it names, whole, before
 * anything is made of them. In the Xen that was started by an update, once it
 * has a heap. Returns 0 or -errno, after saying what is wrong.
 */
int interrex_late_validate(void);

/* Rebuilds every domain but dom0 as a paused shell. */
int interrex_guests_import(void);

/* How often the toolstack has paused this guest. After interrex_late_validate(). */
unsigned int interrex_late_pauses(domid_t domid);

/* dom0's part before domain_create(): what it was created with. */
int interrex_dom0_config(struct xen_domctl_createdomain *cfg);

/* dom0's part after domain_create() and alloc_dom0_vcpu0(). */
int interrex_dom0_import(struct domain *d);

/*
 * d's scheduling: pool, parameters, affinities of its vCPUs. What the CPUs that
 * are here allow now, the rest when all are back.
 */
int interrex_scheduling_import(struct domain *d);

/*
 * dom0's lines and messages find it from here on. Its vCPUs have their state. 0
 * or -errno, after saying what cannot be.
 */
int interrex_start_interrupts(struct domain *d);

/*
 * What points from one domain to another, and into memory that is there only
 * now: active grants, mappings, vcpu_info. After every domain's own part.
 */
int interrex_links_import(void);

#endif
