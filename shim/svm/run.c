/* SPDX-License-Identifier: GPL-2.0-only */
/* Entering the guest, injecting into it, and what each exit stands for. */
#include "core/lib.h"
#include "core/log.h"
#include "core/vendor.h"
#include "guest/handlers.h"
#include "guest/vlapic.h"
#include "svm.h"

#define DR6_STEP       BIT(14)
#define DR7_ACTIVE     0xffull
#define MSR_EXIT_WRITE 1u

static bool is_interrupt(uint64_t event)
{
    return (event & EVENT_VALID) && EVENT_TYPE(event) == 0;
}

/*
 * External interrupts go in as virtual ones, not by EVENTINJ: QEMU 7.2 delivers an
 * interrupt of EVENTINJ a second time when the CPU is kicked before the next exit, and
 * real CPUs do not mind. The guest can take it (intr.c), so it is taken at once.
 */
static void interrupt_to_virq(struct vmcb *b)
{
    if (!is_interrupt(b->event_inject))
        return;
    b->vintr &= ~(VINTR_PRIO_MASK | VINTR_VECTOR);
    b->vintr |= VINTR_IRQ | VINTR_IGNORE_TPR | (uint64_t)EVENT_VECTOR(b->event_inject) << 32;
    b->intercept_1 &= ~(uint32_t)INTERCEPT_VINTR;
    b->event_inject = 0;
}

/* What has to be delivered again: cut off by the exit, or not begun. */
static uint64_t undelivered(struct vmcb *b)
{
    uint64_t event = event_needs_reinjection(b->exit_int_info) ? b->exit_int_info : 0;
    bool virq = (b->vintr & VINTR_IRQ) && !(b->intercept_1 & INTERCEPT_VINTR);

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
    b->vintr = (b->vintr & ~VINTR_TPR) | vlapic_tpr(v) >> 4;
    b->clean = 0;
    interrupt_to_virq(b);
    if (flush)
        b->tlb_control = TLB_FLUSH_ALL;
    if (b->tlb_control == TLB_FLUSH_ALL && svm.flush_by_asid)
        b->tlb_control = TLB_FLUSH_ASID;
}

void vendor_run(struct pcpu *pc, struct vcpu *v, bool flush)
{
    struct vmcb *b = vmcb_of(v);

    put_state(v, flush);
    svm_enter(v, (paddr_t)(uintptr_t)b, (paddr_t)(uintptr_t)pc->vendor_host);
    b->tlb_control = TLB_KEEP;
    svm_take_state(v);
    vlapic_set_tpr(v, (uint8_t)(b->vintr & 0xf));
    v->insn_len = 0;
    if (svm.decode && b->exit_code == EXIT_NPF) {
        v->insn_len = b->insn_len & 0xf;
        memcpy(v->insn, b->insn, sizeof(b->insn));
    }
    b->event_inject = undelivered(b);
}

void vendor_exit_info(const struct vcpu *v, uint64_t *code, uint64_t *info1, uint64_t *info2)
{
    const struct vmcb *b = vmcb_of(v);

    *code = b->exit_code;
    *info1 = b->exit_info1;
    *info2 = b->exit_info2;
}

/* ---- injection ---- */

/* __update_guest_eip() */
void vendor_retire(struct vcpu *v, unsigned int len)
{
    v->rip += len;
    if (v->mode != 8)
        v->rip = (uint32_t)v->rip;
    v->rflags &= ~X86_EFLAGS_RF;
    vmcb_of(v)->interrupt_shadow &= ~SHADOW_ACTIVE;
    if (v->rflags & X86_EFLAGS_TF)
        vendor_inject_exception(v, TRAP_DB, false, 0);
}

/* hvm_combine_hw_exceptions(), APM volume 2, table 8-2. */
static unsigned int combine(unsigned int first, unsigned int second)
{
    const uint32_t contributory = (1u << 0) | (1u << 10) | (1u << 11) | (1u << 12) | (1u << 13);

    if (first == TRAP_PF || first == TRAP_DF)
        return TRAP_DF;
    if (!((1u << first) & contributory) || second == TRAP_PF)
        return second;
    return (1u << second) & contributory ? TRAP_DF : second;
}

