/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What only PV domains have: frames that the guest itself knows by their numbers, page tables with
 * their types and pins, vCPUs as struct vcpu_guest_context.
 *
 * To Xen a page table is one because of its type, and a page may go when nothing refers to it: types and
 * counts in struct page_info. Of them only what the guest's state says crosses (which frame is a table, of
 * which level, pinned); all counts are made anew from the tables themselves.
 */
#ifndef INTERREX_PV_H
#define INTERREX_PV_H

#include <interrex/abi/late.h>

#include "region/region.h"

/*
 * ---- frames.c: which frames d has, and which of them are page tables ----
 *
 * One look at all of d's pages, of which the others write. Within an operation.
 */

/*
 * The number of extents that d's frames make. -EAGAIN: a page table is being made or taken apart just
 * now; -EOPNOTSUPP: a page that cannot be carried; -ENOMEM.
 */
long interrex_pv_frames_look(struct domain *d);
/* Those extents; gfn is mfn. -E2BIG: more than capacity. */
long interrex_pv_extents(const struct domain *d, struct irx_extent *extents,
                         unsigned long capacity);
/* IRX_REC_PV_FRAMES and _TABLES. */
void interrex_pv_frames_export(struct irx_writer *w, const struct domain *d);
/* Page tables of each level, L1 first. */
void interrex_pv_tables_count(uint32_t tables[4]);
/*
 * Would the next Xen take d's page tables? Every entry leads to memory that is there then. d is paused.
 * -EBUSY, after saying which does not.
 */
int interrex_pv_tables_check(struct domain *d);
/* What was seen is not needed any more. */
void interrex_pv_frames_forget(void);

/* At boot, d having its pages: the machine-to-physical table's entries for them. */
void interrex_pv_frames_import(const struct irx_stream *late,
                               struct domain *d);
/* What d gave back goes with its last reference, from here on. After everything that refers to it. */
void interrex_pv_frames_settle(const struct irx_stream *late,
                               struct domain *d);

/*
 * ---- tables.c: at boot, with every domain's memory in place and nothing of d's counted yet ----
 *
 * Types and counts of all that d's page tables refer to, d's and others'. The tables on which vCPUs run
 * are held until interrex_pv_vcpu_import(). -EINVAL, -ENOMEM, after saying what: d cannot go on.
 */
int interrex_pv_tables_import(const struct irx_stream *late, struct domain *d);

/* ---- vcpu.c ---- */

/* IRX_REC_PV_VCPU, and XSAVE and MSRs into their places in R. d is paused, and has its entry. */
int interrex_pv_vcpus_export(struct irx_writer *w, struct domain *d,
                             const struct irx_domain *r);
/* v's registers; it has not run. -errno. */
int interrex_pv_vcpu_import(const struct irx_stream *late, struct vcpu *v,
                            const struct irx_vcpu *r);
/* The page tables that a vCPU of the record runs on, kernel's and user's; INVALID_MFN: none. */
void interrex_pv_roots(const struct irx_pv_vcpu *pv, mfn_t *kernel,
                       mfn_t *user);

/* ---- domain.c ---- */

void interrex_pv_domain_export(struct irx_writer *w, struct domain *d);
/* Latches and the like; d has not run. -EINVAL: made by a Xen whose page tables are others. */
int interrex_pv_domain_import(const struct irx_stream *late, struct domain *d);
/* Where dom0 wants to see which pirqs need an EOI. Once its tables are counted, before a pirq is bound. */
int interrex_pv_eoi_map_import(const struct irx_stream *late,
                               struct domain *d);

#endif /* INTERREX_PV_H */
