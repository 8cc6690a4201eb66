/* SPDX-License-Identifier: GPL-2.0-only */
/* A vCPU that asks: it waits for a case, asks its questions one by one, and survives the answers. */
#include "hostile.h"

#define APIC_EOI   0xb0u
#define MSR_X2APIC 0x800u

extern struct hostile_case cases[];
extern struct query queries[];
extern uint64_t answers[HOSTILE_PASSES][HOSTILE_WORDS];

uint64_t fold_bytes(uint64_t h, const void *p, size_t n)
{
    const uint8_t *b = p;

    while (n--)
        h = fold(h, *b++);
    return h;
}

static struct worker *worker_of(const struct frame *f)
{
    return ((struct stack *)((uintptr_t)f & ~(uintptr_t)(STACK_SIZE - 1)))->worker;
}

static void end_of_interrupt(const struct worker *w)
{
    if (w->x2apic)
        wrmsr(MSR_X2APIC + (APIC_EOI >> 4), 0);
    else
        *(volatile uint32_t *)(0xfee00000ull + APIC_EOI) = 0;
}

void trap(struct frame *f)
{
    struct worker *w = worker_of(f);
    uint64_t sp;

    if (f->vector == 2 || (f->vector >= 32 && f->vector != VECTOR_END)) {
        w->irqs[f->vector]++;
        if (f->vector == VECTOR_UPCALL)
            xen_ack_upcall(w->id);
        if (f->vector >= 32 && f->vector != VECTOR_UPCALL)
            end_of_interrupt(w);
        return;
    }
    if (w->run_sp) {
        sp = w->run_sp;
        w->run_sp = 0;
        *w->run_frame = *f;
        leave(sp, 0);
    }
    if (w->case_sp) {
        sp = w->case_sp;
        w->case_sp = 0;
        leave(sp, HOSTILE_TRAP(f->vector, 0xffff, (uint32_t)f->rip)); /* in our own code */
    }
    board.broken_vector = f->vector;
    board.broken_rip = f->rip;
    __atomic_store_n(&board.state, HOSTILE_BROKEN, __ATOMIC_RELEASE);
    xen_await(w->port, 0);
    leave(0, 0);
}

static uint64_t run_in(struct worker *w, const void *code, uint16_t cs, struct frame *f)
{
    f->rip = (uintptr_t)code;
    f->cs = cs;
    f->ss = cs & 3 ? SEL_UDATA : SEL_DATA;
    if (!f->rflags)
        f->rflags = FLAG_FIXED;
    if (!f->rsp)
        f->rsp = (uintptr_t)w->data[1] + PAGE / 2;
    w->run_frame = f;
    enter(f, &w->run_sp);
    return f->vector == VECTOR_END ? 0 : HOSTILE_TRAP(f->vector, f->rip - (uintptr_t)code, f->code);
}

uint64_t run(struct worker *w, const void *code, unsigned int cpl, struct frame *f)
{
    return run_in(w, code, cpl ? SEL_UCODE : SEL_CODE, f);
}

uint64_t run32(struct worker *w, const void *code, unsigned int cpl, struct frame *f)
{
    return run_in(w, code, cpl ? SEL_UCODE32 : SEL_CODE32, f);
}

/* One question after the other, until the case is over or another worker goes on with it. */
static void work(struct worker *w)
{
    struct hostile_case *c = &cases[w->job];
    uint32_t word = w->word, pass = w->pass;

    for (; word < c->words; word++) {
        w->word = word;
        answers[pass][c->first + word] = protect(&w->case_sp, queries[w->job].ask, w,
                                                 &queries[w->job], word);
        w->case_sp = 0;
        tables_load(w);
        __atomic_fetch_add(&c->pass[pass].answered, 1, __ATOMIC_SEQ_CST);
        if (__atomic_load_n(&w->replaced, __ATOMIC_SEQ_CST)) {
            __atomic_fetch_sub(&board.outstanding, 1, __ATOMIC_SEQ_CST);
            break;
        }
        beat(w);
    }
}

_Noreturn void vcpu_main(struct worker *w)
{
    tables_init(w);
    xen_init_vcpu(w);
    apic_init(w);
    control_init();
    for (;;) {
        xen_await(w->port, 0);
        if (race_disturbs(w) || !w->busy)
            continue;
        work(w);
        __atomic_store_n(&w->busy, false, __ATOMIC_SEQ_CST);
        xen_send(workers[0].port);
    }
}