void vendor_inject_exception(struct vcpu *v, unsigned int vector, bool has_code, uint32_t code)
{
    struct vmcb *b = vmcb_of(v);
    uint64_t pending = b->event_inject;

    if (vector == TRAP_DB && (v->rflags & X86_EFLAGS_TF)) {
        vendor_dr_give(v);
        b->dr6 |= DR6_STEP;
    }
    if ((pending & EVENT_VALID) && EVENT_TYPE(pending) == 3) {
        unsigned int both = combine(EVENT_VECTOR(pending), vector);

        if (both == TRAP_DF) {
            has_code = true;
            code = 0;
        }
        vector = both;
    }
    b->event_inject = EVENT_VALID | EVENT_EXCEPTION | vector | (has_code ? EVENT_HAS_CODE : 0) |
                      EVENT_CODE(has_code ? code : 0);
}

void vendor_inject_interrupt(struct vcpu *v, uint8_t vector)
{
    vmcb_of(v)->event_inject = EVENT_VALID | EVENT_INTR | vector;
}

/* SVM does not mask NMIs: the exit on the next IRET stands for the end of the handler. */
void vendor_inject_nmi(struct vcpu *v)
{
    struct vmcb *b = vmcb_of(v);

    b->event_inject = EVENT_VALID | EVENT_NMI | 2;
    b->intercept_1 |= (uint32_t)INTERCEPT_IRET;
}

bool vendor_event_pending(const struct vcpu *v)
{
    return vmcb_of(v)->event_inject & EVENT_VALID;
}

bool vendor_intr_shadow(const struct vcpu *v)
{
    return vmcb_of(v)->interrupt_shadow & SHADOW_ACTIVE;
}

bool vendor_nmi_blocked(const struct vcpu *v)
{
    return vmcb_of(v)->intercept_1 & INTERCEPT_IRET;
}

/* svm_enable_intr_window(): a dummy virtual interrupt that is intercepted. */
bool vendor_open_window(struct vcpu *v, uint8_t vector, bool ignore_tpr)
{
    struct vmcb *b = vmcb_of(v);

    if (is_interrupt(b->event_inject))
        return false; /* it goes in by the same way */
    b->vintr &= ~(VINTR_PRIO_MASK | VINTR_IGNORE_TPR | VINTR_VECTOR);
    b->vintr |= VINTR_IRQ | VINTR_PRIO(vector >> 4) | (ignore_tpr ? VINTR_IGNORE_TPR : 0);
    b->intercept_1 |= (uint32_t)INTERCEPT_VINTR;
    return true;
}

/* ---- control state ---- */

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

#define MSR_SYSENTER_CS  0x174u
#define MSR_SYSENTER_ESP 0x175u
#define MSR_SYSENTER_EIP 0x176u
#define MSR_MCG_CAP      0x179u
#define MSR_DEBUGCTL     0x1d9u
#define AMD_MC_BANKS     2u /* what Xen gives guests of an AMD host: AMD_GUEST_MCG_CAP */

