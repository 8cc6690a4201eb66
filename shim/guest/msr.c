/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * RDMSR and WRMSR of what Xen intercepts. Source: Xen's msr.c, hvm/hvm.c,
 * hvm/svm/svm.c. What is not here is parked: whether Xen would answer zero or #GP
 * may depend on settings that the shim does not know.
 */
#include "core/policy.h"
#include "core/regs.h"
#include "core/vendor.h"
#include "core/xenabi.h"
#include "handlers.h"
#include "insn.h"
#include "tsc.h"
#include "vlapic.h"

#define MSR_TSC            0x10u
#define MSR_TSC_ADJUST     0x3bu
#define MSR_SPEC_CTRL      0x48u
#define MSR_MTRR_CAP       0xfeu
#define MSR_SYSENTER_CS    0x174u
#define MSR_SYSENTER_EIP   0x176u
#define MSR_MCG_STATUS     0x17au
#define MSR_MTRR_PHYS_BASE 0x200u
#define MSR_MTRR_FIX_64K   0x250u
#define MSR_MTRR_FIX_16K   0x258u
#define MSR_MTRR_FIX_4K    0x268u
#define MSR_MTRR_DEF_TYPE  0x2ffu
#define MSR_MISC_FEATURES  0x140u
#define MSR_MC_FIRST       0x400u /* MC0_CTL */
#define MSR_MC_LAST        0x407u /* MC1_MISC */
#define MSR_XSS            0xda0u
#define MSR_X2APIC_FIRST   0x800u
#define MSR_X2APIC_LAST    0xbffu
#define MSR_DEBUGCTL       0x1d9u
#define MSR_K8_SYSCFG      0xc0010010u
#define MSR_K8_HWCR        0xc0010015u
#define MSR_K8_TOP_MEM1    0xc001001au
#define MSR_K8_TOP_MEM2    0xc001001du
#define MSR_K8_VM_CR       0xc0010114u
#define MSR_K8_ENABLE_C1E  0xc0010055u
#define MSR_AMD64_NB_CFG   0xc001001fu
#define MSR_AMD64_DE_CFG   0xc0011029u
#define DE_CFG_LFENCE      BIT(1)

#define MTRR_FIXED      11u
#define MTRR_COUNT(cap) ((unsigned int)((cap)&0xff))

enum result { DONE, FAULT, PARK };

static bool has_mtrr(const struct dom *d)
{
    struct cpuid_regs r;

    return policy_leaf(d, 1, 0, &r) && (r.d & BIT(12));
}

static bool is_amd(const struct dom *d)
{
    struct cpuid_regs r;

    return policy_leaf(d, 0, 0, &r) &&
           ((r.b == 0x68747541u && r.d == 0x69746e65u && r.c == 0x444d4163u) ||
            (r.b == 0x6f677948u && r.d == 0x6e65476eu && r.c == 0x656e6975u));
}

static bool has_tsc_aux(const struct dom *d)
{
    struct cpuid_regs ext, seven;

    policy_leaf(d, 0x80000001u, 0, &ext);
    policy_leaf(d, 7, 0, &seven);
    return (ext.d & BIT(27)) || (seven.c & BIT(22)); /* RDTSCP, RDPID */
}

static enum result read_mtrr(const struct vcpu *v, uint32_t msr, uint64_t *value)
{
    const struct hvm_hw_mtrr *m = vcpu_hw_mtrr(v);

