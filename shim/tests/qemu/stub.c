/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A stand-in for Xen, for the shim's quick test: lays out R, lends two CPUs, prepares
 * and enters two small guests, answers doorbells, freezes, checks what came back, and
 * does it again. It proves nothing about Xen; it finds the shim's own mistakes fast.
 */
#include <interrex/abi/live.h>
#include <interrex/crc32c.h>

#define __XEN_TOOLS__ 1
#include <xen/xen.h>
#include <xen/arch-x86/xen.h>
#include <xen/hvm/save.h>
#include <xen/arch-x86/cpuid.h>

#include "box.h"

#define REGION      0x10000000ull
#define REGION_SIZE 0x02000000ull
#define OFF_CPUS    0x1000u
#define OFF_DOMAINS 0x2000u
#define OFF_VCPUS   0x4000u
#define VCPU_STRIDE 7680u
#define OFF_LOG     0x40000u
#define LOG_SIZE    0x10000u
#define OFF_DATA    0x80000u
#define DATA_SIZE   0x80000u
#define OFF_SHIM    0x100000u
#define OFF_HEAP    0x200000u

#define XEN_VECTOR 0xe0u
#define APIC       0xfee00000ull
#define NR_GUESTS  2u
#define WAIT_MS    30000u
#define ROUNDS     4u

struct guest {
    uint16_t domid;
    uint64_t memory; /* machine address */
    uint32_t vcpus;
    uint32_t fifo;
    struct irx_domain *d;
};

static struct irx_anchor *const a = (struct irx_anchor *)REGION;
static struct guest guests[NR_GUESTS] = {
    {.domid = 1, .memory = 0x4000000, .vcpus = 2, .fifo = 0},
    {.domid = 2, .memory = 0x6000000, .vcpus = 1, .fifo = 1},
};
static uint64_t data_next;
static uint64_t doorbells;
static uint64_t khz;

extern uint64_t multiboot_info;
extern const uint8_t trampoline[], trampoline_end[], guest_image[], guest_image_end[];
extern const uint8_t doorbell_gate[], fault_gate[];

void stub_main(void);
void stub_ap(void);
void stub_doorbell(void);
void stub_fault(const uint64_t *stack);
void enter_shim(uint64_t base, uint64_t index, uint64_t entry);

/* ---- what a freestanding program lacks ---- */

void *memcpy(void *dst, const void *src, size_t n)
{
    for (size_t i = 0; i < n; i++)
        ((uint8_t *)dst)[i] = ((const uint8_t *)src)[i];
    return dst;
}

void *memset(void *dst, int c, size_t n)
{
    for (size_t i = 0; i < n; i++)
        ((uint8_t *)dst)[i] = (uint8_t)c;
    return dst;
}

static void out(uint16_t port, uint8_t value)
{
    __asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port));
}

static uint8_t in(uint16_t port)
{
    uint8_t value;

    __asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
    return value;
}

static void print(const char *s)
{
    for (; *s; s++) {
        while (!(in(0x3fd) & 0x20))
            ;
        out(0x3f8, (uint8_t)*s);
    }
}

static void number(const char *name, uint64_t value)
{
    char text[17];

    print(name);
    for (int i = 15; i >= 0; i--, value >>= 4)
        text[i] = "0123456789abcdef"[value & 15];
    text[16] = 0;
    print(text);
    print("\n");
}

static void print_log(void)
{
    const struct irx_log *log = (const struct irx_log *)(REGION + OFF_LOG);
    const char *text = (const char *)(log + 1);

    for (uint64_t i = log->head > log->size ? log->head - log->size : 0; i < log->head; i++) {
        char c[2] = {text[i % log->size], 0};

        print(c);
    }
}

/* One case of the Test Anything Protocol. */
static void ok(const char *what)
{
    print("ok - ");
    print(what);
    print("\n");
}

static __attribute__((noreturn)) void finish(int failed)
{
    print("---- log of the shim ----\n");
    print_log();
    print(failed ? "FAILED\n" : "PASSED\n");
    __asm__ volatile("cli");
    out(0xf4, failed ? 1 : 0); /* isa-debug-exit: exit status value * 2 + 1 */
    for (;;)
        __asm__ volatile("hlt");
}