bool vendor_get_msr(const struct vcpu *v, uint32_t msr, uint64_t *value)
{
    const struct vmcb *b = vmcb_of(v);

    switch (msr) {
    case MSR_SYSENTER_CS:
        *value = b->sysenter_cs;
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

static bool canonical(uint64_t va)
{
    return (uint64_t)((int64_t)(va << 16) >> 16) == va;
}

bool vendor_set_msr(struct vcpu *v, uint32_t msr, uint64_t value)
{
    struct vmcb *b = vmcb_of(v);

    switch (msr) {
    case MSR_SYSENTER_CS:
        b->sysenter_cs = value;
        return true;
    case MSR_SYSENTER_ESP:
        if (!canonical(value))
            return false;
        b->sysenter_esp = value;
        return true;
    case MSR_SYSENTER_EIP:
        if (!canonical(value))
            return false;
        b->sysenter_eip = value;
        return true;
    case MSR_DEBUGCTL:
        return value == b->debugctl; /* last-branch records are the next Xen's */
    }
    return false;
}

/* ---- exits ---- */

static bool exit_exception(struct vcpu *v, unsigned int vector)
{
    v->park_detail = vector;
    switch (vector) {
    case TRAP_DB:
        vendor_inject_exception(v, TRAP_DB, false, 0);
        return true;
    case TRAP_AC:
        vendor_inject_exception(v, TRAP_AC, true, (uint32_t)vmcb_of(v)->exit_info1);
        return true;
    }
    return false; /* #MC: the machine's trouble is for Xen to judge */
}

static bool exit_vintr(struct vmcb *b)
{
    b->vintr &= ~VINTR_IRQ;
    b->intercept_1 &= ~(uint32_t)INTERCEPT_VINTR;
    return true;
}

/* IRET ends the NMI handler; the shadow keeps a next NMI out until it retired. */
static bool exit_iret(struct vmcb *b)
{
    b->intercept_1 &= ~(uint32_t)INTERCEPT_IRET;
    b->interrupt_shadow |= SHADOW_ACTIVE;
    return true;
}

static bool exit_undefined(struct vcpu *v)
{
    vendor_inject_exception(v, TRAP_UD, false, 0);
    return true;
}

static uint32_t serve(struct pcpu *pc, struct vcpu *v, uint64_t code, bool *served)
{
    struct vmcb *b = vmcb_of(v);

    *served = true;
    switch (code) {
    case EXIT_INTR:
        return IRX_EXIT_INTR; /* taken after STGI */
    case EXIT_NMI:
        return IRX_EXIT_NMI;
    case EXIT_SMI:
    case EXIT_INIT:
        return IRX_EXIT_OTHER;
    case EXIT_VINTR:
        *served = exit_vintr(b);
        return IRX_EXIT_VINTR;
    case EXIT_IRET:
        *served = exit_iret(b);
        return IRX_EXIT_NMI;
    case EXIT_CPUID:
        *served = guest_cpuid(pc, v);
        return IRX_EXIT_CPUID;
    case EXIT_MSR:
        *served = b->exit_info1 & MSR_EXIT_WRITE ? guest_wrmsr(pc, v) : guest_rdmsr(pc, v);
        return IRX_EXIT_MSR;
    case EXIT_HLT:
        *served = guest_hlt(pc, v);
        return IRX_EXIT_HLT;
    case EXIT_PAUSE:
        *served = guest_pause(pc, v);
        return IRX_EXIT_PAUSE;
    case EXIT_VMMCALL:
        *served = guest_hypercall(pc, v);
        return IRX_EXIT_HYPERCALL;
    case EXIT_NPF:
        v->park_detail = (uint32_t)(b->exit_info2 >> PAGE_SHIFT);
        *served = vlapic_mmio(pc, v, b->exit_info2);
        return IRX_EXIT_NPF;
    case EXIT_RDTSC:
    case EXIT_RDTSCP:
        *served = guest_rdtsc(pc, v, code == EXIT_RDTSCP);
        return IRX_EXIT_TSC;
    case EXIT_XSETBV:
        *served = guest_xsetbv(pc, v);
        return IRX_EXIT_XSETBV;
    case EXIT_INVD:
    case EXIT_WBINVD:
        *served = guest_cache(pc, v, code == EXIT_INVD);
        return IRX_EXIT_CACHE;
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
        *served = exit_undefined(v); /* none of them is offered to guests */
        return IRX_EXIT_OTHER;
    }
    *served = false;
    return code == EXIT_IOIO       ? IRX_EXIT_IO
           : code == EXIT_SHUTDOWN ? IRX_EXIT_SHUTDOWN
                                   : IRX_EXIT_OTHER;
}

uint32_t vendor_handle_exit(struct pcpu *pc, struct vcpu *v, bool *served)
{
    uint64_t code = vmcb_of(v)->exit_code;

    if (code <= EXIT_CR15_WRITE) {
        *served = guest_cr(pc, v);
        return IRX_EXIT_CR;
    }
    if (code >= EXIT_DR0_READ && code <= EXIT_DR15_WRITE) {
        vendor_dr_give(v); /* the instruction is met again, without an exit */
        *served = true;
        return IRX_EXIT_DR;
    }
    if (code >= EXIT_EXCP0 && code <= EXIT_EXCP31) {
        *served = exit_exception(v, (unsigned int)(code - EXIT_EXCP0));
        return IRX_EXIT_EXCEPTION;
    }
    if (code == EXIT_IOIO)
        v->park_detail = (uint32_t)(vmcb_of(v)->exit_info1 >> 16 & 0xffff);
    return serve(pc, v, code, served);
}
