/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Everything in R is untrusted until it has passed here, whole. *_validate and *_check
 * answer 0 or a negative errno and change nothing that is used before; *_check looks at a
 * piece and answers 1 if it is to be called again. *_take copies what was validated, so that
 * the shim never reads it from R again.
 *
 * The rules are handoff-abi's (interrex/live.h). Of the shim's own is what only
 * it can know or do: frames in its nested tables, the host's CPU, its limits.
 */
#ifndef SHIM_CORE_VALIDATE_H
#define SHIM_CORE_VALIDATE_H

#include "domain.h"

/* The anchor lies at physical address `at`. */
int anchor_validate(const struct irx_anchor *a, paddr_t at);
void anchor_take(struct irx_anchor *a, struct shim *s);

/* PREPARE: d's entry, extents, policy. */
int domain_check(struct dom *d);
void domain_take(struct irx_domain *r, struct dom *d);

/* ENTER: event channels, shared pages, every vCPU, whose VIRQ_TIMER it notes. The domain is built. */
int domain_enter_check(struct dom *d);
void domain_enter_take(struct dom *d);

#endif
