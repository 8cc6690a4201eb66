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

/* DEBUGCTL and the last branch and exception. */
static bool cf_check msr_get(const struct vcpu *v, unsigned int i,
                             uint32_t *index, uint64_t *value)
{
    const struct vmcb_struct *vmcb = v->arch.hvm.svm.vmcb;

    switch ( i )
    {
    case 0:
        *index = MSR_IA32_DEBUGCTLMSR;
        *value = vmcb_get_debugctlmsr(vmcb);
        return true;
    case 1:
        *index = MSR_IA32_LASTBRANCHFROMIP;
        *value = vmcb_get_lastbranchfromip(vmcb);
        return true;
    case 2:
        *index = MSR_IA32_LASTBRANCHTOIP;
        *value = vmcb_get_lastbranchtoip(vmcb);
        return true;
    case 3:
        *index = MSR_IA32_LASTINTFROMIP;
        *value = vmcb_get_lastintfromip(vmcb);
        return true;
    case 4:
        *index = MSR_IA32_LASTINTTOIP;
        *value = vmcb_get_lastinttoip(vmcb);
        return true;
    }

    return false;
}

/* As svm_msr_write_intercept(), but that the guest's next write exits, too. */
static void cf_check msr_set(struct vcpu *v, uint32_t index, uint64_t value)
{
    struct vmcb_struct *vmcb = v->arch.hvm.svm.vmcb;

    switch ( index )
    {
    case MSR_IA32_DEBUGCTLMSR:
        vmcb_set_debugctlmsr(vmcb, value);
        if ( value && cpu_has_svm_lbrv )
            vmcb->virt_ext.fields.lbr_enable = 1;
        break;
    case MSR_IA32_LASTBRANCHFROMIP:
        vmcb_set_lastbranchfromip(vmcb, value);
        break;
    case MSR_IA32_LASTBRANCHTOIP:
        vmcb_set_lastbranchtoip(vmcb, value);
        break;
    case MSR_IA32_LASTINTFROMIP:
        vmcb_set_lastintfromip(vmcb, value);
        break;
    case MSR_IA32_LASTINTTOIP:
        vmcb_set_lastinttoip(vmcb, value);
        break;
    }
}

/* EFER.SVME is cleared by the CPU_DYING notifier, if that came to it. */
static void cf_check leave_cpu(void)
{
    write_efer(read_efer() & ~EFER_SVME);
}

const struct interrex_vendor interrex_svm = {
    .vcpu_export = vcpu_export,
    .vcpu_import = vcpu_import,
    .msr_get = msr_get,
    .msr_set = msr_set,
    .leave_cpu = leave_cpu,
};
