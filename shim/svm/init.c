/* SPDX-License-Identifier: GPL-2.0-only */
/* SVM on and off, and what a CPU, a domain and a vCPU need of it. */
#include "core/lib.h"
#include "core/log.h"
#include "core/mem.h"
#include "core/policy.h"
#include "core/offsets.h"
#include "core/pte.h"
#include "core/spec.h"
#include "core/vendor.h"
#include "svm.h"

#define MSR_VM_CR       0xc0010114u
#define MSR_VM_HSAVE_PA 0xc0010117u
#define VM_CR_DISABLED  BIT(4)

#define MSRPM_PAGES 2u
#define IOPM_PAGES  3u
#define MSR_PAT     0x277u
#define PORT_DELAY  0xedu /* a write to it passes time, and does nothing else */

#define PAUSE_COUNT     4000u /* as Xen: SVM_PAUSEFILTER_INIT, SVM_PAUSETHRESH_INIT */
#define PAUSE_THRESHOLD 1000u

struct svm_features svm;

/* QEMU that emulates the CPU: its CPUID says so, whatever CPU it is told to be. */
static bool is_tcg(void)
{
    struct cpuid_regs one = hw_cpuid(1, 0), r;

    if (!(one.c & BIT(31))) /* a hypervisor: leaf 0x40000000 is its own */
        return false;
    r = hw_cpuid(0x40000000u, 0);
    return r.b == 0x54474354u && r.c == 0x43544743u && r.d == 0x47435447u; /* TCGTCGTCGTCG */
}

/* What spec_init() left to the vendor. False: Xen's settings want what the CPU lacks. */
static bool speculation_init(void)
{
    if ((spec.flags & IRX_SPEC_GUEST_CTRL) && !svm.spec_ctrl) {
        if (spec.flags & IRX_SPEC_GIVEN)
            return false;
        spec.flags &= ~IRX_SPEC_GUEST_CTRL; /* the guest has the host's value */
    }
    return svm_ssbd_init();
}

int vendor_init(void)
{
    struct cpuid_regs max = hw_cpuid(0x80000000u, 0), ext, r;
    uint8_t *iopm;
    uint64_t vm_cr;

    memset(&svm, 0, sizeof(svm));
    if (max.a < 0x8000000au)
        return -SHIM_ENODEV;
    ext = hw_cpuid(0x80000001u, 0);
    r = hw_cpuid(0x8000000au, 0);
    if (!(ext.c & BIT(2)) || !(r.d & BIT(0))) /* SVM, nested paging */
        return -SHIM_ENODEV;
    if (hw_rdmsr_safe(MSR_VM_CR, &vm_cr) && (vm_cr & VM_CR_DISABLED))
        return -SHIM_ENODEV;
    svm.lbr = r.d & BIT(1);
    svm.next_rip = r.d & BIT(3);
    svm.flush_by_asid = r.d & BIT(6);
    svm.decode = r.d & BIT(7);
    svm.pause_filter = r.d & BIT(10);
    svm.pause_threshold = r.d & BIT(12);
    svm.spec_ctrl = r.d & BIT(20);
    svm.extint_by_virq = is_tcg();
    svm.dbext = ext.c & BIT(26);
    if (!speculation_init())
        return -SHIM_ENODEV;
    if (svm.extint_by_virq)
        log_line("the CPU is emulated by QEMU: interrupts go in as virtual ones");
    iopm = mem_alloc(IOPM_PAGES);
    if (!iopm)
        return -SHIM_ENOMEM;
    memset(iopm, 0xff, IOPM_PAGES * PAGE_SIZE);
    iopm[PORT_DELAY / 8] &= (uint8_t) ~(1u << PORT_DELAY % 8); /* Xen: hvm_enable() */
    svm.iopm = (paddr_t)(uintptr_t)iopm;
    return 0;
}

int vendor_cpu_init(struct pcpu *pc)
{
    if (!pc->vendor)
        pc->vendor = mem_alloc(SVM_CPU_PAGES);
    if (!pc->vendor)
        return -SHIM_ENOMEM;
    svm_cpu(pc)->spec = (struct svm_spec){.flags = spec.flags,
                                          .verw_sel = SEL_DATA,
                                          .host_ctrl = spec.host_ctrl,
                                          .guest_ctrl = spec.host_ctrl,
                                          .last_ctrl = spec.host_ctrl};
    hw_wrmsr(MSR_EFER, hw_rdmsr(MSR_EFER) | EFER_SVME);
    hw_wrmsr(MSR_VM_HSAVE_PA, (paddr_t)(uintptr_t)svm_cpu(pc)->hsave);
    svm_vmsave((paddr_t)(uintptr_t)&svm_cpu(pc)->host);
    svm_stgi();
    return 0;
}

void vendor_cpu_recover(struct pcpu *pc)
{
    lock_drop_if_held(&svm.ssbd_lock, pc->index);
    if (spec.ctrl) {
        hw_wrmsr(MSR_SPEC_CTRL, spec.host_ctrl);
        svm_cpu(pc)->spec.last_ctrl = spec.host_ctrl;
    }
    svm_stgi();
}

void vendor_cpu_exit(struct pcpu *pc)
{
    svm_ssbd_drop(pc);
    spec_cpu_exit();
    svm_stgi();
    hw_wrmsr(MSR_EFER, hw_rdmsr(MSR_EFER) & ~EFER_SVME);
}

