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

struct interrex_preserved_list;

/* ---- reason.c ---- */

/*
 * Why d cannot go to the next Xen now: IRX_REASON_*, one after the other, with its detail. *from is 0 at first
 * and moves; 0: no more. d may run, or stand still. Within an operation.
 */
uint16_t interrex_pv_reason(struct domain *d, unsigned int *from,
                            uint64_t *detail);

/*
 * ---- frames.c: which frames d has, and which of them are page tables ----
 *
 * One look at all of d's pages, of which the others write. Within an operation.
 */

/*
 * The number of extents that the frames of h's domain make. -EAGAIN: a page table of dom0's is being made or taken
 * apart just now, or the host got memory; -EOPNOTSUPP: a page that cannot be carried; -ENOMEM. What was seen is kept, of
 * each domain, until interrex_pv_frames_forget().
 *
 * Where it may give way (interrex_gives_way()) it goes through the frames of the host piece by piece, -ERESTART
 * after each, and sees the domain as it is at several times.
 */
long interrex_pv_frames_look(struct interrex_hold *h, s_time_t give_way);
/* Those extents; gfn is mfn. -E2BIG: more than capacity. */
long interrex_pv_extents(const struct domain *d, struct irx_extent *extents,
                         unsigned long capacity);
/* IRX_REC_PV_FRAMES and _TABLES. */
void interrex_pv_frames_export(struct irx_writer *w, const struct domain *d);
/* Page tables of each level, L1 first. */
void interrex_pv_tables_count(const struct domain *d, uint32_t tables[4]);
/* How many a guest has, where that is more than one may have (`interrex-pv-tables`); else 0. d may run. */
unsigned long interrex_pv_tables_excess(struct domain *d);
/*
 * Would the next Xen take d's page tables? Every entry leads to memory that is there then: d's own, or in l. d is
 * paused. -EBUSY, after saying which does not.
 */
int interrex_pv_tables_check(const struct domain *d,
                             const struct interrex_preserved_list *l);
/*
 * What d's frames take of R's parts for arrays and for the early section, and with its tables of the late one: as they
 * were seen, or else as they are now; nothing, where it cannot be told just now. Answers how many page tables
 * those are. d may run.
 */
unsigned long interrex_pv_frames_room(struct domain *d,
                                      struct interrex_room *room);
/* What was seen of d, or of all domains (NULL), is not needed any more. */
void interrex_pv_frames_forget(const struct domain *d);

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
 * are held until interrex_pv_vcpu_import() or _drop(). -EINVAL, -ENOMEM, after saying what: d cannot go on,
 * has no page tables, and nothing is counted for them, so that it can be destroyed.
 */
int interrex_pv_tables_import(const struct irx_stream *late, struct domain *d);

/* ---- vcpu.c ---- */

/* IRX_REC_PV_VCPU, and XSAVE and MSRs into their places in R. d is paused, and has its entry. */
int interrex_pv_vcpus_export(struct irx_writer *w, struct domain *d,
                             const struct irx_domain *r);
/* v's registers; it has not run. -errno. What its tables were held by is let go in any case. */
int interrex_pv_vcpu_import(const struct irx_stream *late, struct vcpu *v,
                            const struct irx_vcpu *r);
/* Or, of a guest that cannot go on, that alone: v will never run. */
void interrex_pv_vcpu_drop(const struct irx_stream *late, struct vcpu *v);
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
