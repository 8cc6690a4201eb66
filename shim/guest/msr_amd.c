/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * MSRs of AMD's and Hygon's CPUs, for guests whose policy says that they have one.
 * Source: Xen's msr.c, hvm/svm/svm.c (svm_msr_read_intercept, svm_msr_write_intercept).
 */
#include "core/policy.h"
#include "msr.h"

#define MSR_SYSCFG     0xc0010010u
#define MSR_HWCR       0xc0010015u
#define MSR_TOP_MEM1   0xc001001au
#define MSR_TOP_MEM2   0xc001001du
#define MSR_NB_CFG     0xc001001fu
#define MSR_ENABLE_C1E 0xc0010055u
#define MSR_VM_CR      0xc0010114u
#define MSR_DE_CFG     0xc0011029u
#define DE_CFG_LFENCE  BIT(1)

/* Where the policy has them the vendor has served them, or the guest has them without an exit. */
#define MSR_VIRT_SPEC_CTRL 0xc001011fu
#define MSR_DR1_MASK       0xc0011019u
#define MSR_DR3_MASK       0xc001101bu
#define MSR_DR0_MASK       0xc0011027u

static bool is_amd(const struct dom *d)
{
    struct cpuid_regs r;

    return policy_leaf(d, 0, 0, &r) &&
           ((r.b == 0x68747541u && r.d == 0x69746e65u && r.c == 0x444d4163u) ||
            (r.b == 0x6f677948u && r.d == 0x6e65476eu && r.c == 0x656e6975u));
}

/* guest_rdmsr(), guest_wrmsr(): #GP for who was not told of them, or writes what they do not take. */
static bool faults(const struct dom *d, uint32_t msr)
{
    struct cpuid_regs r;

    switch (msr) {
    case MSR_SPEC_CTRL:
        policy_leaf(d, 0x80000008u, 0, &r);
        return !(r.b & BIT(14));
    case MSR_PRED_CMD:
        policy_leaf(d, 0x80000008u, 0, &r);
        return !(r.b & BIT(12));
    case MSR_VIRT_SPEC_CTRL:
        return true;
    }
    return msr == MSR_DR0_MASK || (msr >= MSR_DR1_MASK && msr <= MSR_DR3_MASK);
}

enum msr_result msr_amd_read(const struct vcpu *v, uint32_t msr, uint64_t *value)
{
    if (faults(v->d, msr))
        return MSR_FAULT;
    switch (msr) {
    case MSR_PATCHLEVEL:
        return is_amd(v->d) && hw_rdmsr_safe(msr, value) ? MSR_DONE : MSR_FAULT;
    case MSR_DE_CFG:
        *value = DE_CFG_LFENCE;
        return is_amd(v->d) ? MSR_DONE : MSR_FAULT;
    case MSR_HWCR:
        *value = 0;
        return is_amd(v->d) ? MSR_DONE : MSR_FAULT;
    case MSR_SYSCFG:
    case MSR_TOP_MEM1:
    case MSR_TOP_MEM2:
    case MSR_VM_CR:
    case MSR_ENABLE_C1E:
    case MSR_NB_CFG:
        *value = 0;
        return is_amd(v->d) ? MSR_DONE : MSR_PARK;
    default:
        return MSR_PARK;
    }
}

/* What is written is dropped, as in Xen. */
enum msr_result msr_amd_write(const struct vcpu *v, uint32_t msr)
{
    if (faults(v->d, msr))
        return MSR_FAULT;
    switch (msr) {
    case MSR_PATCHLEVEL:
        return is_amd(v->d) ? MSR_FAULT : MSR_PARK;
    case MSR_DE_CFG:
        return is_amd(v->d) ? MSR_DONE : MSR_FAULT;
    case MSR_SYSCFG:
    case MSR_TOP_MEM1:
    case MSR_TOP_MEM2:
    case MSR_VM_CR:
    case MSR_NB_CFG:
        return is_amd(v->d) ? MSR_DONE : MSR_PARK;
    default:
        return MSR_PARK;
    }
}
