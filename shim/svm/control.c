/* SPDX-License-Identifier: GPL-2.0-only */
/* Control and debug registers, and the MSRs that the VMCB holds. */
#include "core/policy.h"
#include "core/regs.h"
#include "core/spec.h"
#include "core/vendor.h"
#include "core/xenabi.h"
#include "svm.h"

#define DR7_ACTIVE 0xffull

#define MSR_SYSENTER_CS  0x174u
#define MSR_SYSENTER_ESP 0x175u
#define MSR_SYSENTER_EIP 0x176u
#define MSR_MCG_CAP      0x179u
#define MSR_DEBUGCTL     0x1d9u
#define MSR_BR_FROM      0x1dbu /* to 0x1de: br_to, last_excp_from, last_excp_to */
#define MSR_EXCP_TO      0x1deu
#define DEBUGCTL_KNOWN   0x3full /* LBR, BTF, PB0 to PB3: APM volume 2, 13.1.1.6 */
#define AMD_MC_BANKS     2u      /* what Xen gives guests of an AMD host: AMD_GUEST_MCG_CAP */

void vendor_set_cr0(struct vcpu *v, uint64_t value)
{
    v->cr0 = value;
    vmcb_of(v)->cr0 = value;
}

/* CR4.MCE stays on in the CPU, or a machine check would shut the host down. */
void vendor_set_cr4(struct vcpu *v, uint64_t value)
{
    struct vmcb *b = vmcb_of(v);

    v->cr4 = value;
    b->cr4 = value | X86_CR4_MCE;
    if (value & X86_CR4_MCE)
        b->intercept_cr &= ~(uint32_t)CR_READ(4);
    else
        b->intercept_cr |= (uint32_t)CR_READ(4);
}

void vendor_set_efer(struct vcpu *v, uint64_t value)
{
    v->efer = value;
    vmcb_of(v)->efer = value | EFER_SVME; /* VMRUN insists; the guest does not see it */
}

void vendor_set_tsc_offset(struct vcpu *v, uint64_t value)
{
    vmcb_of(v)->tsc_offset = value;
}

void vendor_flush(struct vcpu *v)
{
    vmcb_of(v)->tlb_control = TLB_FLUSH_ALL;
}

bool vendor_dr_active(const struct vcpu *v)
{
    return vmcb_of(v)->dr7 & DR7_ACTIVE;
}

/* ---- debug registers ---- */

/* The MSR of debug register i's address mask, kept in the record that goes to Xen. */
static uint32_t mask_msr(unsigned int i)
{
    return i ? MSR_DR1_MASK + i - 1 : MSR_DR0_MASK;
}

static bool is_mask(uint32_t msr)
{
    return msr == MSR_DR0_MASK || (msr >= MSR_DR1_MASK && msr < MSR_DR1_MASK + 3);
}

static bool has_masks(const struct dom *d)
{
    struct cpuid_regs r;

    return policy_leaf(d, 0x80000001u, 0, &r) && (r.c & BIT(26));
}

/*
 * __restore_debug_registers(): on first use, and then no more exits. Whoever ran before left masks in the
 * CPU, so they are written whether or not this guest knows of them (XSA-444). The guest's own accesses
 * to them exit, since all vCPUs of a domain have one permission map.
 */
void vendor_dr_give(struct vcpu *v)
{
    if (v->dr_loaded)
        return;
    for (unsigned int i = 0; svm.dbext && i < 4; i++)
        hw_wrmsr(mask_msr(i), regs_msr(v->rec, mask_msr(i)));
    for (unsigned int i = 0; i < 4; i++)
        hw_write_dr(i, v->dr[i]);
    vmcb_of(v)->intercept_dr = 0;
    v->dr_loaded = true;
}

void vendor_dr_take(struct vcpu *v)
{
    if (!v->dr_loaded)
        return;
    for (unsigned int i = 0; i < 4; i++)
        v->dr[i] = hw_read_dr(i);
    vmcb_of(v)->intercept_dr = ~0u;
    v->dr_loaded = false;
}

void vendor_idt(const struct vcpu *v, uint64_t *base, uint32_t *limit)
{
    *base = vmcb_of(v)->idtr.base;
    *limit = vmcb_of(v)->idtr.limit;
}

/* ---- switch of vCPUs ---- */

void vendor_switch_in(struct pcpu *pc, struct vcpu *v)
{
    svm_ssbd_take(pc, v);
}

void vendor_switch_out(struct pcpu *pc)
{
    svm_ssbd_drop(pc);
}

/* ---- MSRs ---- */

static bool has_virt_ssbd(const struct dom *d)
{
    struct cpuid_regs r;

    return policy_leaf(d, 0x80000008u, 0, &r) && (r.b & BIT(25));
}

