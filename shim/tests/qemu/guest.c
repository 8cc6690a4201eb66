/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The guest of the shim's quick test: does what a PVH Linux does in steady state,
 * checks every answer, and tells in its box.
 */
#include "box.h"

#define __XEN_TOOLS__ 1
#include <xen/xen.h>
#include <xen/arch-x86/cpuid.h>
#include <xen/event_channel.h>
#include <xen/sched.h>
#include <xen/vcpu.h>
#include <xen/version.h>

#define PAGE(gfn) ((void *)((uint64_t)(gfn) << 12))

static volatile struct box *const box = PAGE(GFN_BOX);
static struct shared_info *const shared = PAGE(GFN_SHARED);

void guest_main(uint64_t vcpu);
void upcall(void);
void self_ipi(void);
void fault(const uint64_t *stack);
extern const uint8_t upcall_gate[], self_gate[], fault_gate[];

static __attribute__((noreturn)) void fail(unsigned int line, uint64_t value)
{
    box->failed_line = line;
    box->failed_value = value;
    box->step = STEP_FAILED;
    for (;;)
        __asm__ volatile("cli; hlt");
}

#define CHECK(value, expected)                                                                     \
    do {                                                                                           \
        uint64_t is = (uint64_t)(value);                                                           \
        if (is != (uint64_t)(expected))                                                            \
            fail(__LINE__, is);                                                                    \
    } while (0)

void fault(const uint64_t *stack)
{
    fail(__LINE__, stack[0] < 0x10000 ? stack[1] : stack[0]);
}

static uint64_t hypercall(uint64_t nr, uint64_t a, uint64_t b, uint64_t c)
{
    __asm__ volatile("vmmcall" : "+a"(nr), "+D"(a), "+S"(b), "+d"(c) : : "memory");
    return nr;
}

static void cpuid(uint32_t leaf, uint32_t subleaf, uint32_t r[4])
{
    __asm__ volatile("cpuid"
                     : "=a"(r[0]), "=b"(r[1]), "=c"(r[2]), "=d"(r[3])
                     : "0"(leaf), "2"(subleaf));
}

static uint64_t rdmsr(uint32_t msr)
{
    uint32_t low, high;

    __asm__ volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(msr));
    return (uint64_t)high << 32 | low;
}

static void wrmsr(uint32_t msr, uint64_t value)
{
    __asm__ volatile("wrmsr" : : "c"(msr), "a"((uint32_t)value), "d"((uint32_t)(value >> 32)));
}

static uint64_t rdtsc(void)
{
    uint32_t low, high;

    __asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
    return (uint64_t)high << 32 | low;
}

static uint64_t now(void)
{
    if (box->vtsc)
        return rdtsc() - TSC_OFFSET;
    return (uint64_t)(((unsigned __int128)(rdtsc() - TSC_OFFSET - box->stamp) * box->mul) >> 32);
}

static uint64_t vcpu_number(void)
{
    uint32_t r[4];

    cpuid(1, 0, r);
    return r[1] >> 25;
}

static uint64_t send(uint32_t port)
{
    struct evtchn_send s = {.port = port};

    return hypercall(__HYPERVISOR_event_channel_op, EVTCHNOP_send, (uint64_t)&s, 0);
}

static void set_timer(uint64_t vcpu, uint64_t when)
{
    struct vcpu_set_singleshot_timer t = {.timeout_abs_ns = when};

    CHECK(hypercall(__HYPERVISOR_vcpu_op, VCPUOP_set_singleshot_timer, vcpu, (uint64_t)&t), 0);
}

/* ---- events ---- */

static void event(uint32_t port)
{
    __atomic_fetch_add(&box->events[port], 1, __ATOMIC_SEQ_CST);
    if (port == PORT_IPI(1)) /* vCPU 1 answers vCPU 0 */
        CHECK(send(PORT_IPI(0)), 0);
    if (port == PORT_PEER && !box->fifo) /* the 2-level guest answers the other */
        CHECK(send(PORT_PEER), 0);
}

static void scan_2l(struct vcpu_info *info)
{
    uint64_t words;

    __atomic_store_n(&info->evtchn_upcall_pending, 0, __ATOMIC_SEQ_CST);
    words = __atomic_exchange_n(&info->evtchn_pending_sel, 0, __ATOMIC_SEQ_CST);
    for (; words; words &= words - 1) {
        unsigned int w = (unsigned int)__builtin_ctzll(words);
        uint64_t bits = shared->evtchn_pending[w] & ~shared->evtchn_mask[w];

        for (; bits; bits &= bits - 1) {
            unsigned int b = (unsigned int)__builtin_ctzll(bits);

            __atomic_fetch_and(&shared->evtchn_pending[w], ~(1ull << b), __ATOMIC_SEQ_CST);
            event(w * 64 + b);
        }
    }
}