/* ---- domains: the MSR permission map ---- */

/* Two bits an MSR, three ranges of 2 KiB: APM volume 2, 15.11. */
static void pass_through(uint8_t *msrpm, uint32_t msr)
{
    uint32_t base = msr >= 0xc0010000u ? 0x1000 : msr >= 0xc0000000u ? 0x800 : 0;
    uint32_t bit = (msr & 0x1fff) * 2;

    msrpm[base + bit / 8] &= (uint8_t) ~(3u << (bit % 8));
}

/* As Xen's construct_vmcb() and svm_cpuid_policy_changed(). */
int vendor_domain_init(struct dom *d)
{
    static const uint32_t always[] = {
        0xc0000100u, 0xc0000101u, 0xc0000102u,              /* FS, GS, kernel GS base */
        0xc0000081u, 0xc0000082u, 0xc0000083u, 0xc0000084u, /* STAR, LSTAR, CSTAR, SFMASK */
        MSR_PAT,
    };
    uint8_t *msrpm = mem_alloc(MSRPM_PAGES);
    struct cpuid_regs r;

    if (!msrpm)
        return -SHIM_ENOMEM;
    memset(msrpm, 0xff, MSRPM_PAGES * PAGE_SIZE);
    for (unsigned int i = 0; i < ARRAY_SIZE(always); i++)
        pass_through(msrpm, always[i]);
    policy_leaf(d, 0x80000008u, 0, &r);
    if ((r.b & BIT(14)) && svm.spec_ctrl)
        pass_through(msrpm, MSR_SPEC_CTRL);
    if ((r.b & BIT(12)) && shim.host.ibpb)
        pass_through(msrpm, MSR_PRED_CMD);
    d->vendor = msrpm;
    return 0;
}

void vendor_domain_free(struct dom *d)
{
    mem_free(d->vendor, MSRPM_PAGES);
    d->vendor = NULL;
}

/* ---- vCPUs: the VMCB ---- */

/* Intercepts: Xen's construct_vmcb(), with an eagerly loaded FPU and no shadow paging. */
static void set_intercepts(struct vmcb *b)
{
    b->intercept_1 = (uint32_t)(INTERCEPT_INTR | INTERCEPT_NMI | INTERCEPT_SMI | INTERCEPT_INIT |
                                INTERCEPT_CPUID | INTERCEPT_INVD | INTERCEPT_HLT |
                                INTERCEPT_INVLPGA | INTERCEPT_IOIO | INTERCEPT_MSR |
                                INTERCEPT_SHUTDOWN | INTERCEPT_TASK_SWITCH);
    b->intercept_2 = (uint32_t)(INTERCEPT_VMRUN | INTERCEPT_VMMCALL | INTERCEPT_VMLOAD |
                                INTERCEPT_VMSAVE | INTERCEPT_STGI | INTERCEPT_CLGI |
                                INTERCEPT_SKINIT | INTERCEPT_MWAIT | INTERCEPT_WBINVD |
                                INTERCEPT_MONITOR | INTERCEPT_XSETBV | INTERCEPT_ICEBP |
                                INTERCEPT_RDPRU);
    b->intercept_dr = ~0u;
    /* CR0 and CR4 are the guest's own when read; CR4.MCE see vendor_set_cr4(). */
    b->intercept_cr = ~(uint32_t)(CR_READ(0) | CR_READ(2) | CR_READ(3) | CR_READ(4) | CR_READ(8) |
                                  CR_WRITE(2) | CR_WRITE(3) | CR_WRITE(8));
    b->intercept_exceptions = (uint32_t)(BIT(TRAP_DB) | BIT(TRAP_AC) |
                                         BIT(TRAP_MC)); /* HVM_TRAP_MASK */
    if (svm.pause_filter) {
        b->intercept_1 |= (uint32_t)INTERCEPT_PAUSE;
        b->pause_count = PAUSE_COUNT;
        if (svm.pause_threshold)
            b->pause_threshold = PAUSE_THRESHOLD;
    }
}

int vendor_vcpu_init(struct vcpu *v)
{
    struct vmcb *b = mem_alloc(1);

    if (!b)
        return -SHIM_ENOMEM;
    set_intercepts(b);
    b->iopm = svm.iopm;
    b->msrpm = (paddr_t)(uintptr_t)v->d->vendor;
    b->asid = 1;
    b->vintr = VINTR_MASKING;
    b->nested_control = NESTED_ENABLE;
    b->nested_cr3 = v->d->npt_root;
    v->vendor = b;
    return 0;
}

void vendor_vcpu_free(struct vcpu *v)
{
    mem_free(v->vendor, 1);
    v->vendor = NULL;
}

/* Ordinary long-mode entries, user accessible: APM volume 2, 15.25.5. */
const struct npt_format vendor_npt = {
    .present = PTE_P,
    .table = PTE_P | PTE_RW | PTE_US | PTE_A,
    .leaf = PTE_P | PTE_US | PTE_A | PTE_D,
    .large = PTE_PS,
    .writable = PTE_RW,
    .not_executable = PTE_NX,
};

const struct opcode vendor_hypercall = {{0x0f, 0x01, 0xd9}, 3, false}; /* VMMCALL */
