/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of the audit (audit.h) know of each other. All domains are paused. */
#ifndef INTERREX_AUDIT_PARTS_H
#define INTERREX_AUDIT_PARTS_H

#include <xen/mm.h>
#include <xen/sched.h>

#include "audit/audit.h"

#define AUDIT_DIFFERENCES 16 /* that are told of; all are counted */

/* What is expected of a page, but for its owner's own reference. */
struct audit_page {
    uint32_t refs, type_refs;
    uint8_t type;         /* IRX_AUDIT_L1 to _WRITABLE; 0: of no type */
    bool walked;          /* a page table whose entries are counted */
    bool listed;          /* on a list of its owner's pages */
    bool conflict, owner; /* IRX_AUDIT_CONFLICT, IRX_AUDIT_WHAT_OWNER */
};

struct audit {
    struct irx_op_audit *op;
    struct audit_page *pages; /* by pdx */
    unsigned long nr;
    s_time_t end; /* of its time */
    unsigned int steps;
    struct irx_audit_difference differences[AUDIT_DIFFERENCES];
};

/* ---- audit.c ---- */

/* Asked from time to time, with no lock held. 0 or -ETIMEDOUT. */
int audit_goes_on(struct audit *a);

/* ---- audit_walk.c: page tables of PV domains ---- */

/* Counts what the entries of this page, a table of that level, refer to; once a page. */
void audit_walk(struct audit *a, mfn_t mfn, unsigned int level);
/* Pins, and tables that are being made or taken apart; what is reached from there. 0 or -ETIMEDOUT. */
int audit_pins(struct audit *a);

/* ---- audit_holders.c: everything else that Xen has a reference for ---- */

/* 0, -ETIMEDOUT, or -EOPNOTSUPP. */
int audit_holders(struct audit *a, struct domain *d);

/* ---- audit_compare.c ---- */

/* The type of a page that has one now: IRX_AUDIT_*. */
unsigned int audit_type(const struct page_info *pg);
/* One more reference of this page; and one of this type. */
void audit_ref(struct audit *a, mfn_t mfn);
void audit_ref_and_type(struct audit *a, mfn_t mfn, unsigned int type);
/* d's table mfn refers to this page, which it may not: WHAT_OWNER. */
void audit_not_owned(struct audit *a, mfn_t mfn);
/* These pages are on lists of their owner's. */
void audit_listed(struct audit *a, const struct page_list_head *list);
/* The number of L4 tables that d is said to have. */
void audit_l4_pages(struct audit *a, const struct domain *d);
/* Every page there is. 0 or -ETIMEDOUT. */
int audit_compare(struct audit *a);

#endif /* INTERREX_AUDIT_PARTS_H */
