/* SPDX-License-Identifier: GPL-2.0-only */
/* Interrupts and exceptions: each is expected where it comes, or the guest stops. */
#include "guest.h"

#define DR6_STEP     (1u << 14)
#define STEP_TICK_NS 1000000u
#define NMI_SPIN_TSC 10000000u

static struct cpu *cpu_of(const struct frame *f)
{
    return ((struct stack *)((uintptr_t)f & ~(uintptr_t)(STACK_SIZE - 1)))->cpu;
}

static _Noreturn void stop(const struct regs_fatal *why)
{
    if (status.state != REGS_STOPPED) {
        status.fatal = *why;
        __atomic_store_n(&status.state, REGS_STOPPED, __ATOMIC_RELEASE);
    }
    xen_stop();
}

_Noreturn void fatal(const struct frame *f)
{
    struct regs_fatal why = {
        .vcpu = cpu_of(f)->id, .vector = f->vector, .code = f->code, .rip = f->rip, .rsp = f->rsp};

    __asm__ volatile("mov %%cr2, %0" : "=r"(why.cr2));
    stop(&why);
}

_Noreturn void refused(const struct cpu *c, long rc, uint64_t rip)
{
    stop(&(struct regs_fatal){
        .vcpu = c->id, .vector = REGS_REFUSED, .code = (uint64_t)-rc, .rip = rip});
}

/* Interrupts that come in rounds which do not end by them come again soon. */
static void upcall(struct cpu *c, const struct frame *f)
{
    uint64_t rip = f->rip;

    c->status->interrupts++;
    check_time(c);
    if (f->vector == VECTOR_UPCALL_APIC)
        apic_write(c, APIC_EOI, 0);
    if (xen_take_events(c))
        c->timer_fired = true;
    if (!c->in_round || !c->timer_fired)
        return;
    if (rip == (uintptr_t)spin_sti_shadow)
        mismatch(c, "sti_shadow", (uintptr_t)spin_sti_shadow + 1, rip);
    if (rip == (uintptr_t)spin_mov_ss_shadow)
        mismatch(c, "mov_ss_shadow", (uintptr_t)spin_mov_ss_shadow + 1, rip);
    if (c->kind == REGS_USER || c->kind == REGS_KERNEL || c->kind == REGS_COMPAT ||
        c->kind == REGS_HALT)
        round_end(c, f);
    c->timer_fired = false;
    xen_set_timer(c, xen_now_ns() + STEP_TICK_NS);
}

static void exception(struct cpu *c, struct frame *f, uint64_t at)
{
    if (!c->in_round || c->kind != REGS_EXCEPTIONS || f->rip != at)
        fatal(f);
    c->counted++;
    c->status->exceptions++;
    if (f->vector == 6)
        f->rip += 2; /* UD2 */
}

static void step(struct cpu *c, const struct frame *f)
{
    if (!c->in_round || c->kind != REGS_STEP)
        fatal(f);
    c->counted++;
    c->status->exceptions++;
    if (read_dr6() != (c->dr6 | DR6_STEP))
        mismatch(c, "dr6", c->dr6 | DR6_STEP, read_dr6());
    write_dr6(c->dr6);
}

/* The first one sends itself the second, which has to wait until this handler has ended. */
static void nmi(struct cpu *c, const struct frame *f)
{
    uint64_t until;

    if (!c->in_round || c->kind != REGS_NMI || c->nmi_depth)
        fatal(f);
    c->nmi_depth++;
    c->status->nmis++;
    if (++c->nmi_count == 1) {
        xen_send_nmi(c);
        for (until = rdtsc() + NMI_SPIN_TSC; rdtsc() < until;)
            check_time(c);
        if (c->nmi_count != 1)
            mismatch(c, "nmi_blocked", 1, c->nmi_count);
    }
    c->nmi_depth--;
}

void trap(struct frame *f)
{
    struct cpu *c = cpu_of(f);

    switch (f->vector) {
    case 1:
        step(c, f);
        break;
    case 2:
        nmi(c, f);
        break;
    case 3:
        exception(c, f, (uintptr_t)spin_ud2);
        break;
    case 6:
        exception(c, f, (uintptr_t)spin_ud2);
        break;
    case VECTOR_UPCALL:
    case VECTOR_UPCALL_APIC:
        upcall(c, f);
        break;
    case VECTOR_SELF:
        c->self_count++;
        c->status->interrupts++;
        apic_write(c, APIC_EOI, 0);
        break;
    case VECTOR_END:
        if (c->probing) {
            c->probe = *f;
            round_leave(c->kernel_stack);
        }
        if (c->in_round)
            round_end(c, f);
        fatal(f);
    default:
        fatal(f);
    }
}
