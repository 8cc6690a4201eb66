/* SPDX-License-Identifier: GPL-2.0-only */
/* Control and debug registers, and the MSRs that the VMCB holds. */
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

/* __restore_debug_registers(): on first use, and then no more exits. */
void vendor_dr_give(struct vcpu *v)
{
    if (v->dr_loaded)
        return;
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
    }
    return false;
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
    if (!shim_abi(1) || (value & ~DEBUGCTL_KNOWN)) /* nobody carries it */
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

    if (!shim_abi(1) || (b->virt_ext & VIRT_EXT_LBR))
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
    default:
        return MSR_OTHER;
    }
}

void svm_load_branches(struct vcpu *v)
{
    struct vmcb *b = vmcb_of(v);

    b->debugctl = shim_abi(1) ? v->rec->debugctl : 0;
    b->virt_ext = b->debugctl && svm.lbr ? VIRT_EXT_LBR : 0;
    for (uint32_t i = 0; i < ARRAY_SIZE(v->rec->last_branch); i++)
        (&b->br_from)[i] = shim_abi(1) ? v->rec->last_branch[i] : 0;
}

void svm_save_branches(struct vcpu *v)
{
    const struct vmcb *b = vmcb_of(v);

    if (!shim_abi(1))
        return;
    v->rec->debugctl = b->debugctl;
    for (uint32_t i = 0; i < ARRAY_SIZE(v->rec->last_branch); i++)
        v->rec->last_branch[i] = (&b->br_from)[i];
}