    if (!has_mtrr(v->d))
        return FAULT;
    if (msr == MSR_MTRR_CAP)
        *value = m->msr_mtrr_cap;
    else if (msr == MSR_MTRR_DEF_TYPE)
        *value = m->msr_mtrr_def_type;
    else if (msr == MSR_MTRR_FIX_64K)
        *value = m->msr_mtrr_fixed[0];
    else if (msr >= MSR_MTRR_FIX_16K && msr < MSR_MTRR_FIX_16K + 2)
        *value = m->msr_mtrr_fixed[1 + msr - MSR_MTRR_FIX_16K];
    else if (msr >= MSR_MTRR_FIX_4K && msr < MSR_MTRR_FIX_4K + 8)
        *value = m->msr_mtrr_fixed[3 + msr - MSR_MTRR_FIX_4K];
    else if (msr >= MSR_MTRR_PHYS_BASE && msr < MSR_MTRR_PHYS_BASE + ARRAY_SIZE(m->msr_mtrr_var)) {
        if ((msr - MSR_MTRR_PHYS_BASE) / 2 >= MTRR_COUNT(m->msr_mtrr_cap))
            return FAULT;
        *value = m->msr_mtrr_var[msr - MSR_MTRR_PHYS_BASE];
    } else
        return PARK;
    return DONE;
}

/*
 * The two banks that each guest has, of which Linux polls all every five minutes. Nothing is in
 * them: Xen does not hand over a vCPU with a machine check (xen-integration/src/check.c).
 */
static bool read_machine_check(uint32_t msr, uint64_t *value)
{
    bool bank = msr >= MSR_MC_FIRST && msr <= MSR_MC_LAST;

    if (!bank && msr != MSR_MCG_STATUS)
        return false;
    *value = bank && msr % 4 == 0 ? ~0ull : 0; /* MCi_CTL: all ones */
    return true;
}

static enum result read(struct vcpu *v, uint32_t msr, uint64_t *value)
{
    if (read_machine_check(msr, value))
        return DONE;
    if (msr >= MSR_X2APIC_FIRST && msr <= MSR_X2APIC_LAST)
        return vlapic_rdmsr(v, msr, value) == VLAPIC_DONE ? DONE : FAULT;
    if (msr == MSR_MTRR_CAP || (msr >= MSR_MTRR_PHYS_BASE && msr <= MSR_MTRR_DEF_TYPE &&
                                (msr < 0x277u || msr == MSR_MTRR_DEF_TYPE)))
        return read_mtrr(v, msr, value);
    switch (msr) {
    case MSR_EFER:
        *value = v->efer;
        return DONE;
    case MSR_TSC:
        *value = tsc_read(v);
        return DONE;
    case MSR_TSC_ADJUST:
        *value = v->rec->tsc_adjust;
        return DONE;
    case MSR_APIC_BASE:
        *value = vcpu_hw_lapic(v)->apic_base_msr;
        return DONE;
    case MSR_TSC_DEADLINE:
        *value = vlapic_tsc_deadline(v);
        return DONE;
    case MSR_TSC_AUX:
        if (!has_tsc_aux(v->d))
            return FAULT;
        *value = vcpu_hw_cpu(v)->msr_tsc_aux;
        return DONE;
    case MSR_MISC_FEATURES:
        *value = regs_msr(v->rec, msr);
        return DONE;
    case MSR_PATCHLEVEL:
        return is_amd(v->d) && hw_rdmsr_safe(msr, value) ? DONE : FAULT;
    case MSR_AMD64_DE_CFG:
        *value = DE_CFG_LFENCE;
        return is_amd(v->d) ? DONE : FAULT;
    case MSR_K8_HWCR:
        *value = 0;
        return is_amd(v->d) ? DONE : FAULT;
    case MSR_K8_SYSCFG:
    case MSR_K8_TOP_MEM1:
    case MSR_K8_TOP_MEM2:
    case MSR_K8_VM_CR:
    case MSR_K8_ENABLE_C1E:
    case MSR_AMD64_NB_CFG:
        *value = 0;
        return is_amd(v->d) ? DONE : PARK;
    default:
        return vendor_get_msr(v, msr, value) ? DONE : PARK;
    }
}

/* Ends the instruction as was answered. False: it is parked. */
static bool finish(struct vcpu *v, enum result answer, unsigned int length)
{
    if (answer == DONE)
        vendor_retire(v, length);
    else if (answer == FAULT)
        vendor_inject_exception(v, TRAP_GP, true, 0);
    return answer != PARK;
}

