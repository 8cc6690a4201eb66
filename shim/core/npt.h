/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Nested page tables of a domain, built from its extents in R while the guest
 * still runs in Xen; read-only once it is entered.
 */
#ifndef SHIM_CORE_NPT_H
#define SHIM_CORE_NPT_H

#include "domain.h"

/* 0, or -ENOMEM. */
int npt_init(struct dom *d);
/*
 * Maps the next extents, about `budget` table entries' worth. 1: more to do, 0: all
 * done, -ENOMEM: no page left (npt_free_some gives back what was built).
 */
int npt_step(struct dom *d, unsigned int budget);
/* Frees about `budget` tables. True: there is none left. */
bool npt_free_some(struct dom *d, unsigned int budget);
/* The machine frame behind a guest frame. False: not mapped. */
bool npt_lookup(const struct dom *d, gfn_t gfn, mfn_t *mfn, bool *writable);

#endif