static __attribute__((noreturn)) void fail(const char *why, uint64_t value)
{
    print("not ok - ");
    number(why, value);
    for (unsigned int i = 0; i < NR_GUESTS; i++) {
        const struct irx_domain *d = guests[i].d;

        if (!d)
            continue;
        number("domain state ", d->state);
        number("  error ", (uint64_t)(int64_t)d->error);
        for (uint32_t v = 0; v < guests[i].vcpus; v++) {
            const struct irx_vcpu *r = (const void *)(REGION + OFF_VCPUS +
                                                      (d->vcpu_first + v) * VCPU_STRIDE);

            number("  vcpu state ", r->state);
            number("    exit ", r->exit_code);
            number("    info2 ", r->exit_info2);
            number("    upcalls ", r->upcalls);
            number("    events in ", r->events_in);
            number("    timers ", r->timers_fired);
            for (uint32_t e = 0; e < IRX_NR_EXITS; e++)
                number("    served ", r->served[e]);
        }
    }
    finish(1);
}

static uint64_t rdtsc(void)
{
    uint32_t low, high;

    __asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
    return (uint64_t)high << 32 | low;
}

static void delay_ms(uint64_t ms)
{
    uint64_t end = rdtsc() + ms * khz;

    while (rdtsc() < end)
        __asm__ volatile("pause");
}

/* The timer chip's channel 2 counts 50 ms. */
static void measure_tsc(void)
{
    uint16_t count = 59659;
    uint64_t start;

    out(0x61, (uint8_t)((in(0x61) & ~2) | 1));
    out(0x43, 0xb0);
    out(0x42, (uint8_t)count);
    out(0x42, (uint8_t)(count >> 8));
    start = rdtsc();
    while (!(in(0x61) & 0x20))
        ;
    khz = (rdtsc() - start) / 50;
}

/* ---- CPUs ---- */

static volatile uint32_t *apic(uint32_t reg)
{
    return (volatile uint32_t *)(APIC + reg);
}

static void ipi(uint32_t id, uint32_t icr)
{
    *apic(0x310) = id << 24;
    *apic(0x300) = icr;
    while (*apic(0x300) & 0x1000)
        __asm__ volatile("pause");
}

static struct irx_cpu *cpu(uint32_t i)
{
    return (struct irx_cpu *)(REGION + OFF_CPUS + i * 128);
}

static uint32_t lending; /* index of the CPU on its way */

void stub_ap(void)
{
    *apic(0xf0) = 0x1ff;
    enter_shim(REGION, lending, REGION + OFF_SHIM + a->shim_entry);
}

void stub_doorbell(void)
{
    doorbells++;
    *apic(0xb0) = 0;
}

void stub_fault(const uint64_t *stack)
{
    fail("fault of the stand-in itself at ", stack[0] < 0x10000 ? stack[1] : stack[0]);
}

static uint64_t idt[512];

static void set_gate(unsigned int vector, const void *handler)
{
    uint64_t at = (uint64_t)handler;

    idt[vector * 2] = (at & 0xffff) | 8ull << 16 | 0x8eull << 40 | (at >> 16 & 0xffff) << 48;
    idt[vector * 2 + 1] = at >> 32;
}

static void init_interrupts(void)
{
    struct {
        uint16_t limit;
        uint64_t base;
    } __attribute__((packed)) idtr = {sizeof(idt) - 1, (uint64_t)idt};

    out(0x21, 0xff);
    out(0xa1, 0xff);
    for (unsigned int i = 0; i < 256; i++)
        set_gate(i, fault_gate);
    set_gate(XEN_VECTOR, doorbell_gate);
    *apic(0xf0) = 0x1ff;
    __asm__ volatile("lidt %0; sti" : : "m"(idtr));
}

static void answer_doorbells(void);

