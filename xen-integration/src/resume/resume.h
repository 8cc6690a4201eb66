/* SPDX-License-Identifier: GPL-2.0-only */
/* The Xen that an update started: how what it found in R becomes its own. */
#ifndef INTERREX_RESUME_H
#define INTERREX_RESUME_H

#include <interrex/abi/live.h>

struct domain;

/* params.c: HVM parameters and the callback, as r has them. -EINVAL. */
int interrex_params_import(struct domain *d, const struct irx_domain *r);

/* image.c: this Xen's slot is in use, the other one free for the next target. */
void interrex_image_runs(void);

/* cpus.c: held CPUs have this Xen's numbers in R from now on. -ENOENT. */
int interrex_cpus_import(void);

#endif
