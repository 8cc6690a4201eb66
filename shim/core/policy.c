/* SPDX-License-Identifier: GPL-2.0-only */
#include "policy.h"

#include "xenabi.h"

/* Later entries win: the hypervisor's leaves follow the policy's short form of them. */
bool policy_leaf(const struct dom *d, uint32_t leaf, uint32_t subleaf, struct cpuid_regs *r)
{
    const xen_cpuid_leaf_t *l = d->leaves;

    for (uint32_t i = d->leaf_count; i-- > 0;) {
        if (l[i].leaf != leaf || (l[i].subleaf != XEN_CPUID_NO_SUBLEAF && l[i].subleaf != subleaf))
            continue;
        *r = (struct cpuid_regs){l[i].a, l[i].b, l[i].c, l[i].d};
        return true;
    }
    *r = (struct cpuid_regs){0, 0, 0, 0};
    return false;
}
