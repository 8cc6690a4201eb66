/* SPDX-License-Identifier: GPL-2.0-only */
/* CPUID from the domain's policy. Source of the dynamic bits: guest_cpuid() of Xen's cpuid.c. */
#include "core/policy.h"
#include "core/regs.h"
#include "core/vendor.h"
#include "handlers.h"
#include "insn.h"
#include "msr.h"
#include "vlapic.h"

#define LEAF1_C_XSAVE   BIT(26)
#define LEAF1_C_OSXSAVE BIT(27)
#define LEAF1_C_X2APIC  BIT(21)
#define LEAF1_D_APIC    BIT(9)
#define LEAF7_C_OSPKE   BIT(4)
#define LEAFD1_A_XSAVEC BIT(1)

#define TOPOLOGY_SUBLEAVES 2u /* CPUID_GUEST_NR_TOPO */

#define CPUID_FAULTING BIT(0)

static bool faults(const struct vcpu *v)
{
    return v->cpl && (regs_msr(v->rec, MSR_MISC_FEATURES) & CPUID_FAULTING);
}

/* XSAVE area sizes depend on XCR0, and the guest's is in the CPU now. */
static void extended_state(const struct dom *d, uint32_t subleaf, struct cpuid_regs *r)
{
    struct cpuid_regs one;

    if (subleaf == 0 && policy_leaf(d, 1, 0, &one) && (one.c & LEAF1_C_XSAVE))
        r->b = hw_cpuid(0xd, 0).b;
    else if (subleaf == 1 && (r->a & LEAFD1_A_XSAVEC))
        r->b = hw_cpuid(0xd, 1).b;
}

static void topology(const struct vcpu *v, uint32_t subleaf, struct cpuid_regs *r)
{
    struct cpuid_regs zero, one;

    policy_leaf(v->d, 0, 0, &zero);
    policy_leaf(v->d, 1, 0, &one);
    if (subleaf >= TOPOLOGY_SUBLEAVES || zero.a < 0xb || !(one.c & LEAF1_C_X2APIC))
        return;
    r->c = (r->c & ~0xffu) | (subleaf & 0xff);
    r->d = v->id * 2;
}

static void dynamic_bits(const struct vcpu *v, uint32_t leaf, uint32_t subleaf,
                         struct cpuid_regs *r)
{
    switch (leaf) {
    case 0x1:
        r->b = (r->b & 0x00ffffffu) | (v->id * 2) << 24;
        if (v->cr4 & X86_CR4_OSXSAVE)
            r->c |= (uint32_t)LEAF1_C_OSXSAVE;
        /* fall through */
    case 0x80000001u:
        if (vlapic_hw_disabled(v))
            r->d &= ~(uint32_t)LEAF1_D_APIC;
        break;
    case 0x7:
        if (subleaf == 0 && (v->cr4 & X86_CR4_PKE))
            r->c |= (uint32_t)LEAF7_C_OSPKE;
        break;
    case 0xa: /* no performance monitoring */
        *r = (struct cpuid_regs){0, 0, 0, 0};
        break;
    case 0xb:
        topology(v, subleaf, r);
        break;
    case 0xd:
        extended_state(v->d, subleaf, r);
        break;
    case 0x40000004u:
        if (subleaf)
            *r = (struct cpuid_regs){0, 0, 0, 0};
        else
            r->b = v->id;
        break;
    }
}

bool guest_cpuid(struct pcpu *pc, struct vcpu *v)
{
    uint32_t leaf = (uint32_t)v->gpr[RAX], subleaf = (uint32_t)v->gpr[RCX];
    unsigned int length = insn_length(pc, v, INSN_CPUID);
    struct cpuid_regs r;

    v->park_detail = leaf;
    if (!length)
        return false;
    if (faults(v)) {
        vendor_inject_exception(v, TRAP_GP, true, 0);
        return true;
    }
    if (policy_leaf(v->d, leaf, subleaf, &r) || leaf == 0xb)
        dynamic_bits(v, leaf, subleaf, &r);
    v->gpr[RAX] = r.a;
    v->gpr[RBX] = r.b;
    v->gpr[RCX] = r.c;
    v->gpr[RDX] = r.d;
    vendor_retire(v, length);
    return true;
}