/* As Linux's events_fifo.c. */
static uint32_t clear_linked(uint32_t *word)
{
    uint32_t old = __atomic_load_n(word, __ATOMIC_SEQ_CST), new;

    do
        new = old & ~((1u << EVTCHN_FIFO_LINKED) | EVTCHN_FIFO_LINK_MASK);
    while (!__atomic_compare_exchange_n(word, &old, new, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST));
    return old & EVTCHN_FIFO_LINK_MASK;
}

static uint32_t heads[16];

static void consume(struct evtchn_fifo_control_block *c, unsigned int priority, uint32_t *ready)
{
    uint32_t head = heads[priority], *word;

    if (!head)
        head = __atomic_load_n(&c->head[priority], __ATOMIC_SEQ_CST);
    word = (uint32_t *)PAGE(GFN_ARRAY) + head;
    heads[priority] = clear_linked(word);
    if (!heads[priority])
        *ready &= ~(1u << priority);
    if (__atomic_fetch_and(word, ~(1u << EVTCHN_FIFO_PENDING), __ATOMIC_SEQ_CST) &
        (1u << EVTCHN_FIFO_PENDING))
        event(head);
}

static void scan_fifo(struct vcpu_info *info)
{
    struct evtchn_fifo_control_block *c = PAGE(GFN_CONTROL);
    uint32_t ready;

    __atomic_store_n(&info->evtchn_upcall_pending, 0, __ATOMIC_SEQ_CST);
    ready = __atomic_exchange_n(&c->ready, 0, __ATOMIC_SEQ_CST);
    while (ready) {
        consume(c, (unsigned int)__builtin_ctz(ready), &ready);
        ready |= __atomic_exchange_n(&c->ready, 0, __ATOMIC_SEQ_CST);
    }
}

void upcall(void)
{
    if (box->fifo) {
        scan_fifo(PAGE(GFN_INFO));
        wrmsr(0x80b, 0); /* end of interrupt: this one came through the local APIC */
    } else {
        scan_2l(&shared->vcpu_info[vcpu_number()]);
    }
}

void self_ipi(void)
{
    __atomic_fetch_add(&box->self_ipis, 1, __ATOMIC_SEQ_CST);
    wrmsr(0x80b, 0);
}

/* Sleeps until the port's count passes `seen`. */
static void wait_event(uint32_t port, uint64_t seen)
{
    for (;;) {
        __asm__ volatile("cli" : : : "memory");
        if (box->events[port] != seen)
            break;
        __asm__ volatile("sti; hlt" : : : "memory");
    }
    __asm__ volatile("sti" : : : "memory");
}

/* ---- the tests ---- */

static void test_identity(void)
{
    uint32_t r[4];

    cpuid(0x40000000, 0, r);
    CHECK(r[1], XEN_CPUID_SIGNATURE_EBX);
    CHECK(r[0], 0x40000005);
    cpuid(0x40000004, 0, r);
    CHECK(r[1], 0);
    cpuid(0x12345678, 0, r);
    CHECK(r[0] | r[1] | r[2] | r[3], 0);
    CHECK(rdmsr(0xc0000080), 0xd01); /* NXE, LMA, LME, SCE; no SVME */
    CHECK(rdmsr(0x1b), 0xfee00d00);  /* APIC base: x2APIC, on, boot CPU */
    CHECK(hypercall(__HYPERVISOR_xen_version, XENVER_version, 0, 0), VERSION);
    CHECK(hypercall(__HYPERVISOR_vcpu_op, VCPUOP_is_up, 0, 0), 1);
    CHECK(hypercall(__HYPERVISOR_vcpu_op, VCPUOP_is_up, 9, 0), -2);
    CHECK(send(NR_PORTS), -22);
    CHECK(send(PORT_TIMER(0)), -22);
}

static void test_timer(uint32_t ahead)
{
    uint64_t seen = box->events[PORT_TIMER(0)], when = now() + ahead, late;

    set_timer(0, when);
    wait_event(PORT_TIMER(0), seen);
    late = now();
    if (late < when)
        box->early++;
    else if (late - when > box->worst_late_ns)
        box->worst_late_ns = late - when;
}

