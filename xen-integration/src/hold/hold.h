/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A domain in and out: PREPARE, ENTER, CLAIM, ABANDON, and what is so for it in between.
 *
 * Called within an operation (op/op.c) or at boot, unless it says otherwise.
 */
#ifndef INTERREX_HOLD_H
#define INTERREX_HOLD_H

#include <interrex/abi/op.h>

#include "region/region.h"

/* ---- prepare.c, enter.c, claim.c, abandon.c ---- */

/*
 * Each is called again with the same arguments as long as it returns
 * -ERESTART: the caller lets other work be done in between. d was checked, and the
 * shim has CPUs.
 */
int interrex_prepare(struct domain *d, const struct irx_op_domain *op);
int interrex_enter(struct domain *d, struct irx_op_domain *op);
/* -EOPNOTSUPP: this Xen could not rebuild it. */
int interrex_claim(struct domain *d, struct irx_op_domain *op);
int interrex_abandon(struct domain *d, struct irx_op_domain *op);
/* h's domain stops in the shim. 1: it stands; 0: it was only prepared, and is free; -errno. */
int interrex_freeze(struct interrex_hold *h, const struct irx_op_domain *op);
/* A domain that was prepared and not entered is Xen's alone again. */
void interrex_prepare_undo(struct interrex_hold *h);

/*
 * Everything of h's domain that it need not stand still for, into R, validated. -errno; -ERESTART: it gave
 * way, from that time on (interrex_gives_way()), and goes on there when it is called again.
 */
int interrex_fill_domain(struct interrex_hold *h, s_time_t give_way);
/* Of that, what is read again once it stands still. */
void interrex_fill_settings(struct domain *d, struct irx_domain *r);

/* ---- carry.c: an update that begins beside quarantined guests ---- */

/*
 * This quarantined guest can stay with the shim while another update begins, and the next Xen can
 * be told of it.
 */
bool interrex_is_carried(const struct interrex_hold *h);
/*
 * The shim has guests since before this Xen, and an update may begin beside them. -EBUSY: one of
 * them can be claimed, or not be carried, or there is none; -EOPNOTSUPP: their CPUs have other
 * numbers here; -ENODEV: no CPU of the shim is left.
 */
int interrex_may_carry(void);

/* ---- wait.c: for the shim ---- */

void interrex_set_state(struct interrex_hold *h, uint32_t state);
/*
 * One turn of a wait for h that began at `start` (NOW()). 0: look once more;
 * -ERESTART: ask again, but not before `patience` ns; -ETIMEDOUT. Whoever waits
 * sets h->deadline to 0 at the end.
 */
int interrex_wait_turn(struct interrex_hold *h, unsigned int timeout_ms,
                       s_time_t start, s_time_t patience);
/*
 * Waits for the shim to bring h's state from `from` to `to`. As a turn, or the
 * shim's error after FAILED.
 */
int interrex_wait_state(struct interrex_hold *h, uint32_t from, uint32_t to,
                        unsigned int timeout_ms, s_time_t patience);

/* ---- doze.c ---- */

/* The vCPU of dom0 that runs sleeps for a moment when its hypercall is left to be continued. */
void interrex_doze(void);

/* ---- evtchn_held.c ---- */

/*
 * While ours stand in for the domain's port ops, an event for it rings the shim. After
 * undo, what waited in the to-guest bitmap is delivered by its own ops, once.
 */
void interrex_evtchn_divert(struct interrex_hold *h);
void interrex_evtchn_divert_undo(struct interrex_hold *h);

/* ---- held.c ---- */

/*
 * It obeyed a toolstack that saves or migrates it, which goes on with it at any moment, and could
 * not while it is held: its domctls and its resume would be refused. One that suspended itself with
 * nobody at it is carried as it stands, like one that is shut down. Any context.
 */
bool interrex_is_saved(const struct domain *d);

#endif /* INTERREX_HOLD_H */
