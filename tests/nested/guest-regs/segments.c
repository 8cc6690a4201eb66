/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Selectors, and the tables that they are from.
 */
#include "sysregs.h"

uint64_t read_selector(const struct cpu *c, uint32_t which)
{
    uint64_t v = 0;

    (void)c;
    switch (which) {
    case 0:
        __asm__ volatile("mov %%ds, %0" : "=r"(v));
        break;
    case 1:
        __asm__ volatile("mov %%es, %0" : "=r"(v));
        break;
    case 2:
        __asm__ volatile("mov %%fs, %0" : "=r"(v));
        break;
    case 3:
        __asm__ volatile("mov %%gs, %0" : "=r"(v));
        break;
    case 4:
        __asm__ volatile("sldt %0" : "=r"(v));
        break;
    case 5:
        __asm__ volatile("str %0" : "=r"(v));
        break;
    }
    return v & 0xffff;
}

void write_selector(const struct cpu *c, uint32_t which, uint64_t v)
{
    (void)c;
    switch (which) {
    case 0:
        __asm__ volatile("mov %w0, %%ds" : : "r"(v));
        break;
    case 1:
        __asm__ volatile("mov %w0, %%es" : : "r"(v));
        break;
    case 2:
        __asm__ volatile("mov %w0, %%fs" : : "r"(v));
        break;
    case 3:
        __asm__ volatile("mov %w0, %%gs" : : "r"(v));
        break;
    case 4:
        __asm__ volatile("lldt %w0" : : "r"(v));
        break;
    }
}

/* IRETQ to CPL 3 empties segments of a lower privilege, and the null ones' RPL. */
uint64_t data_selector(struct cpu *c, bool user)
{
    static const uint16_t choice[] = {SEL_UDATA, SEL_UDATA2, SEL_LDATA, SEL_LDATA + 8,
                                      0,         3,          SEL_DATA,  SEL_UDATA};

    return choice[random64(c) >> 32 & (user ? 3 : 7)];
}

uint64_t ldt_selector(struct cpu *c, bool user)
{
    (void)user;
    return SEL_LDT(random64(c) >> 32 & 1);
}

/* What the hidden base of LDTR and GDTR lead to. */
uint64_t read_limit(const struct cpu *c, uint32_t selector)
{
    uint64_t limit = 0;

    (void)c;
    __asm__ volatile("lsl %1, %0" : "+r"(limit) : "r"((uint64_t)selector) : "cc");
    return limit;
}

static struct table_pointer table(bool idt)
{
    struct table_pointer p = {0};

    if (idt)
        __asm__ volatile("sidt %0" : "=m"(p));
    else
        __asm__ volatile("sgdt %0" : "=m"(p));
    return p;
}

uint64_t read_table_base(const struct cpu *c, uint32_t idt)
{
    (void)c;
    return table(idt).base;
}

uint64_t read_table_limit(const struct cpu *c, uint32_t idt)
{
    (void)c;
    return table(idt).limit;
}
