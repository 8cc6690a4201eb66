/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A stand-in for Xen, for the shim's quick test: lays out R, lends two CPUs, prepares
 * and enters two small guests, answers doorbells, freezes, checks what came back, and
 * does it again. It proves nothing about Xen; it finds the shim's own mistakes fast.
 */
#include "stub.h"

#define __XEN_TOOLS__ 1
#include <xen/xen.h>
#include <xen/arch-x86/xen.h>
#include <xen/hvm/save.h>

#define ROUNDS    4u
#define NMI_LENDS 8u

extern uint64_t multiboot_info;
extern const uint8_t trampoline[], trampoline_end[];

void stub_main(void);

void answer_doorbells(void)
{
    for (unsigned int i = 0; i < NR_GUESTS; i++) {
        struct irx_domain *d = guests[i].d;
        uint64_t bits;

        if (!d || !__atomic_exchange_n(&d->to_xen_summary, 0, __ATOMIC_SEQ_CST))
            continue;
        bits = __atomic_exchange_n((uint64_t *)(REGION + d->to_xen), 0, __ATOMIC_SEQ_CST);
        if (bits & ~(1ull << PORT_XEN))
            fail("events to Xen from ports ", bits);
        __atomic_fetch_or((uint64_t *)(REGION + d->to_guest), bits, __ATOMIC_SEQ_CST);
        __atomic_fetch_or(&d->to_guest_summary, 1, __ATOMIC_SEQ_CST);
        doorbell();
    }
}

void wait_state(const char *what, const uint32_t *word, uint32_t want)
{
    uint64_t end = rdtsc() + (uint64_t)WAIT_MS * khz;

    while (__atomic_load_n(word, __ATOMIC_ACQUIRE) != want) {
        answer_doorbells();
        __asm__ volatile("pause");
        if (rdtsc() > end)
            fail(what, *word);
    }
}

/* Moves a domain on and waits for the shim's answer. */
static void ask(struct guest *g, uint32_t state, uint32_t want)
{
    __atomic_store_n(&g->d->state, state, __ATOMIC_RELEASE);
    doorbell();
    wait_state("domain does not answer: ", &g->d->state, want);
}

static struct box *box_of(const struct guest *g)
{
    return page(g, GFN_BOX);
}

static void wait_step(const struct guest *g, uint64_t step)
{
    const volatile struct box *box = box_of(g);
    uint64_t end = rdtsc() + (uint64_t)WAIT_MS * 10 * khz;

    while (box->step != step) {
        answer_doorbells();
        __asm__ volatile("pause");
        if (box->step == STEP_FAILED) {
            number("guest.c line ", box->failed_line);
            fail("guest failed with ", box->failed_value);
        }
        if (rdtsc() > end)
            fail("guest does not come to step ", step);
    }
}

/* Both vCPUs of both guests get on: time slices, on however many CPUs are held. */
static void wait_progress(void)
{
    for (unsigned int i = 0; i < NR_GUESTS; i++) {
        for (uint32_t v = 0; v < guests[i].vcpus; v++) {
            volatile uint64_t *count = &box_of(&guests[i])->count[v];
            uint64_t was = *count, end = rdtsc() + (uint64_t)WAIT_MS * khz;

            while (*count < was + 100) {
                answer_doorbells();
                __asm__ volatile("pause");
                __asm__ volatile("pause");
                if (box_of(&guests[i])->step == STEP_FAILED)
                    wait_step(&guests[i], 0);
                if (rdtsc() > end)
                    fail("no progress of vCPU ", i * 16 + v);
            }
        }
    }
}

/* The vCPU met a hypercall that the shim does not serve: the next Xen would do so now. */
static void serve_parked(struct guest *g)
{
    struct irx_vcpu *r = vcpu(g, 0);
    struct hvm_hw_cpu *c = (struct hvm_hw_cpu *)r->cpu;

    if (r->state != IRX_VCPU_PARKED || r->park_class != IRX_EXIT_HYPERCALL)
        fail("vCPU is not parked at its hypercall: ", r->state << 8 | r->park_class);
    if (c->rax != PARKING_CALL)
        fail("parked with RAX ", c->rax);
    c->rax = PARK_ANSWER;
    c->rip += 3;
}

