/* SPDX-License-Identifier: GPL-2.0-only */
/* Interrupts and exceptions taken by the shim itself. */
#include "trap.h"

#include "core/apic.h"
#include "core/image.h"
#include "core/log.h"
#include "core/mce.h"
#include "core/mem.h"
#include "core/offsets.h"
#include "guest/park.h"
#include "stop.h"

#define FAULTS_MAX 16u
#define TRAP_NMI   2u

extern const uint8_t hw_rdmsr_fault_ip[], hw_xsetbv_fault_ip[], hw_fixup_ip[], entry_restart[];

/* For Xen, which knows whose it is and may take it at any time. */
static void keep(struct pcpu *pc, uint8_t vector)
{
    uint64_t *word = &pc->rec->irq_pending[vector / 64];

    if (!(__atomic_fetch_or(word, BIT(vector % 64), __ATOMIC_RELEASE) & BIT(vector % 64)))
        log_line("interrupt %u is not the shim's: kept", vector);
}

static void interrupt(struct pcpu *pc, uint8_t vector)
{
    if (vector == pc->spurious_vector)
        return;
    switch (vector) {
    case IRX_SHIM_DOORBELL_VECTOR:
        pc->rec->doorbells++;
        pc->doorbell = 1;
        break;
    case IRX_SHIM_KICK_VECTOR:
        break;
    case IRX_SHIM_TIMER_VECTOR:
        pc->rec->timer_irqs++;
        pc->armed = TSC_NEVER;
        break;
    default:
        keep(pc, vector);
    }
    apic_eoi();
}

static void drop_locks(struct pcpu *pc)
{
    log_recover(pc->index);
    mem_recover(pc->index);
    lock_drop_if_held(&shim.mailbox_lock, pc->index);
    for (uint32_t i = 0; i < shim.domain_count; i++)
        lock_drop_if_held(&shim.doms[i].lock, pc->index);
    for (uint32_t i = 0; i < shim.cpu_count; i++)
        if (shim.pcpu[i])
            lock_drop_if_held(&shim.pcpu[i]->inbox_lock, pc->index);
}

/*
 * A fault in the shim's own code: never a silent hang. Logs it, parks the vCPU that
 * was being served, and starts this CPU's loop anew for the others, or to stop it.
 */
static void fault(struct pcpu *pc, struct trap_frame *f)
{
    uint64_t cr2;

    __asm__ volatile("mov %%cr2, %0" : "=r"(cr2));
    drop_locks(pc);
    log_line("FAULT %lu code %lx at %lx (image %lx) cr2 %lx", f->vector, f->error, f->rip,
             f->rip - (uint64_t)(uintptr_t)image_start, cr2);
    log_line("  rax %lx rbx %lx rcx %lx rdx %lx", f->rax, f->rbx, f->rcx, f->rdx);
    log_line("  rsi %lx rdi %lx rbp %lx rsp %lx", f->rsi, f->rdi, f->rbp, f->rsp);
    log_line("  r8 %lx r9 %lx r10 %lx r11 %lx", f->r8, f->r9, f->r10, f->r11);
    log_line("  r12 %lx r13 %lx r14 %lx r15 %lx", f->r12, f->r13, f->r14, f->r15);
    if (pc->current)
        vcpu_park(pc, pc->current, IRX_EXIT_OTHER);
    if (f->vector == TRAP_MC)
        mce_take(pc, NULL, f->rip - (uint64_t)(uintptr_t)image_start);
    if (pc->stops) { /* on its way out: nothing is left to try */
        pc->rec->error = -SHIM_EFAULT;
        hw_stop();
    }
    pc->stops = f->vector == TRAP_MC || f->vector == TRAP_DF || ++pc->faults > FAULTS_MAX;
    f->rip = (uint64_t)(uintptr_t)entry_restart;
    f->rdi = (uint64_t)(uintptr_t)pc;
    f->rsp = (uint64_t)(uintptr_t)pc->stack + STACK_SIZE;
    f->rflags = X86_EFLAGS_MBS;
}

void trap_handle(struct trap_frame *f)
{
    struct pcpu *pc = this_cpu();

    if (f->vector >= 32) {
        interrupt(pc, (uint8_t)f->vector);
        return;
    }
    if (f->vector == TRAP_NMI) {
        pc->rec->nmis++;
        return;
    }
    if (f->vector == TRAP_GP && (f->rip == (uint64_t)(uintptr_t)hw_rdmsr_fault_ip ||
                                 f->rip == (uint64_t)(uintptr_t)hw_xsetbv_fault_ip)) {
        f->rip = (uint64_t)(uintptr_t)hw_fixup_ip;
        return;
    }
    fault(pc, f);
}
