/* SPDX-License-Identifier: GPL-2.0-only */
/* Entering the guest, and what it came out for. */
#include "core/lib.h"
#include "core/offsets.h"
#include "core/spec.h"
#include "core/vendor.h"
#include "spec_offsets.h"
#include "svm.h"

#define MSR_EXIT_WRITE 1u     /* exit_info1: APM volume 2, 15.11 */
#define NPF_WRITE      BIT(1) /* exit_info1: 15.25.6 */
#define IOIO_IN        BIT(0) /* exit_info1: 15.10.2 */
#define IOIO_STRING    BIT(2)

#define AT(reg) (offsetof(struct vcpu, gpr) + (reg) * sizeof(uint64_t))
_Static_assert(AT(RCX) == VCPU_RCX && AT(RDX) == VCPU_RDX && AT(RBX) == VCPU_RBX &&
                   AT(RBP) == VCPU_RBP && AT(RSI) == VCPU_RSI && AT(RDI) == VCPU_RDI &&
                   AT(R8) == VCPU_R8 && AT(R15) == VCPU_R15,
               "offsets for vmrun.S");
_Static_assert(offsetof(struct svm_spec, flags) == SPEC_FLAGS &&
                   offsetof(struct svm_spec, verw_sel) == SPEC_FLAGS + 4 &&
                   offsetof(struct svm_spec, host_ctrl) == SPEC_HOST &&
                   offsetof(struct svm_spec, guest_ctrl) == SPEC_GUEST &&
                   offsetof(struct svm_spec, last_ctrl) == SPEC_LAST,
               "offsets for vmrun.S");
_Static_assert(SPEC_GUEST_CTRL == IRX_SPEC_GUEST_CTRL && SPEC_IBPB_EXIT == IRX_SPEC_IBPB_EXIT &&
                   SPEC_RSB_EXIT == IRX_SPEC_RSB_EXIT && SPEC_VERW_ENTRY == IRX_SPEC_VERW_ENTRY &&
                   SPEC_DIV_ENTRY == IRX_SPEC_DIV_ENTRY,
               "flags for vmrun.S");

/*
 * Under QEMU's emulation external interrupts go in as virtual ones, not by EVENTINJ: up to
 * 7.2 at least it delivers an interrupt of EVENTINJ a second time when the CPU is kicked
 * before the next exit. The guest can take it (intr.c), so it is taken at once.
 */
static void interrupt_to_virq(struct vmcb *b)
{
    if (!svm.extint_by_virq || !event_is_interrupt(b->event_inject))
        return;
    b->vintr &= ~(VINTR_PRIO_MASK | VINTR_VECTOR);
    b->vintr |= VINTR_IRQ | VINTR_IGNORE_TPR | (uint64_t)EVENT_VECTOR(b->event_inject) << 32;
    b->intercept_1 &= ~(uint32_t)INTERCEPT_VINTR;
    b->event_inject = 0;
}

/* What has to be delivered again: cut off by the exit (APM volume 2, 15.7.2), or not begun. */
static uint64_t undelivered(struct vmcb *b)
{
    uint64_t event = event_needs_reinjection(b->exit_int_info) ? b->exit_int_info : 0;
    bool virq = (b->vintr & VINTR_IRQ) && !(b->intercept_1 & INTERCEPT_VINTR);

    if (!svm.extint_by_virq)
        return event;
    if (virq) {
        if (!event)
            event = EVENT_VALID | EVENT_INTR | (uint8_t)(b->vintr >> 32);
        b->vintr &= ~(VINTR_IRQ | VINTR_IGNORE_TPR | VINTR_VECTOR);
    }
    /* QEMU says "exception" of interrupts too. */
    if ((event & EVENT_VALID) && EVENT_TYPE(event) == 3 && EVENT_VECTOR(event) >= 32)
        event = EVENT_VALID | EVENT_INTR | EVENT_VECTOR(event);
    return event;
}

static void put_state(struct vcpu *v, bool flush)
{
    struct vmcb *b = vmcb_of(v);

    b->rax = v->gpr[RAX];
    b->rsp = v->gpr[RSP];
    b->rip = v->rip;
    b->rflags = v->rflags | X86_EFLAGS_MBS;
    b->vintr = (b->vintr & ~VINTR_TPR) | v->tpr >> 4;
    b->clean = 0;
    interrupt_to_virq(b);
    if (flush)
        b->tlb_control = TLB_FLUSH_ALL;
    if (b->tlb_control == TLB_FLUSH_ALL && svm.flush_by_asid)
        b->tlb_control = TLB_FLUSH_ASID;
}

/* ---- exits ---- */

