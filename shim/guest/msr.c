/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * RDMSR and WRMSR of what Xen intercepts: first the guest's own state, then what is Xen's to
 * answer (msr.h). Source: Xen's msr.c, hvm/hvm.c.
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

#define MSR_TSC           0x10u
#define MSR_TSC_ADJUST    0x3bu
#define MSR_PLATFORM_INFO 0xceu

#define APIC_BASE_BSP     BIT(8)
#define APIC_BASE_DEFAULT 0xfee00000ull
#define FAULTING_OFFERED  BIT(31) /* PLATFORM_INFO */
#define FAULTING          BIT(0)  /* MISC_FEATURES_ENABLES: CPUID faulting */

static bool has_tsc_aux(const struct dom *d)
{
    struct cpuid_regs ext, seven;

    policy_leaf(d, 0x80000001u, 0, &ext);
    policy_leaf(d, 7, 0, &seven);
    return (ext.d & BIT(27)) || (seven.c & BIT(22)); /* RDTSCP, RDPID */
}

/* What the guest's own state answers. */
static enum msr_result read_own(struct vcpu *v, uint32_t msr, uint64_t *value)
{
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
        return vendor_get_msr(v, msr, value) ? MSR_DONE : MSR_OTHER;
    }
}

static enum msr_result read(struct vcpu *v, uint32_t msr, uint64_t *value)
{
    enum msr_result rc;

    if (msr >= MSR_X2APIC_FIRST && msr <= MSR_X2APIC_LAST)
        return vlapic_rdmsr(v, msr, value);
    rc = read_own(v, msr, value);
    if (rc == MSR_OTHER)
        rc = msr_mc_read(v, msr, value);
    if (rc == MSR_OTHER)
        rc = msr_mtrr_read(v, msr, value);
    return rc == MSR_OTHER ? msr_amd_read(v, msr, value) : rc;
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

/* What hvm_efer_valid() lets pass. SVME: no guest has virtual machines of its own here. */
static uint64_t efer_valid(const struct dom *d)
{
    struct cpuid_regs r;
    uint64_t bits;

    policy_leaf(d, 0x80000001u, 0, &r);
    bits = r.d & BIT(11) ? EFER_SCE : 0;
    bits |= r.d & BIT(20) ? EFER_NXE : 0;
    bits |= r.d & BIT(25) ? EFER_FFXSE : 0;
    bits |= r.d & BIT(29) ? EFER_LME : 0;
    return bits;
}

/* hvm_set_efer(); LME before paging is turned on is a boot's business. */
static enum msr_result write_efer(struct vcpu *v, uint64_t value)
{
    value &= ~EFER_LMA;
    if (value & ~efer_valid(v->d))
        return MSR_FAULT;
    if ((value ^ v->efer) & EFER_LME)
        return v->cr0 & X86_CR0_PG ? MSR_FAULT : MSR_PARK;
    vendor_set_efer(v, value | (v->efer & EFER_LMA));
    return MSR_DONE;
}

/* guest_wrmsr_apic_base(); what resets the APIC, or gives it another mode, is a boot's business. */
static enum msr_result write_apic_base(struct vcpu *v, uint64_t value)
{
    uint64_t *reg = &vcpu_hw_lapic(v)->apic_base_msr, changes = *reg ^ value;
    struct cpuid_regs r;

    policy_leaf(v->d, 1, 0, &r);
    if (value &
        ~(APIC_BASE_ADDR | APIC_BASE_ENABLE | APIC_BASE_BSP | (r.c & BIT(21) ? APIC_BASE_EXTD : 0)))
        return MSR_FAULT;
    if ((value & (APIC_BASE_EXTD | APIC_BASE_ENABLE)) == APIC_BASE_ENABLE &&
        (value & APIC_BASE_ADDR) != APIC_BASE_DEFAULT)
        return MSR_FAULT;
    if (changes & APIC_BASE_ENABLE)
        return value & APIC_BASE_EXTD ? MSR_FAULT : MSR_PARK;
    if (changes & APIC_BASE_EXTD)
        return vlapic_hw_disabled(v) || (*reg & APIC_BASE_EXTD) ? MSR_FAULT : MSR_PARK;
    *reg = value;
    return MSR_DONE;
}

/* An unprivileged process of Linux may have it written: arch_prctl(ARCH_CPUID_SET). */
static enum msr_result write_misc_features(struct vcpu *v, uint64_t value)
{
    uint64_t may = policy_msr(v->d, MSR_PLATFORM_INFO) & FAULTING_OFFERED ? FAULTING : 0;

    if (value & ~may)
        return MSR_FAULT;
    regs_set_msr(v->rec, MSR_MISC_FEATURES, value);
    return regs_msr(v->rec, MSR_MISC_FEATURES) == value ? MSR_DONE : MSR_PARK;
}

static enum msr_result write_tsc_aux(struct vcpu *v, uint64_t value)
{
    if (!has_tsc_aux(v->d) || value >> 32)
        return MSR_FAULT;
    vcpu_hw_cpu(v)->msr_tsc_aux = value;
    if (shim.host.rdtscp)
        hw_wrmsr(MSR_TSC_AUX, value);
    return MSR_DONE;
}

static enum msr_result write_own(struct pcpu *pc, struct vcpu *v, uint32_t msr, uint64_t value)
{
    switch (msr) {
    case MSR_EFER:
        return write_efer(v, value);
    case MSR_APIC_BASE:
        return write_apic_base(v, value);
    case MSR_TSC:
        return tsc_write(pc, v, value) ? MSR_DONE : MSR_PARK;
    case MSR_TSC_ADJUST:
        return tsc_write_adjust(pc, v, value) ? MSR_DONE : MSR_PARK;
    case MSR_TSC_DEADLINE:
        vlapic_set_tsc_deadline(pc, v, value);
        return MSR_DONE;
    case MSR_TSC_AUX:
        return write_tsc_aux(v, value);
    case MSR_MISC_FEATURES:
        return write_misc_features(v, value);
    default:
        return vendor_set_msr(v, msr, value);
    }
}

static enum msr_result write(struct pcpu *pc, struct vcpu *v, uint32_t msr, uint64_t value)
{
    enum msr_result rc;

    if (msr >= MSR_X2APIC_FIRST && msr <= MSR_X2APIC_LAST)
        return vlapic_wrmsr(pc, v, msr, value);
    rc = write_own(pc, v, msr, value);
    if (rc == MSR_OTHER)
        rc = msr_mc_write(v, msr, value);
    if (rc == MSR_OTHER)
        rc = msr_mtrr_write(v, msr, value);
    return rc == MSR_OTHER ? msr_amd_write(v, msr, value) : rc;
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