/* Waits while answering doorbells; *word reads `want`, or FAILED. */
static void wait_state(const char *what, const uint32_t *word, uint32_t want)
{
    uint64_t end = rdtsc() + (uint64_t)WAIT_MS * khz;

    while (__atomic_load_n(word, __ATOMIC_ACQUIRE) != want) {
        answer_doorbells();
        __asm__ volatile("pause");
        if (rdtsc() > end)
            fail(what, *word);
    }
}

static void lend(uint32_t index)
{
    struct irx_cpu *c = cpu(index);

    lending = index;
    c->apic_id = index + 1; /* the boot CPU is APIC id 0 */
    c->request = IRX_CPU_REQ_NONE;
    __atomic_store_n(&c->state, IRX_CPU_LENT, __ATOMIC_RELEASE);
    ipi(c->apic_id, 0x4500);
    delay_ms(10);
    ipi(c->apic_id, 0x4608);
    wait_state("CPU is not held: ", &c->state, IRX_CPU_HELD);
}

static void doorbell(void)
{
    for (uint32_t i = 0; i < a->cpus.count; i++) {
        if (cpu(i)->state == IRX_CPU_HELD) {
            ipi(cpu(i)->apic_id, 0x4000 | IRX_SHIM_DOORBELL_VECTOR);
            return;
        }
    }
}

#define STRAY_LOW  0x31u /* vectors of someone else */
#define STRAY_HIGH 0xd9u

/* Waits until exactly these vectors wait at the CPU, then takes them as Xen does. */
static void take_strays(struct irx_cpu *c, uint64_t low, uint64_t high)
{
    const uint64_t want[4] = {low << (STRAY_LOW % 64), 0, 0, high << (STRAY_HIGH % 64)};
    uint64_t end = rdtsc() + (uint64_t)WAIT_MS * khz;

    for (unsigned int i = 0; i < 4; i++) {
        while ((__atomic_load_n(&c->irq_pending[i], __ATOMIC_ACQUIRE) & want[i]) != want[i]) {
            answer_doorbells();
            if (rdtsc() > end)
                fail("a vector was not kept: word ", i);
        }
    }
    delay_ms(20);
    for (unsigned int i = 0; i < 4; i++)
        if (__atomic_exchange_n(&c->irq_pending[i], 0, __ATOMIC_ACQ_REL) != want[i])
            fail("vectors are kept that did not come, or twice: word ", i);
}

/* Under running guests: each vector waits once, however often it came, and does not block the next. */
static void strays(uint32_t index)
{
    struct irx_cpu *c = cpu(index);

    ipi(c->apic_id, 0x4000 | STRAY_LOW);
    ipi(c->apic_id, 0x4000 | STRAY_HIGH);
    ipi(c->apic_id, 0x4000 | STRAY_LOW);
    take_strays(c, 1, 1);
    take_strays(c, 0, 0);
    ipi(c->apic_id, 0x4000 | STRAY_LOW);
    take_strays(c, 1, 0);
    ipi(c->apic_id, 0x4000 | STRAY_HIGH);
    take_strays(c, 0, 1);
}

static void release(uint32_t index, uint32_t expect)
{
    struct irx_cpu *c = cpu(index);

    c->error = 0;
    __atomic_store_n(&c->request, IRX_CPU_REQ_RELEASE, __ATOMIC_RELEASE);
    ipi(c->apic_id, 0x4000 | IRX_SHIM_DOORBELL_VECTOR);
    if (expect == IRX_CPU_HELD)
        wait_state("release was not refused: ", (uint32_t *)&c->error, (uint32_t)-16);
    else
        wait_state("CPU is not released: ", &c->state, expect);
    __atomic_store_n(&c->request, IRX_CPU_REQ_NONE, __ATOMIC_RELEASE);
    ipi(c->apic_id, 0x4000 | IRX_SHIM_DOORBELL_VECTOR);
}

/* ---- R ---- */

static void *data(uint64_t size, irx_off_t *off)
{
    void *p = (void *)(REGION + OFF_DATA + data_next);

    *off = OFF_DATA + data_next;
    data_next += (size + 63) & ~63ull;
    memset(p, 0, size);
    return p;
}

