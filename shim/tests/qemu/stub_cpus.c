/* SPDX-License-Identifier: GPL-2.0-only */
/* CPUs of the stand-in Xen: interrupts, lending and taking back, what the shim keeps for others. */
#include "stub.h"

#define APIC 0xfee00000ull

uint64_t doorbells;

extern const uint8_t doorbell_gate[], fault_gate[], nmi_gate[];

void stub_ap(void);
void stub_doorbell(void);
void stub_fault(const uint64_t *stack);
void enter_shim(uint64_t base, uint64_t index, uint64_t entry);

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
    return (struct irx_cpu *)(REGION + OFF_CPUS + i * STRIDE(struct irx_cpu));
}

static uint32_t lending;    /* index of the CPU on its way */
static uint32_t on_its_way; /* it has an IDT: NMIs may come */

static uint64_t idt[512];

static struct {
    uint16_t limit;
    uint64_t base;
} __attribute__((packed)) idtr = {sizeof(idt) - 1, (uint64_t)idt};

void stub_ap(void)
{
    *apic(0xf0) = 0x1ff;
    __asm__ volatile("lidt %0" : : "m"(idtr));
    __atomic_store_n(&on_its_way, 1, __ATOMIC_RELEASE);
    enter_shim(REGION, lending, REGION + OFF_SHIM + anchor->shim_entry);
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

static void set_gate(unsigned int vector, const void *handler)
{
    uint64_t at = (uint64_t)handler;

    idt[vector * 2] = (at & 0xffff) | 8ull << 16 | 0x8eull << 40 | (at >> 16 & 0xffff) << 48;
    idt[vector * 2 + 1] = at >> 32;
}

void init_interrupts(void)
{
    out(0x21, 0xff);
    out(0xa1, 0xff);
    for (unsigned int i = 0; i < 256; i++)
        set_gate(i, fault_gate);
    set_gate(XEN_VECTOR, doorbell_gate);
    set_gate(2, nmi_gate);
    *apic(0xf0) = 0x1ff;
    __asm__ volatile("lidt %0; sti" : : "m"(idtr));
}

static void nmi(const struct irx_cpu *c)
{
    ipi(c->apic_id, 0x4400);
}

void lend(uint32_t index)
{
    struct irx_cpu *c = cpu(index);
    uint64_t end = rdtsc() + (uint64_t)WAIT_MS * khz;

    lending = index;
    on_its_way = 0;
    c->apic_id = index + 1; /* the boot CPU is APIC id 0 */
    c->request = IRX_CPU_REQ_NONE;
    __atomic_store_n(&c->state, IRX_CPU_LENT, __ATOMIC_RELEASE);
    ipi(c->apic_id, 0x4500);
    delay_ms(10);
    ipi(c->apic_id, 0x4608);
    /* NMIs at every moment of its way: from Xen's tables to the shim's, before it has an IDT of its own. */
    while (__atomic_load_n(&c->state, __ATOMIC_ACQUIRE) != IRX_CPU_HELD) {
        answer_doorbells();
        if (__atomic_load_n(&on_its_way, __ATOMIC_ACQUIRE))
            nmi(c);
        if (rdtsc() > end)
            fail("CPU is not held: ", c->state);
    }
}

void nmis(uint32_t index)
{
    const struct irx_cpu *c = cpu(index);
    uint64_t end = rdtsc() + (uint64_t)WAIT_MS * khz;
    uint64_t was = __atomic_load_n(&c->nmis, __ATOMIC_ACQUIRE);

    /* They come where it is: in a guest, on its way in or out, idle, serving. */
    while (__atomic_load_n(&c->nmis, __ATOMIC_ACQUIRE) < was + 50) {
        answer_doorbells();
        nmi(c);
        if (rdtsc() > end)
            fail("NMIs are lost: ", c->nmis - was);
    }
}

void doorbell(void)
{
    for (uint32_t i = 0; i < anchor->cpus.count; i++) {
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

void strays(uint32_t index)
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

void release(uint32_t index, uint32_t expect)
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
