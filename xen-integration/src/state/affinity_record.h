/* SPDX-License-Identifier: GPL-2.0-only */
/* Affinities on their way to the next Xen, whose CPU numbers may be others. */
#ifndef INTERREX_AFFINITY_RECORD_H
#define INTERREX_AFFINITY_RECORD_H

#include <xen/cpumask.h>

#include <interrex/abi/late.h>

struct vcpu;

/* v's affinities, as they were before anything was lent. */
void interrex_affinity_export(const struct vcpu *v, struct irx_affinity *out);

/*
 * Gives v its soft affinity, and its hard affinity now or when its CPUs are
 * back. Bits of CPUs that this host does not have are dropped. -ENOMEM.
 */
int interrex_affinity_import(struct vcpu *v, const struct irx_affinity *in);

/*
 * CPUs as bits in the order of IRX_REC_CPUS. Export adds bits, of the CPUs that are
 * present; true: all of them are in mask. Import: in the Xen that an update started.
 */
bool interrex_mask_export(const cpumask_t *mask, uint64_t *bits);
void interrex_mask_import(const uint64_t *bits, cpumask_t *mask);

/* private/sched_core.c */
int interrex_set_soft_affinity(struct vcpu *v, const cpumask_t *mask);

#endif