static void test_past_timer(void)
{
    uint64_t seen = box->events[PORT_TIMER(0)];

    set_timer(0, now() - 1000000);
    wait_event(PORT_TIMER(0), seen);
}

static void test_poll(void)
{
    evtchn_port_t port = PORT_XEN;
    struct sched_poll p = {.nr_ports = 1};
    uint64_t start = now();

    set_xen_guest_handle(p.ports, &port);
    p.timeout = start + 2000000;
    __asm__ volatile("cli");
    CHECK(hypercall(__HYPERVISOR_sched_op, SCHEDOP_poll, (uint64_t)&p, 0), 0);
    CHECK(now() >= start + 2000000, 1);
    __asm__ volatile("sti");
    CHECK(hypercall(__HYPERVISOR_sched_op, SCHEDOP_yield, 0, 0), 0);
}

#define MSR_TSC        0x10u
#define MSR_TSC_ADJUST 0x3bu

/* It goes on from what is written, and back to where it was by what was added. */
static void test_tsc(void)
{
    uint64_t adjust = rdmsr(MSR_TSC_ADJUST), before = rdtsc(), t;

    for (unsigned int i = 0; i < 100; i++, before = t) {
        t = rdtsc();
        CHECK(t > before, 1);
    }
    CHECK(rdmsr(MSR_TSC) > before, 1);
    wrmsr(MSR_TSC, 5);
    t = rdtsc();
    CHECK(t >= 5 && t < 1ull << 40, 1);
    wrmsr(MSR_TSC_ADJUST, adjust);
    CHECK(rdmsr(MSR_TSC_ADJUST), adjust);
    t = rdtsc();
    CHECK(t > before && t < before + (1ull << 40), 1);
}

/* A tick a period while it runs, and no more. */
static void test_periodic(void)
{
    struct vcpu_set_periodic_timer set = {.period_ns = 2000000};
    uint64_t first = box->events[PORT_TIMER(0)] + 1, start;

    CHECK(hypercall(__HYPERVISOR_vcpu_op, VCPUOP_set_periodic_timer, 0, (uint64_t)&set), 0);
    while (box->events[PORT_TIMER(0)] < first) /* long since the last one */
        __asm__ volatile("pause");
    /* In this order: whoever is kept from running between the two counts too few ticks, not too many.
       One more may have been on its way since before. */
    start = now();
    first = box->events[PORT_TIMER(0)];
    while (box->events[PORT_TIMER(0)] < first + 7)
        __asm__ volatile("pause");
    CHECK(now() - start >= 9000000, 1);
    CHECK(hypercall(__HYPERVISOR_vcpu_op, VCPUOP_stop_periodic_timer, 0, 0), 0);
}

static void test_watchdog(void)
{
    struct sched_watchdog w = {.timeout = 100};

    CHECK(hypercall(__HYPERVISOR_sched_op, SCHEDOP_watchdog, (uint64_t)&w, 0), 1);
    w.id = 1;
    CHECK(hypercall(__HYPERVISOR_sched_op, SCHEDOP_watchdog, (uint64_t)&w, 0), 0);
    w.timeout = 0;
    CHECK(hypercall(__HYPERVISOR_sched_op, SCHEDOP_watchdog, (uint64_t)&w, 0), 0);
    CHECK(hypercall(__HYPERVISOR_sched_op, SCHEDOP_watchdog, (uint64_t)&w, 0), -22);
}

static void test_runstate(void)
{
    struct vcpu_runstate_info info = {0};

    CHECK(hypercall(__HYPERVISOR_vcpu_op, VCPUOP_get_runstate_info, 0, (uint64_t)&info), 0);
    CHECK(info.state, RUNSTATE_running);
    CHECK(info.time[RUNSTATE_blocked] > 0, 1);
}

static void test_self_ipi(void)
{
    uint64_t seen = box->self_ipis;

    wrmsr(0x83f, SELF_VECTOR);
    while (box->self_ipis == seen)
        __asm__ volatile("pause");
}

static void ping(uint32_t to, uint32_t from)
{
    uint64_t seen = box->events[from];

    CHECK(send(to), 0);
    wait_event(from, seen);
}

static void fpu_set(uint64_t value)
{
    __asm__ volatile("movq %0, %%xmm5; movq %0, %%xmm11" : : "r"(value));
}

static void fpu_check(uint64_t value)
{
    uint64_t a, b;

    __asm__ volatile("movq %%xmm5, %0; movq %%xmm11, %1" : "=r"(a), "=r"(b));
    CHECK(a, value);
    CHECK(b, value);
    box->fpu_checks++;
}

