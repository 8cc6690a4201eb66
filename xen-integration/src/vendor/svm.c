/* SPDX-License-Identifier: GPL-2.0-only */
/* AMD SVM. */
#include <xen/sched.h>

#include <asm/hvm/hvm.h>
#include <asm/hvm/svm/svm.h>
#include <asm/hvm/svm/vmcb.h>
#include <asm/msr.h>

#include "vendor/vendor.h"

/*
 * The VMCB alone knows CR2 as the guest left it; Xen's record has what Xen
 * itself wrote there last. Lost between a page fault and the handler that reads
 * it, the handler would see to another address.
 */
static void cf_check vcpu_export(const struct vcpu *v, struct hvm_hw_cpu *cpu)
{
    cpu->cr2 = vmcb_get_cr2(v->arch.hvm.svm.vmcb);
}

static void cf_check vcpu_import(struct vcpu *v)
{
    struct vmcb_struct *vmcb = v->arch.hvm.svm.vmcb;

    /*
     * Xen loads DR6 and DR7 into the VMCB only where a breakpoint is enabled,
     * which leaves what an earlier run of this vCPU had there.
     */
    vmcb_set_dr6(vmcb, v->arch.dr6);
    vmcb_set_dr7(vmcb, v->arch.dr7);

    /*
     * SVM does not track whether TR is busy (APM volume 2, "Segment State in the
     * VMCB"), and Xen's record always says that it is. The CPU itself leaves the
     * type as LTR loaded it; QEMU takes no I/O bitmap from another one.
     */
    vmcb->tr.type &= ~2;
}

static void cf_check branches_export(const struct vcpu *v, uint64_t *debugctl,
                                     uint64_t last[4])
{
    const struct vmcb_struct *vmcb = v->arch.hvm.svm.vmcb;

    *debugctl = vmcb_get_debugctlmsr(vmcb);
    last[0] = vmcb_get_lastbranchfromip(vmcb);
    last[1] = vmcb_get_lastbranchtoip(vmcb);
    last[2] = vmcb_get_lastintfromip(vmcb);
    last[3] = vmcb_get_lastinttoip(vmcb);
}

/* A value that is not zero lets the guest at them: svm_msr_write_intercept(). */
static void cf_check branches_import(struct vcpu *v, uint64_t debugctl,
                                     const uint64_t last[4])
{
    struct vmcb_struct *vmcb = v->arch.hvm.svm.vmcb;

    vmcb_set_debugctlmsr(vmcb, debugctl);
    vmcb_set_lastbranchfromip(vmcb, last[0]);
    vmcb_set_lastbranchtoip(vmcb, last[1]);
    vmcb_set_lastintfromip(vmcb, last[2]);
    vmcb_set_lastinttoip(vmcb, last[3]);
    if ( !debugctl || !cpu_has_svm_lbrv )
        return;

    vmcb->virt_ext.fields.lbr_enable = 1;
    svm_disable_intercept_for_msr(v, MSR_IA32_DEBUGCTLMSR);
    svm_disable_intercept_for_msr(v, MSR_IA32_LASTBRANCHFROMIP);
    svm_disable_intercept_for_msr(v, MSR_IA32_LASTBRANCHTOIP);
    svm_disable_intercept_for_msr(v, MSR_IA32_LASTINTFROMIP);
    svm_disable_intercept_for_msr(v, MSR_IA32_LASTINTTOIP);
}

/* EFER.SVME is cleared by the CPU_DYING notifier, if that came to it. */
static void cf_check leave_cpu(void)
{
    write_efer(read_efer() & ~EFER_SVME);
}

const struct interrex_vendor interrex_svm = {
    .vcpu_export = vcpu_export,
    .vcpu_import = vcpu_import,
    .branches_export = branches_export,
    .branches_import = branches_import,
    .leave_cpu = leave_cpu,
};