bool guest_rdmsr(struct pcpu *pc, struct vcpu *v)
{
    uint32_t msr = (uint32_t)v->gpr[RCX];
    unsigned int length = insn_length(pc, v, INSN_RDMSR);
    enum result answer;
    uint64_t value = 0;

    v->park_detail = msr;
    if (!length)
        return false;
    answer = read(v, msr, &value);
    if (answer == DONE) {
        v->gpr[RAX] = (uint32_t)value;
        v->gpr[RDX] = value >> 32;
    }
    return finish(v, answer, length);
}

/* hvm_set_efer(); turning long mode on or off is a boot's business. */
static enum result write_efer(struct vcpu *v, uint64_t value)
{
    const uint64_t may_change = EFER_SCE | EFER_NXE;
    uint64_t old = v->efer & ~EFER_LMA;
    struct cpuid_regs r;

    value &= ~EFER_LMA;
    if ((value ^ old) & ~may_change)
        return PARK;
    policy_leaf(v->d, 0x80000001u, 0, &r);
    if (((value & EFER_SCE) && !(r.d & BIT(11))) || ((value & EFER_NXE) && !(r.d & BIT(20))))
        return FAULT;
    vendor_set_efer(v, value | (v->efer & EFER_LMA));
    return DONE;
}

static enum result write(struct pcpu *pc, struct vcpu *v, uint32_t msr, uint64_t value)
{
    if (msr >= MSR_X2APIC_FIRST && msr <= MSR_X2APIC_LAST) {
        switch (vlapic_wrmsr(pc, v, msr, value)) {
        case VLAPIC_DONE:
            return DONE;
        case VLAPIC_FAULT:
            return FAULT;
        default:
            return PARK;
        }
    }
    switch (msr) {
    case MSR_EFER:
        return write_efer(v, value);
    case MSR_APIC_BASE:
        return value == vcpu_hw_lapic(v)->apic_base_msr ? DONE : PARK;
    case MSR_TSC:
        return tsc_write(pc, v, value) ? DONE : PARK;
    case MSR_TSC_ADJUST:
        return tsc_write_adjust(pc, v, value) ? DONE : PARK;
    case MSR_TSC_DEADLINE:
        vlapic_set_tsc_deadline(pc, v, value);
        return DONE;
    case MSR_TSC_AUX:
        if (!has_tsc_aux(v->d) || value >> 32)
            return FAULT;
        vcpu_hw_cpu(v)->msr_tsc_aux = value;
        if (shim.host.rdtscp)
            hw_wrmsr(MSR_TSC_AUX, value);
        return DONE;
    case MSR_MISC_FEATURES:
        return value == regs_msr(v->rec, msr) ? DONE : PARK;
    case MSR_MTRR_CAP:
        return FAULT;
    case MSR_PATCHLEVEL:
        return is_amd(v->d) ? FAULT : PARK;
    case MSR_AMD64_DE_CFG:
        return is_amd(v->d) ? DONE : FAULT; /* dropped */
    case MSR_K8_TOP_MEM1:
    case MSR_K8_TOP_MEM2:
    case MSR_K8_SYSCFG:
    case MSR_K8_VM_CR:
    case MSR_AMD64_NB_CFG:
        return is_amd(v->d) ? DONE : PARK; /* dropped */
    default:
        return vendor_set_msr(v, msr, value) ? DONE : PARK;
    }
}

bool guest_wrmsr(struct pcpu *pc, struct vcpu *v)
{
    uint32_t msr = (uint32_t)v->gpr[RCX];
    unsigned int length = insn_length(pc, v, INSN_WRMSR);
    uint64_t value = (uint32_t)v->gpr[RAX] | v->gpr[RDX] << 32;

    v->park_detail = msr;
    if (!length)
        return false;
    return finish(v, write(pc, v, msr, value), length);
}
