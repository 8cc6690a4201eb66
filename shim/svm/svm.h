/* SPDX-License-Identifier: GPL-2.0-only */
/* Inside svm/ only. */
#ifndef SHIM_SVM_SVM_H
#define SHIM_SVM_SVM_H

#include "core/domain.h"
#include "vmcb.h"

#define MSR_VIRT_SPEC_CTRL 0xc001011fu
#define MSR_DR0_MASK       0xc0011027u
#define MSR_DR1_MASK       0xc0011019u /* to DR3_MASK, consecutive */
#define EFER_SVME          BIT(12)

struct svm_features {
    bool lbr;             /* CPUID 0x8000000a EDX[1]: last branches are in the VMCB */
    bool next_rip;        /* CPUID 0x8000000a EDX[3] */
    bool flush_by_asid;   /* EDX[6] */
    bool decode;          /* EDX[7] */
    bool pause_filter;    /* EDX[10] */
    bool pause_threshold; /* EDX[12] */
    bool spec_ctrl;       /* EDX[20]: SPEC_CTRL is in the VMCB */
    bool extint_by_virq;  /* an emulator's fault, see run.c; no hardware has it */
    bool dbext;           /* CPUID 0x80000001 ECX[26]: address masks of the debug registers */
    uint8_t family;       /* CPUID 1 EAX */
    paddr_t iopm;
    struct lock ssbd_lock;
};

extern struct svm_features svm;

/* What vmrun.S does about speculation on this CPU; it knows the offsets (svm/spec_offsets.h). */
struct svm_spec {
    uint32_t flags;      /* IRX_SPEC_* */
    uint32_t verw_sel;   /* of a writable data segment; pushed together with flags */
    uint32_t host_ctrl;  /* MSR_SPEC_CTRL while the shim runs */
    uint32_t guest_ctrl; /* while the guest runs: the CPU adds what the guest itself set */
    uint32_t last_ctrl;  /* what is in it now */
    bool ssbd;           /* set for this CPU's guest, by the host's means for it */
};

/* pcpu.vendor */
struct svm_cpu {
    struct vmcb host; /* the host's state: VMSAVE wrote it, VMLOAD brings it back */
    uint8_t hsave[PAGE_SIZE];
    struct svm_spec spec;
};
#define SVM_CPU_PAGES ((unsigned int)DIV_UP(sizeof(struct svm_cpu), PAGE_SIZE))

static inline struct svm_cpu *svm_cpu(const struct pcpu *pc)
{
    return pc->vendor;
}

static inline struct vmcb *vmcb_of(const struct vcpu *v)
{
    return v->vendor;
}

static inline bool event_is_interrupt(uint64_t event)
{
    return (event & EVENT_VALID) && EVENT_TYPE(event) == 0;
}

/* Source: hvm_event_needs_reinjection() of Xen's hvm.h. */
static inline bool event_needs_reinjection(uint64_t event)
{
    uint8_t vector = EVENT_VECTOR(event);

    if (!(event & EVENT_VALID))
        return false;
    switch (EVENT_TYPE(event)) {
    case 0: /* external interrupt */
    case 2: /* NMI */
        return true;
    case 3: /* SVM calls INT3 and INTO exceptions too: they are met again */
        return vector != TRAP_BP && vector != TRAP_OF;
    }
    return false;
}

/* control.c: DEBUGCTL and last branches, at enter and freeze. */
void svm_load_branches(struct vcpu *v);
void svm_save_branches(struct vcpu *v);
/* state.c: the registers that the VMCB holds, after an exit. */
void svm_read_state(struct vcpu *v);
/* ssbd.c, all on the CPU that pc is: the host's means, once; for v's sake; for nobody's. */
bool svm_ssbd_init(void);
void svm_ssbd_take(struct pcpu *pc, const struct vcpu *v);
void svm_ssbd_drop(struct pcpu *pc);
/* vmrun.S */
void svm_enter(struct vcpu *v, paddr_t vmcb, paddr_t host, struct svm_spec *spec);
void svm_stgi(void);
void svm_vmsave(paddr_t page);

#endif
