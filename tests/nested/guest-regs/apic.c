/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The local APIC: MSRs on the first vCPU, the page on the second.
 */
#include "sysregs.h"

#define APIC_ICR   0x30u
#define APIC_PAGE  0xfee00000u
#define MSR_X2APIC 0x800u
#define LVT_MASKED (1u << 16)

uint32_t apic_read(const struct cpu *c, unsigned int reg)
{
    uint32_t value;

    if (c->x2apic)
        return (uint32_t)rdmsr(MSR_X2APIC + reg);
    __asm__ volatile("mov (%1), %0" : "=r"(value) : "r"((uint64_t)APIC_PAGE + 16 * reg) : "memory");
    return value;
}

void apic_write(const struct cpu *c, unsigned int reg, uint32_t value)
{
    if (c->x2apic)
        wrmsr(MSR_X2APIC + reg, value);
    else
        __asm__ volatile("mov %0, (%1)"
                         :
                         : "r"(value), "r"((uint64_t)APIC_PAGE + 16 * reg)
                         : "memory");
}

void apic_send_self(const struct cpu *c)
{
    apic_write(c, APIC_ICR, 1u << 18 | 1u << 14 | VECTOR_SELF); /* to itself, level asserted */
}

uint64_t read_apic(const struct cpu *c, uint32_t reg)
{
    return apic_read(c, reg);
}

void write_apic(const struct cpu *c, uint32_t reg, uint64_t v)
{
    apic_write(c, reg, (uint32_t)v);
}

uint64_t svr_pattern(struct cpu *c, bool user)
{
    (void)user;
    return 0x100 | (random64(c) & 0xff); /* enabled */
}

uint64_t lvt_pattern(struct cpu *c, bool user)
{
    (void)user;
    return LVT_MASKED | 16 | (random64(c) & 0xff);
}

/* So long that an expiry, masked anyway, is rare. */
uint64_t count_pattern(struct cpu *c, bool user)
{
    (void)user;
    return (uint32_t)random64(c) | 1u << 28;
}

uint64_t divide_pattern(struct cpu *c, bool user)
{
    (void)user;
    return random64(c) & 0xb;
}

void init_apic(struct cpu *c)
{
    uint64_t base = rdmsr(MSR_APIC_BASE);

    c->x2apic = c->id == 0 && (c->features >> 32 & 1u << 21);
    if (c->x2apic)
        wrmsr(MSR_APIC_BASE, base | 1u << 10);
    apic_write(c, APIC_SVR, 0x1ff);
}
