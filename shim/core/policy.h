/* SPDX-License-Identifier: GPL-2.0-only */
/* The CPU policy that Xen gave a domain: what its CPUID says, but for what changes as it runs. */
#ifndef SHIM_CORE_POLICY_H
#define SHIM_CORE_POLICY_H

#include "domain.h"

/* A leaf as CPUID would show it, without the dynamic bits. False, and all zero: there is none. */
bool policy_leaf(const struct dom *d, uint32_t leaf, uint32_t subleaf, struct cpuid_regs *r);
/* An MSR of the policy, 0 where it has none (0xce PLATFORM_INFO, 0x10a ARCH_CAPABILITIES). */
uint64_t policy_msr(const struct dom *d, uint32_t msr);
/* PREPARE: what is asked often, into d. */
void policy_take(struct dom *d);

#endif