static void hold(void)
{
    for (unsigned int i = 0; i < NR_GUESTS; i++) {
        ask(&guests[i], IRX_DOM_PREPARING, IRX_DOM_PREPARED);
        ask(&guests[i], IRX_DOM_ENTERING, IRX_DOM_RUNNING);
    }
}

static void let_go(void)
{
    for (unsigned int i = 0; i < NR_GUESTS; i++) {
        ask(&guests[i], IRX_DOM_FREEZING, IRX_DOM_FROZEN);
        guests[i].d->state = IRX_DOM_CLAIMED;
        guests[i].d->state = IRX_DOM_WITH_XEN;
    }
}

static void park_and_serve(struct guest *g)
{
    box_of(g)->command = CMD_PARK;
    wait_state("vCPU does not park: ", &vcpu(g, 0)->state, IRX_VCPU_PARKED);
    ask(g, IRX_DOM_FREEZING, IRX_DOM_FROZEN);
    serve_parked(g);
    ask(g, IRX_DOM_ENTERING, IRX_DOM_RUNNING);
    wait_step(g, STEP_PARKED);
}

static void report(void)
{
    for (unsigned int i = 0; i < NR_GUESTS; i++) {
        const struct box *box = box_of(&guests[i]);

        number("guest worst timer lateness, ns: ", box->worst_late_ns);
        number("  early timers: ", box->early);
        number("  state checks of FPU: ", box->fpu_checks);
        if (box->early)
            fail("timers came early: ", box->early);
    }
    number("doorbells to Xen: ", doorbells);
    if (!doorbells)
        fail("no doorbell came to Xen ", 0);
}

static void print_costs(void)
{
    for (unsigned int i = 0; i < NR_GUESTS; i++) {
        number("ticks of a CPUID exit: ", box_of(&guests[i])->cpuid_ticks);
        number("ticks of a hypercall: ", box_of(&guests[i])->call_ticks);
        number("ticks of a yield: ", box_of(&guests[i])->yield_ticks);
    }
}

void stub_main(void)
{
    const uint32_t *mbi = (const uint32_t *)multiboot_info;
    const uint32_t *module = (const uint32_t *)(uint64_t)mbi[6];

    measure_tsc();
    print("1..12\n");
    number("TSC, kHz: ", khz);
    init_interrupts();
    memcpy((void *)0x8000, trampoline, (size_t)(trampoline_end - trampoline));
    lay_out((const void *)(uint64_t)module[0], module[1] - module[0]);
    for (uint32_t i = 0; i < NR_GUESTS; i++)
        make_guest(&guests[i], i);
    for (uint32_t i = 0; i < NR_GUESTS; i++)
        for (uint32_t v = 0; v < guests[i].vcpus; v++)
            add_vcpu(&guests[i], v);

    lend(0);
    ok("first CPU held");
    lend(1);
    ok("second CPU held");
    hold();
    ok("guests run in the shim");
    wait_step(&guests[0], STEP_READY);
    wait_step(&guests[1], STEP_READY);
    print_costs();
    ok("guests passed their tests");
    wait_progress();
    strays(0);
    strays(1);
    wait_progress();
    ok("vectors of others wait for Xen, once");
    nmis(0);
    nmis(1);
    for (unsigned int i = 0; i < NMI_LENDS; i++) { /* the moment that matters is short */
        release(1, IRX_CPU_RELEASED);
        lend(1);
    }
    wait_progress();
    ok("NMIs disturb nobody");
    park_and_serve(&guests[0]);
    ok("parked, served, taken back");
    release(1, IRX_CPU_RELEASED);
    wait_progress();
    ok("all on one CPU");
    release(0, IRX_CPU_HELD);
    wait_progress();
    ok("the last CPU stays while guests run");
    lend(1);
    for (unsigned int i = 0; i < ROUNDS; i++) {
        let_go();
        hold();
        wait_progress();
    }
    ok("drills");
    let_go();
    release(1, IRX_CPU_RELEASED);
    release(0, IRX_CPU_RELEASED);
    ok("CPUs released");
    report();
    ok("no early timer, doorbells in both directions");
    finish(0);
}
