/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The CPU policy of a domain, in Xen's public form: CPUID leaves and MSRs.
 *
 * What lib/x86 has for the toolstack (x86_cpuid_copy_to_buffer() and its kin)
 * works on guest handles of the calling domain; these work on Xen's memory, and
 * add the leaves that Xen itself answers to the guest (0x4000xxxx).
 */
#ifndef INTERREX_POLICY_H
#define INTERREX_POLICY_H

#include <xen/types.h>
#include <public/arch-x86/xen.h>

struct domain;

/* Room that is always enough. */
#define INTERREX_MAX_LEAVES 256u
#define INTERREX_MAX_MSRS   8u

/*
 * Writes d's policy; *nr_leaves and *nr_msrs are capacities, then counts.
 * d has vCPU 0. The hypervisor's leaves are as vCPU 0 sees them (the vCPU id is
 * EBX of leaf 4). -ENOSPC when an array is too small.
 */
int interrex_policy_export(const struct domain *d, xen_cpuid_leaf_t *leaves,
                           uint32_t *nr_leaves, xen_msr_entry_t *msrs,
                           uint32_t *nr_msrs);

/*
 * Gives d, which has not run, this policy, checked against what the host can
 * offer exactly as the toolstack's is. -E2BIG, -ERANGE, -EINVAL; d is unchanged
 * then.
 */
int interrex_policy_import(struct domain *d, const xen_cpuid_leaf_t *leaves,
                           uint32_t nr_leaves, const xen_msr_entry_t *msrs,
                           uint32_t nr_msrs);

#endif
