/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A look into R: the tables that Xen and the shim share, read through
 * IRX_OP_READ and checked before anything in them is believed. A snapshot: the
 * shim writes on meanwhile, so two fields need not be of the same instant.
 */
#ifndef INTERREX_DOM0_VIEW_H
#define INTERREX_DOM0_VIEW_H

#include <interrex/abi/anchor.h>
#include <interrex/abi/live.h>

#include "xen.h"

/* The part of struct irx_vcpu before its records: all that a view shows. */
#define IRX_VCPU_HEAD offsetof(struct irx_vcpu, msr_count)

struct irx_dead_cpu {
    uint32_t entry; /* in R's table */
    struct irx_cpu cpu;
};

struct irx_view {
    struct irx_anchor anchor;
    unsigned int cpu_count; /* lent, held or on the way back */
    struct irx_cpu *cpus;
    unsigned int dead_count; /* and those that never come back */
    struct irx_dead_cpu *dead;
    unsigned int domain_count; /* entries in use */
    struct irx_domain *domains;
};

/* Reads anchor, CPUs and domains. Free with irx_view_free(), also after a failure. */
int irx_view_read(const struct irx_xen *xen, struct irx_view *view, struct irx_error *e);
void irx_view_free(struct irx_view *view);

/*
 * CPUs of the host that Xen does not have now: lent, held or on the way back. 0 when R
 * cannot be read, or there is none.
 */
uint32_t irx_view_lent(const struct irx_xen *xen);

/* A CPU that the shim had is dead. False also where R cannot be read. */
bool irx_view_any_dead(const struct irx_xen *xen);

/* Domain with this id, or NULL. */
const struct irx_domain *irx_view_find(const struct irx_view *view, uint32_t domid);

/* Reads vCPU `index` of the anchor's table: its head, and what is behind its records; these are zero. */
int irx_view_vcpu(const struct irx_xen *xen, const struct irx_anchor *anchor, uint32_t index,
                  struct irx_vcpu *vcpu, struct irx_error *e);

/*
 * The newest text of the shim's log, zero-terminated, for the caller to free;
 * begins with a whole line. NULL: see *e.
 */
char *irx_view_log(const struct irx_xen *xen, const struct irx_anchor *anchor, struct irx_error *e);

/* CPUs are lent, or a domain is prepared, held or not yet claimed. */
bool irx_host_in_use(uint32_t host_state);

/* The next Xen runs, and what the one before left held has not all been claimed yet. */
bool irx_host_jumped(uint32_t host_state);
/* The command that ends what a host is at: "abort", or "finish" after a jump. */
const char *irx_host_way_out(uint32_t host_state);

/* Names of states and classes as design and ABI use them; "?" for an unknown value. */
const char *irx_host_state_name(uint32_t state);
const char *irx_shim_state_name(uint32_t state);
const char *irx_cpu_state_name(uint32_t state);
const char *irx_domain_state_name(uint32_t state);
const char *irx_vcpu_state_name(uint32_t state);
const char *irx_exit_name(uint32_t class);

#endif