bool vendor_get_msr(const struct vcpu *v, uint32_t msr, uint64_t *value)
{
    const struct vmcb *b = vmcb_of(v);

    if (msr >= MSR_BR_FROM && msr <= MSR_EXCP_TO) {
        *value = (&b->br_from)[msr - MSR_BR_FROM];
        return true;
    }
    switch (msr) {
    case MSR_SYSENTER_CS: /* in full: the CPU keeps 32 bits (svm_vcpu's guest_sysenter_cs) */
        *value = vcpu_hw_cpu(v)->sysenter_cs;
        return true;
    case MSR_SYSENTER_ESP:
        *value = b->sysenter_esp;
        return true;
    case MSR_SYSENTER_EIP:
        *value = b->sysenter_eip;
        return true;
    case MSR_DEBUGCTL:
        *value = b->debugctl;
        return true;
    case MSR_MCG_CAP:
        *value = AMD_MC_BANKS;
        return true;
    case MSR_VIRT_SPEC_CTRL:
        *value = regs_msr(v->rec, msr);
        return has_virt_ssbd(v->d);
    }
    *value = is_mask(msr) ? regs_msr(v->rec, msr) : 0;
    return is_mask(msr) && has_masks(v->d);
}

static enum msr_result set_mask(struct vcpu *v, uint32_t msr, uint64_t value)
{
    if (!has_masks(v->d) || value >> 32)
        return MSR_FAULT;
    regs_set_msr(v->rec, msr, value);
    if (v->dr_loaded && svm.dbext)
        hw_wrmsr(msr, value);
    return MSR_DONE;
}

/* guest_wrmsr(): other bits than SSBD are ignored. */
static enum msr_result set_virt_spec_ctrl(struct vcpu *v, uint64_t value)
{
    if (!has_virt_ssbd(v->d))
        return MSR_FAULT;
    regs_set_msr(v->rec, MSR_VIRT_SPEC_CTRL, value & SPEC_CTRL_SSBD);
    svm_ssbd_take(this_cpu(), v);
    return MSR_DONE;
}

/*
 * Once a bit is set the CPU switches the guest's DEBUGCTL and last branches with it, as in
 * svm_msr_write_intercept(); Xen lets the guest at them from then on, which shows only in
 * bits that no CPU has.
 */
static enum msr_result write_debugctl(struct vcpu *v, uint64_t value)
{
    struct vmcb *b = vmcb_of(v);

    if (value == b->debugctl)
        return MSR_DONE;
    if (!shim_has(IRX_VERSION(1, 1)) || (value & ~DEBUGCTL_KNOWN)) /* nobody carries it */
        return MSR_PARK;
    b->debugctl = value;
    if (value && svm.lbr)
        b->virt_ext |= VIRT_EXT_LBR;
    return MSR_DONE;
}

/* Plain fields while the CPU does not switch them; then it depends on the CPU. */
static enum msr_result write_last_branch(struct vcpu *v, uint32_t msr, uint64_t value)
{
    struct vmcb *b = vmcb_of(v);

    if (!shim_has(IRX_VERSION(1, 1)) || (b->virt_ext & VIRT_EXT_LBR))
        return MSR_PARK;
    (&b->br_from)[msr - MSR_BR_FROM] = value;
    return MSR_DONE;
}

enum msr_result vendor_set_msr(struct vcpu *v, uint32_t msr, uint64_t value)
{
    struct vmcb *b = vmcb_of(v);

    if (msr >= MSR_BR_FROM && msr <= MSR_EXCP_TO)
        return write_last_branch(v, msr, value);
    switch (msr) {
    case MSR_SYSENTER_CS:
        vcpu_hw_cpu(v)->sysenter_cs = value;
        b->sysenter_cs = value;
        return MSR_DONE;
    case MSR_SYSENTER_ESP:
        if (!is_canonical(value))
            return MSR_FAULT;
        b->sysenter_esp = value;
        return MSR_DONE;
    case MSR_SYSENTER_EIP:
        if (!is_canonical(value))
            return MSR_FAULT;
        b->sysenter_eip = value;
        return MSR_DONE;
    case MSR_DEBUGCTL:
        return write_debugctl(v, value);
    case MSR_VIRT_SPEC_CTRL:
        return set_virt_spec_ctrl(v, value);
    default:
        return is_mask(msr) ? set_mask(v, msr, value) : MSR_OTHER;
    }
}

void svm_load_branches(struct vcpu *v)
{
    struct vmcb *b = vmcb_of(v);

    b->debugctl = shim_has(IRX_VERSION(1, 1)) ? v->rec->debugctl : 0;
    b->virt_ext = b->debugctl && svm.lbr ? VIRT_EXT_LBR : 0;
    for (uint32_t i = 0; i < ARRAY_SIZE(v->rec->last_branch); i++)
        (&b->br_from)[i] = shim_has(IRX_VERSION(1, 1)) ? v->rec->last_branch[i] : 0;
}

void svm_save_branches(struct vcpu *v)
{
    const struct vmcb *b = vmcb_of(v);

    if (!shim_has(IRX_VERSION(1, 1)))
        return;
    v->rec->debugctl = b->debugctl;
    for (uint32_t i = 0; i < ARRAY_SIZE(v->rec->last_branch); i++)
        v->rec->last_branch[i] = (&b->br_from)[i];
}
