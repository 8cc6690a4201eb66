/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The steps of an update, a drill or a way back: one a function, each measured and reported.
 *
 *   check   -> load   -> lend -> prepare -> enter -> hold | exec -> claim -> return
 *   check.c    load.c    sequence.c                                 claim.c
 *
 * Up to exec everything is reversible: irx_session_bring_back(). After it the steps are the same
 * in the next Xen, and the only way is forward.
 *
 * Each returns 0 or a negative errno with *e filled in. Those before the jump end with -EINTR when
 * the session was asked to stop.
 */
#ifndef INTERREX_DOM0_SEQUENCE_H
#define INTERREX_DOM0_SEQUENCE_H

#include "findings.h"
#include "session.h"
#include "target.h"

/*
 * Asks Xen for its reasons; adds lines to *f, also one for each domain without
 * a reason. loaded: the target is, so that "not loaded" counts as a reason.
 */
int irx_session_check(struct irx_session *s, bool loaded, struct irx_findings *f,
                      struct irx_error *e);

/* Shim, and target if it has one, into R. On failure R is empty again. */
int irx_session_load(struct irx_session *s, const struct irx_target *target, struct irx_error *e);
/* Shim and target out of R again: the host is idle. */
int irx_session_unload(struct irx_session *s, struct irx_error *e);

/*
 * The first CPU of these; count 0: of all but the boot CPU's core. cpus[] stays as long as the
 * session: the others follow with the guests, irx_session_enter().
 */
int irx_session_lend(struct irx_session *s, const uint32_t *cpus, unsigned int count,
                     struct irx_error *e);
/* All domains U; guests run on. What took too long, or changed meanwhile, is tried again. */
int irx_session_prepare(struct irx_session *s, struct irx_error *e);
/* All domains U, and in turn with them the rest of the CPUs (turns.h). */
int irx_session_enter(struct irx_session *s, struct irx_error *e);
/* Guests stay held; ends early with -EINTR when asked to stop, -EIO when a guest failed. */
int irx_session_hold(struct irx_session *s, unsigned int ms, struct irx_error *e);
/* Jumps to the loaded target. Success returns in the next Xen. */
int irx_session_exec(struct irx_session *s, struct irx_error *e);

/*
 * Claims every domain that R has, with retries, the others also when one fails,
 * into the Xen that runs now. Nothing to claim is no error. All CPUs but the last go back in turn
 * with them (turns.h), but not while the guests go in and out many times (repeat.h).
 */
int irx_session_claim(struct irx_session *s, struct irx_error *e);
/* CPUs back and online. */
int irx_session_return(struct irx_session *s, struct irx_error *e);
/*
 * Claim and return, from any state: before the jump the reverse of all steps since lend, after it
 * what is left of the update. 0: nothing is held any more.
 */
int irx_session_bring_back(struct irx_session *s, struct irx_error *e);

#endif