#define GET_DR(n, value) __asm__ volatile("mov %%db" #n ", %0" : "=r"(value))
#define SET_DR(n, value) __asm__ volatile("mov %0, %%db" #n : : "r"(value))
#define DR7_ONES         0x400u

/* Where breakpoints would be, of which none is on. They are this vCPU's alone. */
static void debug_set(uint64_t value)
{
    SET_DR(0, value);
    SET_DR(1, value + 1);
    SET_DR(2, value + 2);
    SET_DR(3, value + 3);
}

static void debug_check(uint64_t value)
{
    uint64_t dr[4], dr7;

    GET_DR(0, dr[0]);
    GET_DR(1, dr[1]);
    GET_DR(2, dr[2]);
    GET_DR(3, dr[3]);
    GET_DR(7, dr7);
    for (unsigned int i = 0; i < 4; i++)
        CHECK(dr[i], value + i);
    CHECK(dr7, DR7_ONES);
}

/* Counts for ever; the stand-in Xen watches, and may ask for the hypercall that parks. */
static void count(uint64_t vcpu, uint64_t pattern)
{
    for (;;) {
        fpu_check(pattern);
        debug_check(pattern);
        box->count[vcpu]++;
        if (vcpu == 0 && box->command == CMD_PARK && box->step == STEP_READY) {
            CHECK(hypercall(PARKING_CALL, 1, 2, 3), PARK_ANSWER);
            box->step = STEP_PARKED;
        }
        if (box->command == CMD_IDLE)
            __asm__ volatile("sti; hlt");
    }
}

/* What an exit costs; a figure only under instruction counting. */
static void measure(void)
{
    uint64_t least[3] = {~0ull, ~0ull, ~0ull}, t;
    uint32_t r[4];

    for (unsigned int i = 0; i < 50; i++) {
        t = rdtsc();
        cpuid(0, 0, r);
        t = rdtsc() - t;
        least[0] = t < least[0] ? t : least[0];
        t = rdtsc();
        hypercall(__HYPERVISOR_xen_version, XENVER_version, 0, 0);
        t = rdtsc() - t;
        least[1] = t < least[1] ? t : least[1];
        t = rdtsc();
        hypercall(__HYPERVISOR_sched_op, SCHEDOP_yield, 0, 0);
        t = rdtsc() - t;
        least[2] = t < least[2] ? t : least[2];
    }
    box->cpuid_ticks = least[0];
    box->call_ticks = least[1];
    box->yield_ticks = least[2];
}

static void run_boot_vcpu(uint64_t pattern)
{
    test_identity();
    measure();
    for (unsigned int i = 0; i < 20; i++)
        test_timer(500000 + i * 100000);
    test_past_timer();
    test_periodic();
    test_tsc();
    test_watchdog();
    test_poll();
    test_runstate();
    test_self_ipi();
    for (unsigned int i = 0; i < 200; i++)
        ping(PORT_XEN, PORT_XEN);
    fpu_check(pattern);
    for (unsigned int i = 0; i < 200 && box->vcpus > 1; i++)
        ping(PORT_IPI(1), PORT_IPI(0));
    for (unsigned int i = 0; i < 200 && box->has_peer && box->fifo; i++)
        ping(PORT_PEER, PORT_PEER);
    fpu_check(pattern);
    box->step = STEP_READY;
}

static uint64_t idt[512];

static void set_gate(unsigned int vector, const void *handler)
{
    uint64_t at = (uint64_t)handler;

    idt[vector * 2] = (at & 0xffff) | 8ull << 16 | 0x8eull << 40 | (at >> 16 & 0xffff) << 48;
    idt[vector * 2 + 1] = at >> 32;
}

void guest_main(uint64_t vcpu)
{
    struct {
        uint16_t limit;
        uint64_t base;
    } __attribute__((packed)) idtr = {sizeof(idt) - 1, (uint64_t)idt};
    uint64_t pattern = 0x1122334455667700 + vcpu;

    for (unsigned int i = 0; i < 256; i++)
        set_gate(i, fault_gate);
    set_gate(CALLBACK_VECTOR, upcall_gate);
    set_gate(UPCALL_VECTOR, upcall_gate);
    set_gate(SELF_VECTOR, self_gate);
    __asm__ volatile("lidt %0; sti" : : "m"(idtr));
    fpu_set(pattern);
    debug_set(pattern);
    if (vcpu == 0)
        run_boot_vcpu(pattern);
    count(vcpu, pattern);
}
