/* SPDX-License-Identifier: GPL-2.0-only */
#include "policy.h"

#include "xenabi.h"

#define PHYS_BITS_LEAST 32u
#define PHYS_BITS_MOST  52u

#define SPEC_CTRL_IBRS  1u
#define SPEC_CTRL_STIBP 2u
#define SPEC_CTRL_SSBD  4u
#define SPEC_CTRL_PSFD  0x80u

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

uint64_t policy_msr(const struct dom *d, uint32_t msr)
{
    const xen_msr_entry_t *m = d->msrs;

    for (uint32_t i = 0; i < d->msr_count; i++)
        if (m[i].idx == msr)
            return m[i].val;
    return 0;
}

/* Xen's msr_spec_ctrl_valid_bits(). */
static uint8_t spec_ctrl_bits(const struct dom *d)
{
    uint8_t bits = SPEC_CTRL_IBRS | SPEC_CTRL_STIBP;
    struct cpuid_regs seven, ext;

    policy_leaf(d, 7, 0, &seven);
    policy_leaf(d, 0x80000008u, 0, &ext);
    if (!(seven.d & BIT(26)) && !(ext.b & BIT(14))) /* it has no such MSR */
        return 0;
    if ((seven.d & BIT(31)) || (ext.b & BIT(24)))
        bits |= SPEC_CTRL_SSBD;
    if (ext.b & BIT(28))
        bits |= SPEC_CTRL_PSFD;
    return bits;
}

void policy_take(struct dom *d)
{
    struct cpuid_regs r;

    /* "AuthenticAMD" keeps G clear there: guest_l4e_rsvd_bits() of Xen's guest_pt.h. */
    policy_leaf(d, 0, 0, &r);
    d->top_reserved = r.b == 0x68747541u && r.d == 0x69746e65u && r.c == 0x444d4163u ? PTE_G : 0;
    policy_leaf(d, 0x80000008u, 0, &r);
    r.a &= 0xff;
    d->phys_bits = (uint8_t)(r.a >= PHYS_BITS_LEAST && r.a <= PHYS_BITS_MOST ? r.a
                                                                             : PHYS_BITS_MOST);
    d->spec_ctrl = spec_ctrl_bits(d);
}
