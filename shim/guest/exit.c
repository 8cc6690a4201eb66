/* SPDX-License-Identifier: GPL-2.0-only */
#include "exit.h"

#include "core/sched.h"
#include "handlers.h"
#include "insn.h"
#include "vlapic.h"

/* Those that Xen intercepts, HVM_TRAP_MASK. */
static bool exit_exception(struct pcpu *pc, struct vcpu *v, const struct vm_exit *e)
{
    v->park_detail = e->info;
    if (e->icebp)
        return guest_icebp(pc, v);
    switch (e->info) {
    case TRAP_DB:
        vendor_inject_exception(v, TRAP_DB, false, 0);
        return true;
    case TRAP_AC:
        vendor_inject_exception(v, TRAP_AC, true, e->error_code);
        return true;
    case TRAP_MC:
        guest_machine_check(pc, v);
        return false;
    }
    return false;
}

/* The guest has its debug registers from now on, and meets the instruction again. */
static bool exit_debug_register(struct vcpu *v)
{
    vendor_dr_give(v);
    return true;
}

static bool exit_nested_fault(struct pcpu *pc, struct vcpu *v, const struct vm_exit *e)
{
    v->park_detail = (uint32_t)(e->gpa >> PAGE_SHIFT);
    return vlapic_mmio(pc, v, e->gpa);
}

/*
 * A triple fault: hvm_triple_fault() shuts the domain down, with a reason that the toolstack chose.
 * That is the next Xen's; here none of its vCPUs runs on. The CPU says nothing of the state that it
 * leaves behind (APM volume 2, 15.14.3), so the instruction is not to be met again.
 */
static bool shut_down(struct pcpu *pc, struct vcpu *v)
{
    struct dom *d = v->d;

    __atomic_store_n(&d->stopped, 1, __ATOMIC_SEQ_CST);
    for (uint32_t i = 0; i < d->vcpu_count; i++)
        if (&d->vcpus[i] != v)
            sched_kick(pc, &d->vcpus[i]);
    return false;
}

static bool exit_other(struct vcpu *v, const struct vm_exit *e)
{
    if (e->info == VM_OTHER_UNDEFINED)
        vendor_inject_exception(v, TRAP_UD, false, 0);
    return e->info != VM_OTHER_UNKNOWN;
}

/*
 * The table, class to handler. A switch of direct calls and not an array of pointers:
 * in the path of every exit a call through a pointer costs more, and stays an indirect
 * branch that a guest can train a predictor for, whatever the compiler is told.
 */
static bool serve(struct pcpu *pc, struct vcpu *v, const struct vm_exit *e)
{
    switch (e->class) {
    case IRX_EXIT_CPUID:
        return guest_cpuid(pc, v);
    case IRX_EXIT_MSR:
        return e->write ? guest_wrmsr(pc, v) : guest_rdmsr(pc, v);
    case IRX_EXIT_HLT:
        return guest_hlt(pc, v);
    case IRX_EXIT_PAUSE:
        return guest_pause(pc, v);
    case IRX_EXIT_HYPERCALL:
        return guest_hypercall(pc, v);
    case IRX_EXIT_NPF:
        return exit_nested_fault(pc, v, e);
    case IRX_EXIT_INTR:
    case IRX_EXIT_NMI:
    case IRX_EXIT_VINTR:
        return true; /* over: the host's were taken, a window is open */
    case IRX_EXIT_EXCEPTION:
        return exit_exception(pc, v, e);
    case IRX_EXIT_CR:
        return guest_cr(pc, v);
    case IRX_EXIT_DR:
        return exit_debug_register(v);
    case IRX_EXIT_XSETBV:
        return guest_xsetbv(pc, v);
    case IRX_EXIT_CACHE:
        return guest_cache(pc, v, e->info);
    case IRX_EXIT_TSC:
        return guest_rdtsc(pc, v, e->info);
    case IRX_EXIT_IO:
        return guest_io(v, e);
    case IRX_EXIT_SHUTDOWN:
        return shut_down(pc, v);
    default:
        return exit_other(v, e);
    }
}

/* The instruction that the exit stands for, NR_INSNS: one of several, or none. */
static enum insn insn_of(const struct vm_exit *e)
{
    switch (e->class) {
    case IRX_EXIT_CPUID:
        return INSN_CPUID;
    case IRX_EXIT_MSR:
        return e->write ? INSN_WRMSR : INSN_RDMSR;
    case IRX_EXIT_HLT:
        return INSN_HLT;
    case IRX_EXIT_PAUSE:
        return INSN_PAUSE;
    case IRX_EXIT_HYPERCALL:
        return INSN_HYPERCALL;
    case IRX_EXIT_XSETBV:
        return INSN_XSETBV;
    case IRX_EXIT_CACHE:
    case IRX_EXIT_TSC:
        return (enum insn)e->info;
    case IRX_EXIT_EXCEPTION:
        return e->icebp ? INSN_ICEBP : NR_INSNS;
    default:
        return NR_INSNS;
    }
}

/* What was not served because the instruction is no longer there is not for the next Xen either. */
bool exit_serve(struct pcpu *pc, struct vcpu *v, struct vm_exit *e)
{
    enum insn insn;

    v->insn_missed = false;
    if (serve(pc, v, e)) {
        if (!v->triple_fault)
            return true;
        e->class = IRX_EXIT_SHUTDOWN;
        return shut_down(pc, v);
    }
    insn = insn_of(e);
    return insn != NR_INSNS && insn_gone(pc, v, insn);
}
