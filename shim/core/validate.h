/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Everything in R is untrusted until it has passed here, whole. *_validate
 * answers 0 or a negative errno and changes nothing; *_take copies what was
 * validated, so that the shim never reads it from R again.
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

/* PREPARE: entry `index`, extents, policy. */
int domain_validate(uint32_t index);
void domain_take(struct irx_domain *r, struct dom *d);

/* ENTER: event channels, shared pages, every vCPU. The domain is built. */
int domain_enter_validate(const struct dom *d);
void domain_enter_take(struct dom *d);

#endif