static void lay_out(const void *image, uint64_t size)
{
    memset((void *)REGION, 0, OFF_SHIM + 0x40000);
    memcpy((void *)(REGION + OFF_SHIM), image, size);
    a->magic = IRX_ANCHOR_MAGIC;
    a->version = IRX_ABI_VERSION;
    a->size = sizeof(*a);
    a->region_base = REGION;
    a->region_size = REGION_SIZE;
    a->generation = 7;
    a->xen_alive = 1;
    a->xen_vector = XEN_VECTOR;
    a->tsc_khz = khz;
    a->time.mul = 1;
    a->cpus = (struct irx_table){OFF_CPUS, 128, 2};
    a->domains = (struct irx_table){OFF_DOMAINS, 1024, 4};
    a->vcpus = (struct irx_table){OFF_VCPUS, VCPU_STRIDE, 8};
    a->log = (struct irx_span){OFF_LOG, LOG_SIZE};
    a->data = (struct irx_span){OFF_DATA, DATA_SIZE};
    a->shim = (struct irx_span){OFF_SHIM, OFF_HEAP - OFF_SHIM};
    a->shim_heap = (struct irx_span){OFF_HEAP, REGION_SIZE - OFF_HEAP};
    a->shim_image_size = size;
}

/* ---- guests ---- */

/* The first 2 MiB lie backwards, page by page; the rest in order. */
static uint64_t machine(const struct guest *g, uint64_t gfn)
{
    return g->memory + ((gfn < 0x200 ? 0x1ff - gfn : gfn) << 12);
}

static void *page(const struct guest *g, uint64_t gfn)
{
    return (void *)machine(g, gfn);
}

static void fill_memory(const struct guest *g)
{
    uint64_t size = (uint64_t)(guest_image_end - guest_image);
    uint64_t *pml4, *pdpt, *pd;
    struct box *box = page(g, GFN_BOX);

    memset((void *)g->memory, 0, (uint64_t)GUEST_PAGES << 12);
    pml4 = page(g, GFN_PML4);
    pdpt = page(g, GFN_PML4 + 1);
    pd = page(g, GFN_PML4 + 2);
    pml4[0] = ((GFN_PML4 + 1) << 12) | 3;
    pdpt[0] = ((GFN_PML4 + 2) << 12) | 3;
    for (uint64_t i = 0; i < GUEST_PAGES / 512; i++)
        pd[i] = i << 21 | 0x83;
    for (uint64_t i = 0; i * 4096 < size; i++)
        memcpy(page(g, GFN_CODE + i), guest_image + i * 4096, 4096);
    box->fifo = g->fifo;
    box->vcpus = g->vcpus;
    box->has_peer = 1;
    for (uint32_t p = 0; p < NR_PORTS && g->fifo; p++) /* as Linux: made masked, then unmasked */
        ((uint32_t *)page(g, GFN_ARRAY))[p] = 0;
}

static void add_extents(struct guest *g)
{
    uint32_t nr = 0x200 + 1;
    struct irx_extent *e = data(nr * sizeof(*e), &g->d->extents);

    for (uint64_t i = 0; i < 0x200; i++)
        e[i] = (struct irx_extent){.gfn = i, .mfn = machine(g, i) >> 12, .nr = 1};
    e[0x200] = (struct irx_extent){
        .gfn = 0x200, .mfn = machine(g, 0x200) >> 12, .nr = GUEST_PAGES - 0x200};
    for (uint32_t i = 0; i < nr; i++) {
        e[i].type = e[i].gfn == GFN_SHARED ? IRX_P2M_XEN_PAGE : IRX_P2M_RAM_RW;
        e[i].owner = g->domid;
        e[i].access = 7;
    }
    g->d->extent_count = nr;
    g->d->extents_crc = irx_crc32c(0, e, nr * sizeof(*e));
}

