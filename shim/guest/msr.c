/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * RDMSR and WRMSR of what Xen intercepts. Source: Xen's msr.c, hvm/hvm.c. What is not
 * here is parked: whether Xen would answer zero or #GP may depend on settings that the
 * shim does not know.
 */
#include "core/apic_regs.h"
#include "core/policy.h"
#include "core/regs.h"
#include "core/spec.h"
#include "core/vendor.h"
#include "core/xenabi.h"
#include "handlers.h"
#include "insn.h"
#include "msr.h"
#include "tsc.h"
#include "vlapic.h"

#define MSR_TSC            0x10u
#define MSR_TSC_ADJUST     0x3bu
#define MSR_MTRR_CAP       0xfeu
#define MSR_MCG_STATUS     0x17au
#define MSR_MTRR_PHYS_BASE 0x200u
#define MSR_MTRR_FIX_64K   0x250u
#define MSR_MTRR_FIX_16K   0x258u
#define MSR_MTRR_FIX_4K    0x268u
#define MSR_MTRR_DEF_TYPE  0x2ffu
#define MSR_MC_FIRST       0x400u /* MC0_CTL */
#define MSR_MC_LAST        0x407u /* MC1_MISC */

#define MTRR_COUNT(cap) ((unsigned int)((cap)&0xff))

static bool has_mtrr(const struct dom *d)
{
    struct cpuid_regs r;

    return policy_leaf(d, 1, 0, &r) && (r.d & BIT(12));
}

static bool has_tsc_aux(const struct dom *d)
{
    struct cpuid_regs ext, seven;

    policy_leaf(d, 0x80000001u, 0, &ext);
    policy_leaf(d, 7, 0, &seven);
    return (ext.d & BIT(27)) || (seven.c & BIT(22)); /* RDTSCP, RDPID */
}

static enum msr_result read_mtrr(const struct vcpu *v, uint32_t msr, uint64_t *value)
{
    const struct hvm_hw_mtrr *m = vcpu_hw_mtrr(v);

    if (!has_mtrr(v->d))
        return MSR_FAULT;
    if (msr == MSR_MTRR_CAP)
        *value = m->msr_mtrr_cap;
    else if (msr == MSR_MTRR_DEF_TYPE)
        *value = m->msr_mtrr_def_type;
    else if (msr == MSR_MTRR_FIX_64K)
        *value = m->msr_mtrr_fixed[0];
    else if (msr >= MSR_MTRR_FIX_16K && msr < MSR_MTRR_FIX_16K + 2)
        *value = m->msr_mtrr_fixed[1 + index_nospec(msr - MSR_MTRR_FIX_16K, 2)];
    else if (msr >= MSR_MTRR_FIX_4K && msr < MSR_MTRR_FIX_4K + 8)
        *value = m->msr_mtrr_fixed[3 + index_nospec(msr - MSR_MTRR_FIX_4K, 8)];
    else if (msr >= MSR_MTRR_PHYS_BASE && msr < MSR_MTRR_PHYS_BASE + ARRAY_SIZE(m->msr_mtrr_var)) {
        if ((msr - MSR_MTRR_PHYS_BASE) / 2 >= MTRR_COUNT(m->msr_mtrr_cap))
            return MSR_FAULT;
        *value =
            m->msr_mtrr_var[index_nospec(msr - MSR_MTRR_PHYS_BASE, ARRAY_SIZE(m->msr_mtrr_var))];
    } else
        return MSR_PARK;
    return MSR_DONE;
}

/*
 * The two banks that each guest has, of which Linux polls all every five minutes. Nothing is in
 * them: a vCPU with a machine check is not handed over, the check refuses it.
 */
static bool read_machine_check(uint32_t msr, uint64_t *value)
{
    bool bank = msr >= MSR_MC_FIRST && msr <= MSR_MC_LAST;

    if (!bank && msr != MSR_MCG_STATUS)
        return false;
    *value = bank && msr % 4 == 0 ? ~0ull : 0; /* MCi_CTL: all ones */
    return true;
}

