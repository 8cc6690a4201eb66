/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of the played Xen share; tests use fake_xen.h. */
#ifndef INTERREX_DOM0_TESTS_FAKE_PARTS_H
#define INTERREX_DOM0_TESTS_FAKE_PARTS_H

#include "fake_xen.h"

#define MIB              (1ull << 20)
#define FAKE_REGION_SIZE (64 * MIB)

/* Entry i of a table of the anchor. */
struct irx_cpu *fake_cpu(struct fake_xen *x, uint32_t i);
struct irx_domain *fake_domain_entry(struct fake_xen *x, uint32_t i);

/* CPUs that the shim has. */
unsigned int fake_lent(struct fake_xen *x);
/* CPUs that are dead. */
unsigned int fake_dead(struct fake_xen *x);
struct fake_guest *fake_guest_of(struct fake_xen *x, uint32_t domid);
/* What this is told to fail with, now; 0: nothing. */
int fake_fails(struct fake_xen *x, uint32_t cmd, uint32_t domid);

/* op() of struct irx_xen_ops; ctx is a struct fake_xen. */
int fake_op(void *ctx, struct irx_op *op, void *payload, size_t size);

#endif
