/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A domain as a paused shell around memory that stayed in place: what the
 * toolstack and the domain builder did once, from what the Xen before recorded.
 *
 * Steps for a domain that comes back, in this order:
 *   interrex_domain_config() -> domain_create()
 *   interrex_domain_import()
 *   interrex_gnttab_import(), interrex_gnttab_adopt_frame() (grants.h)
 *   interrex_shared_info_import()
 *   interrex_vcpus_create()
 *   interrex_policy_import() (policy.h)
 *   interrex_memory_import()
 *   ... every other domain so far ...
 *   interrex_mappings_import()
 *   interrex_vcpu_info_import() per vCPU
 * On an error the caller gives the host up: nothing here is undone.
 */
#ifndef INTERREX_REBUILD_H
#define INTERREX_REBUILD_H

#include <interrex/abi/late.h>

#include <xen/mm.h>

struct domain;
struct vcpu;
struct xen_domctl_createdomain;

/* Writes what d was created with and what the toolstack set since. d is paused. */
void interrex_domain_export(struct domain *d, struct irx_domain_record *out);

/* d's XSM label (ssidref); 0 without XSM. */
uint32_t interrex_domain_label(struct domain *d);

/* The configuration for domain_create(). -EINVAL where rec contradicts slot. */
int interrex_domain_config(const struct irx_domain_record *rec,
                           const struct irx_domain *slot,
                           struct xen_domctl_createdomain *cfg);

/* Limits, pool of paging memory, time mode, state towards the toolstack. */
int interrex_domain_import(struct domain *d,
                           const struct irx_domain_record *rec,
                           const struct irx_domain *slot);

/* Adopts the shared_info frame. Before the vCPUs, which point into it. */
int interrex_shared_info_import(struct domain *d,
                                const struct irx_domain *slot);

/* Creates the vCPUs that d does not have yet. */
int interrex_vcpus_create(struct domain *d);

/* Makes d privileged for another domain; ~0: for none. -ENOENT, -EINVAL. */
int interrex_target_import(struct domain *d, uint32_t domid);

/*
 * Takes the domain's own memory: RAM, adopted Xen pages, MMIO (dom0). All
 * extents are checked against the frame table before the first page is taken.
 * -EINVAL: bad frame, type or owner; -EBUSY: a page is in use.
 */
int interrex_memory_import(struct domain *d, const struct irx_extent *extents,
                           unsigned int count);

/* Takes the mappings of other domains' pages: grants and foreign mappings. */
int interrex_mappings_import(struct domain *d,
                             const struct irx_extent *extents,
                             unsigned int count);

/*
 * Points v to its vcpu_info in guest memory, whose contents stay as they are
 * (map_vcpu_info() would copy over them and raise every event).
 */
int interrex_vcpu_info_import(struct vcpu *v, gfn_t gfn, unsigned int offset);

#endif
