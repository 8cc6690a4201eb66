/* SPDX-License-Identifier: GPL-2.0-only */
/* Shared by the validators of the late section's records. */
#ifndef INTERREX_LATE_INTERNAL_H
#define INTERREX_LATE_INTERNAL_H

#include <interrex/sections.h>

#include "items.h"
#include "live_internal.h"

/* The section, and what it says of all domains. */
struct irx_late {
    const struct irx_stream *s;
    const struct irx_anchor *a; /* R is mapped here */
    const struct irx_limits *limits;
    struct irx_items pools; /* struct irx_cpupool */
    uint32_t virqs;         /* global ones that domains before had */
    uint32_t last_peer;     /* domid that was looked for last and is there */
};

/* One domain of it. */
struct irx_group {
    const struct irx_record *first; /* of type DOMAIN */
    struct irx_domain_record rec;
};

/* The group's record of this type after `prev` (NULL: the first), or NULL. */
const struct irx_record *irx_group_find(const struct irx_late *late, const struct irx_group *g,
                                        uint32_t type, const struct irx_record *prev);

/* The structures in the group's only record of this type; none if it has none. */
struct irx_items irx_group_items(const struct irx_late *late, const struct irx_group *g,
                                 uint32_t type);

/* Does this domain come along? */
bool irx_late_carries(struct irx_late *late, uint32_t domid);

/*
 * pools_validate.c: all pools of a host. Pool-0 is there and has a CPU, ids ascend, no
 * CPU is in two pools, scheduler and granularity are ones that are carried. And a
 * domain's pool with its parameters there: it is one of these, has a CPU, and runs the
 * scheduler that the parameters are for.
 */
int irx_pools_validate(const struct irx_items *pools, struct irx_live_error *err);
int irx_sched_validate(const struct irx_sched *sched, uint32_t pool_id,
                       const struct irx_items *pools, struct irx_live_error *err);

/* grants_validate.c: grant table, frames, mapped grants, mappings. */
int irx_grants_validate(struct irx_late *late, const struct irx_group *g,
                        struct irx_live_error *err);

/* pv_validate.c: frames, page tables, vCPUs and interrupts of a PV domain; that others have none. */
int irx_pv_validate(const struct irx_late *late, const struct irx_group *g,
                    struct irx_live_error *err);

/* devices_validate.c: dom0's memory map, IO-APICs, PCI functions. */
int irx_devices_validate(const struct irx_late *late, const struct irx_group *g,
                         struct irx_live_error *err);

#endif
