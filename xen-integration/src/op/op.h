/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What dom0 asks: one command of kexec_op (abi/op.h). Operations are serialised by
 * op.c; everything of ours is called within one unless it says otherwise.
 */
#ifndef INTERREX_OP_H
#define INTERREX_OP_H

#include <xen/types.h>

#include <interrex/abi/op.h>

struct domain;

/* ---- check.c: every reason why the host or a domain cannot be carried now; no effect ---- */

/* -EFAULT: the answer's array; -ERESTART: others wait for this CPU. */
int interrex_check(struct irx_op_check *check);
/* R is laid out. -ERESTART, as above. */
int interrex_walks(struct irx_op_walks *walks);
/* None of both is under way any more that gave way. */
void interrex_check_end(void);
/* Reasons why d cannot be carried, into reasons[] as far as it goes; returns how many there are. */
unsigned int interrex_check_domain(struct domain *d,
                                   struct irx_op_reason *reasons,
                                   unsigned int capacity);

/* ---- limits.c ---- */

/*
 * The limits of R that this host is above: IRX_REASON_*, and the limit in *detail. *from is 0 at
 * first and moves; 0: no more. R is laid out.
 */
uint16_t interrex_limits_reason(unsigned int *from, uint64_t *detail);

/* ---- load.c ---- */

/*
 * Places the shim's image in R and clears the tables. -EBUSY: not while CPUs are lent;
 * -EINVAL, -ENOSPC, -EFAULT; -EOPNOTSUPP: Xen and this shim do not fit, after saying
 * why.
 */
int interrex_load_shim(const struct irx_op_load *load);
int interrex_unload(void);
/* A target may be loaded, and CPUs lent: also beside guests that the shim has kept. */
bool interrex_is_loaded(void);

/* ---- fallback.c ---- */

/*
 * What stands in for the target if that fails. -ENOENT, -EBUSY: not beside a shim that was
 * just loaded; -ENOSPC: op->room, op->need; -EINVAL, -EFAULT. On an error there is none.
 */
int interrex_load_fallback(struct irx_op_fallback *op);

/* ---- deadman.c ---- */

/*
 * When the target goes on by itself. -EOPNOTSUPP: R, which an older Xen laid out, has no place for it;
 * -ENOENT, -EBUSY: not beside a shim that was just loaded; -EINVAL.
 */
int interrex_load_deadman(const struct irx_op_deadman *op);
/* Another update begins: what was so in the last one is over. */
void interrex_forget_deadman(void);

/* ---- note.c: what this Xen publishes about itself ---- */

const struct irx_note *interrex_note(void);

#endif /* INTERREX_OP_H */