/* The compiler makes a table of it, and no jump that a guest could train a predictor for. */
static uint32_t class_of(uint64_t code)
{
    switch (code) {
    case EXIT_INTR:
        return IRX_EXIT_INTR; /* taken after STGI */
    case EXIT_NMI:
    case EXIT_IRET:
        return IRX_EXIT_NMI;
    case EXIT_VINTR:
        return IRX_EXIT_VINTR;
    case EXIT_CPUID:
        return IRX_EXIT_CPUID;
    case EXIT_MSR:
        return IRX_EXIT_MSR;
    case EXIT_HLT:
        return IRX_EXIT_HLT;
    case EXIT_PAUSE:
        return IRX_EXIT_PAUSE;
    case EXIT_VMMCALL:
        return IRX_EXIT_HYPERCALL;
    case EXIT_RDTSC:
    case EXIT_RDTSCP:
        return IRX_EXIT_TSC;
    case EXIT_XSETBV:
        return IRX_EXIT_XSETBV;
    case EXIT_INVD:
    case EXIT_WBINVD:
        return IRX_EXIT_CACHE;
    case EXIT_IOIO:
        return IRX_EXIT_IO;
    case EXIT_SHUTDOWN:
        return IRX_EXIT_SHUTDOWN;
    default:
        return IRX_EXIT_OTHER;
    }
}

static uint32_t info_of(uint64_t code)
{
    switch (code) {
    case EXIT_RDTSC:
        return INSN_RDTSC;
    case EXIT_RDTSCP:
        return INSN_RDTSCP;
    case EXIT_INVD:
        return INSN_INVD;
    case EXIT_WBINVD:
        return INSN_WBINVD;
    case EXIT_SMI:
    case EXIT_INIT:
        return VM_OTHER_HOST;
    case EXIT_VMRUN:
    case EXIT_VMLOAD:
    case EXIT_VMSAVE:
    case EXIT_STGI:
    case EXIT_CLGI:
    case EXIT_SKINIT:
    case EXIT_INVLPGA:
    case EXIT_MONITOR:
    case EXIT_MWAIT:
    case EXIT_MWAIT_COND:
    case EXIT_RDPRU:
        return VM_OTHER_UNDEFINED;
    default:
        return VM_OTHER_UNKNOWN;
    }
}

static void window_opened(struct vmcb *b)
{
    b->vintr &= ~VINTR_IRQ;
    b->intercept_1 &= ~(uint32_t)INTERCEPT_VINTR;
}

/* IRET ends the NMI handler; the shadow keeps a next NMI out until it retired. */
static void nmi_ended(struct vmcb *b)
{
    b->intercept_1 &= ~(uint32_t)INTERCEPT_IRET;
    b->interrupt_shadow |= SHADOW_ACTIVE;
}

static void decode_io(const struct vmcb *b, struct vm_exit *e)
{
    e->info = (uint32_t)(b->exit_info1 >> 16 & 0xffff);
    e->write = !(b->exit_info1 & IOIO_IN);
    e->size = b->exit_info1 & IOIO_STRING ? 0 : (uint8_t)(b->exit_info1 >> 4 & 7);
    e->next_rip = b->exit_info2;
}

static struct vm_exit decode(struct vmcb *b)
{
    uint64_t code = b->exit_code;
    struct vm_exit e = {0};

    if (code <= EXIT_CR15_WRITE) {
        e.class = IRX_EXIT_CR;
    } else if (code <= EXIT_DR15_WRITE) {
        e.class = IRX_EXIT_DR;
    } else if (code <= EXIT_EXCP31) {
        e.class = IRX_EXIT_EXCEPTION;
        e.info = (uint32_t)(code - EXIT_EXCP0);
        e.error_code = (uint32_t)b->exit_info1;
    } else if (code == EXIT_ICEBP) {
        e.class = IRX_EXIT_EXCEPTION;
        e.info = TRAP_DB;
        e.icebp = true;
    } else if (code == EXIT_NPF) {
        e.class = IRX_EXIT_NPF;
        e.gpa = b->exit_info2;
        e.write = b->exit_info1 & NPF_WRITE;
    } else {
        e.class = class_of(code);
        e.info = info_of(code);
        if (code == EXIT_MSR)
            e.write = b->exit_info1 & MSR_EXIT_WRITE;
        else if (code == EXIT_IOIO)
            decode_io(b, &e);
        else if (code == EXIT_VINTR)
            window_opened(b);
        else if (code == EXIT_IRET)
            nmi_ended(b);
    }
    return e;
}

struct vm_exit vendor_run(struct pcpu *pc, struct vcpu *v, bool flush)
{
    struct vmcb *b = vmcb_of(v);

    put_state(v, flush);
    svm_enter(v, (paddr_t)(uintptr_t)b, (paddr_t)(uintptr_t)&svm_cpu(pc)->host, &svm_cpu(pc)->spec);
    b->tlb_control = TLB_KEEP;
    svm_read_state(v);
    v->insn_len = 0;
    if (svm.decode && b->exit_code == EXIT_NPF) {
        v->insn_len = b->insn_len & 0xf;
        memcpy(v->insn, b->insn, sizeof(b->insn));
    }
    b->event_inject = undelivered(b);
    return decode(b);
}

void vendor_exit_info(const struct vcpu *v, uint64_t *code, uint64_t *info1, uint64_t *info2)
{
    const struct vmcb *b = vmcb_of(v);

    *code = b->exit_code;
    *info1 = b->exit_info1;
    *info2 = b->exit_info2;
}