static void add_policy(struct guest *g)
{
    static const xen_cpuid_leaf_t leaves[] = {
        {.leaf = 0, .subleaf = ~0u, .a = 0xd, .b = 0x68747541, .c = 0x444d4163, .d = 0x69746e65},
        {.leaf = 1, .subleaf = ~0u, .c = 0x80200000, .d = 0x1783fbff},
        {.leaf = 0x40000000, .subleaf = ~0u, .a = 0},
        {.leaf = 0x80000000, .subleaf = ~0u, .a = 0x80000008},
        {.leaf = 0x80000001, .subleaf = ~0u, .d = 0x2193fbff},
        {.leaf = 0x40000000,
         .a = 0x40000005,
         .b = XEN_CPUID_SIGNATURE_EBX,
         .c = XEN_CPUID_SIGNATURE_ECX,
         .d = XEN_CPUID_SIGNATURE_EDX},
        {.leaf = 0x40000004, .a = 0x18},
    };
    void *p = data(sizeof(leaves), &g->d->leaves);

    memcpy(p, leaves, sizeof(leaves));
    g->d->leaf_count = sizeof(leaves) / sizeof(leaves[0]);
    g->d->policy_crc = irx_crc32c(0, p, sizeof(leaves));
    g->d->xen_version = VERSION;
}

static void add_ports(struct guest *g)
{
    struct irx_port *p = data(NR_PORTS * sizeof(*p), &g->d->ports);
    uint64_t *array;

    g->d->port_count = NR_PORTS;
    g->d->evtchn_abi = g->fifo;
    data(NR_PORTS / 8, &g->d->to_guest);
    data(NR_PORTS / 8, &g->d->to_xen);
    p[0].state = IRX_PORT_RESERVED;
    for (uint32_t v = 0; v < g->vcpus; v++) {
        p[PORT_TIMER(v)] = (struct irx_port){.state = IRX_PORT_VIRQ, .notify_vcpu = (uint16_t)v};
        p[PORT_IPI(v)] = (struct irx_port){.state = IRX_PORT_IPI, .notify_vcpu = (uint16_t)v};
    }
    p[PORT_XEN] = (struct irx_port){.state = IRX_PORT_INTERDOMAIN, .remote_port = 9};
    p[PORT_PEER] = (struct irx_port){.state = IRX_PORT_INTERDOMAIN,
                                     .remote_port = PORT_PEER,
                                     .remote_domid = (uint16_t)(3 - g->domid)};
    for (uint32_t i = 1; i < NR_PORTS; i++)
        p[i].priority = p[i].last_priority = 7;
    array = data(sizeof(*array), &g->d->fifo_array);
    *array = GFN_ARRAY;
    g->d->fifo_array_count = g->fifo;
}

static struct irx_vcpu *vcpu(const struct guest *g, uint32_t i)
{
    return (struct irx_vcpu *)(REGION + OFF_VCPUS + (g->d->vcpu_first + i) * VCPU_STRIDE);
}

static void set_registers(struct irx_vcpu *r, uint32_t i)
{
    struct hvm_hw_cpu *c = (struct hvm_hw_cpu *)r->cpu;
    struct hvm_hw_lapic *l = (struct hvm_hw_lapic *)r->lapic;
    uint32_t *regs = (uint32_t *)r->lapic_regs;
    struct hvm_hw_mtrr *m = (struct hvm_hw_mtrr *)r->mtrr;

    c->rip = GFN_CODE << 12;
    c->rsp = ((GFN_STACK + (i + 1) * 8) << 12) - 16;
    c->rdi = i;
    c->rflags = 2;
    c->cr0 = 0x80050033;
    c->cr3 = GFN_PML4 << 12;
    c->cr4 = 0x6a0;
    c->msr_efer = 0xd01;
    c->dr6 = 0xffff0ff0;
    c->dr7 = 0x400;
    c->cs_sel = 8;
    c->cs_limit = ~0u;
    c->cs_arbytes = 0xa9b;
    c->ss_sel = c->ds_sel = c->es_sel = 16;
    c->ss_limit = c->ds_limit = c->es_limit = ~0u;
    c->ss_arbytes = c->ds_arbytes = c->es_arbytes = 0xc93;
    c->tr_arbytes = 0x8b;
    c->tr_limit = 0x67;
    c->ldtr_arbytes = 0x82;
    l->apic_base_msr = 0xfee00c00 | (i ? 0 : 0x100); /* x2APIC */
    l->timer_divisor = 2;
    regs[0x20 / 4] = i * 2;
    regs[0xf0 / 4] = 0x1ff;
    for (uint32_t lvt = 0x320; lvt <= 0x370; lvt += 0x10)
        regs[lvt / 4] = 0x10000;
    m->msr_pat_cr = 0x0007040600070406ull;
}