static enum msr_result read(struct vcpu *v, uint32_t msr, uint64_t *value)
{
    if (read_machine_check(msr, value))
        return MSR_DONE;
    if (msr >= MSR_X2APIC_FIRST && msr <= MSR_X2APIC_LAST)
        return vlapic_rdmsr(v, msr, value);
    if (msr == MSR_MTRR_CAP || (msr >= MSR_MTRR_PHYS_BASE && msr <= MSR_MTRR_DEF_TYPE &&
                                (msr < 0x277u || msr == MSR_MTRR_DEF_TYPE)))
        return read_mtrr(v, msr, value);
    switch (msr) {
    case MSR_EFER:
        *value = v->efer;
        return MSR_DONE;
    case MSR_TSC:
        *value = tsc_read(v);
        return MSR_DONE;
    case MSR_TSC_ADJUST:
        *value = v->rec->tsc_adjust;
        return MSR_DONE;
    case MSR_APIC_BASE:
        *value = vcpu_hw_lapic(v)->apic_base_msr;
        return MSR_DONE;
    case MSR_TSC_DEADLINE:
        *value = vlapic_tsc_deadline(v);
        return MSR_DONE;
    case MSR_TSC_AUX:
        if (!has_tsc_aux(v->d))
            return MSR_FAULT;
        *value = vcpu_hw_cpu(v)->msr_tsc_aux;
        return MSR_DONE;
    case MSR_MISC_FEATURES:
        *value = regs_msr(v->rec, msr);
        return MSR_DONE;
    default:
        return vendor_get_msr(v, msr, value) ? MSR_DONE : msr_amd_read(v, msr, value);
    }
}

/* Ends the instruction as was answered. False: it is parked. */
static bool finish(struct vcpu *v, enum msr_result answer, unsigned int length)
{
    if (answer == MSR_DONE)
        vendor_retire(v, length);
    else if (answer == MSR_FAULT)
        vendor_inject_exception(v, TRAP_GP, true, 0);
    return answer != MSR_PARK;
}

bool guest_rdmsr(struct pcpu *pc, struct vcpu *v)
{
    uint32_t msr = (uint32_t)v->gpr[RCX];
    unsigned int length = insn_length(pc, v, INSN_RDMSR);
    enum msr_result answer;
    uint64_t value = 0;

    v->park_detail = msr;
    if (!length)
        return false;
    answer = read(v, msr, &value);
    if (answer == MSR_DONE) {
        v->gpr[RAX] = (uint32_t)value;
        v->gpr[RDX] = value >> 32;
    }
    return finish(v, answer, length);
}

/* hvm_set_efer(); turning long mode on or off is a boot's business. */
static enum msr_result write_efer(struct vcpu *v, uint64_t value)
{
    const uint64_t may_change = EFER_SCE | EFER_NXE;
    uint64_t old = v->efer & ~EFER_LMA;
    struct cpuid_regs r;

    value &= ~EFER_LMA;
    if ((value ^ old) & ~may_change)
        return MSR_PARK;
    policy_leaf(v->d, 0x80000001u, 0, &r);
    if (((value & EFER_SCE) && !(r.d & BIT(11))) || ((value & EFER_NXE) && !(r.d & BIT(20))))
        return MSR_FAULT;
    vendor_set_efer(v, value | (v->efer & EFER_LMA));
    return MSR_DONE;
}

static enum msr_result write(struct pcpu *pc, struct vcpu *v, uint32_t msr, uint64_t value)
{
    if (msr >= MSR_X2APIC_FIRST && msr <= MSR_X2APIC_LAST)
        return vlapic_wrmsr(pc, v, msr, value);
    switch (msr) {
    case MSR_EFER:
        return write_efer(v, value);
    case MSR_APIC_BASE:
        return value == vcpu_hw_lapic(v)->apic_base_msr ? MSR_DONE : MSR_PARK;
    case MSR_TSC:
        return tsc_write(pc, v, value) ? MSR_DONE : MSR_PARK;
    case MSR_TSC_ADJUST:
        return tsc_write_adjust(pc, v, value) ? MSR_DONE : MSR_PARK;
    case MSR_TSC_DEADLINE:
        vlapic_set_tsc_deadline(pc, v, value);
        return MSR_DONE;
    case MSR_TSC_AUX:
        if (!has_tsc_aux(v->d) || value >> 32)
            return MSR_FAULT;
        vcpu_hw_cpu(v)->msr_tsc_aux = value;
        if (shim.host.rdtscp)
            hw_wrmsr(MSR_TSC_AUX, value);
        return MSR_DONE;
    case MSR_MISC_FEATURES:
        return value == regs_msr(v->rec, msr) ? MSR_DONE : MSR_PARK;
    case MSR_MTRR_CAP:
        return MSR_FAULT;
    default:
        return vendor_set_msr(v, msr, value) ? MSR_DONE : msr_amd_write(v, msr);
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