static void add_vcpu(struct guest *g, uint32_t i)
{
    struct irx_vcpu *r = vcpu(g, i);
    struct box *box = page(g, GFN_BOX);
    uint64_t mul = (1000000ull << 32) / khz;

    memset(r, 0, sizeof(*r));
    r->state = IRX_VCPU_RUNNABLE;
    r->flags = IRX_VCPUF_INITIALISED;
    r->vcpu_id = i;
    r->cpu_hint = ~0u;
    r->tsc_offset = TSC_OFFSET;
    if (!box->stamp) /* one clock for all of a guest's vCPUs */
        box->stamp = rdtsc();
    r->time.tsc_stamp = box->stamp;
    while (mul >> 32) {
        mul >>= 1;
        r->time.shift++;
    }
    r->time.mul = (uint32_t)mul;
    box->mul = mul << r->time.shift;
    box->vtsc = g->fifo;
    r->runstate = 3;
    if (g->fifo) {
        r->upcall_vector = UPCALL_VECTOR;
        r->vcpu_info_gfn = GFN_INFO;
        r->vcpu_info_offset = 0;
        r->fifo_control_gfn = GFN_CONTROL;
    } else {
        r->vcpu_info_gfn = GFN_SHARED;
        r->vcpu_info_offset = i * 64;
        r->fifo_control_gfn = ~0ull;
    }
    r->vcpu_info_mfn = machine(g, r->vcpu_info_gfn) >> 12;
    set_registers(r, i);
}

static void make_guest(struct guest *g, uint32_t entry)
{
    struct irx_domain *d = (struct irx_domain *)(REGION + OFF_DOMAINS + entry * 1024);

    memset(d, 0, sizeof(*d));
    g->d = d;
    fill_memory(g);
    d->domid = g->domid;
    d->generation = a->generation;
    d->vcpu_first = entry * 4;
    d->vcpu_count = g->vcpus;
    d->tsc_mode = g->fifo ? 1 : 2;
    d->guest_time.to_ns_mul = d->guest_time.to_tsc_mul = 0x80000000u; /* a tick is a ns */
    d->guest_time.to_ns_shift = d->guest_time.to_tsc_shift = 1;
    d->shared_info_gfn = GFN_SHARED;
    d->shared_info_mfn = machine(g, GFN_SHARED) >> 12;
    if (g->fifo) {
        d->flags = IRX_DOMF_VTSC;
    } else {
        d->flags = IRX_DOMF_CALLBACK_VECTOR;
        d->callback_vector = CALLBACK_VECTOR;
    }
    add_extents(g);
    add_policy(g);
    add_ports(g);
    a->data_used = data_next;
}

/* Moves a domain on and waits for the shim's answer. */
static void ask(struct guest *g, uint32_t state, uint32_t want)
{
    __atomic_store_n(&g->d->state, state, __ATOMIC_RELEASE);
    doorbell();
    wait_state("domain does not answer: ", &g->d->state, want);
}

/* Every event that a guest sent comes back to it on the same port. */
static void answer_doorbells(void)
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

/* The vCPU met a hypercall that the shim does not know: the next Xen would serve it now. */
static void serve_parked(struct guest *g)
{
    struct irx_vcpu *r = vcpu(g, 0);
    struct hvm_hw_cpu *c = (struct hvm_hw_cpu *)r->cpu;

    if (r->state != IRX_VCPU_PARKED || r->park_class != IRX_EXIT_HYPERCALL)
        fail("vCPU is not parked at its hypercall: ", r->state << 8 | r->park_class);
    if (c->rax != UNKNOWN_CALL)
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
    print("1..11\n");
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
