/* SPDX-License-Identifier: GPL-2.0-only */
/* hw.h on the target. */
#include "hw.h"

#include "offsets.h"
#include "pcpu.h"

_Static_assert(offsetof(struct pcpu, stack) == PCPU_STACK, "offset for entry.S");
_Static_assert(offsetof(struct pcpu, self) == 0, "this_cpu() reads it");

struct pcpu *this_cpu(void)
{
    struct pcpu *pc;

    __asm__ volatile("mov %%gs:0, %0" : "=r"(pc));
    return pc;
}

uint32_t hw_cpu_index(void)
{
    return this_cpu()->index;
}

tsc_t hw_tsc(void)
{
    uint32_t low, high;

    __asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
    return ((uint64_t)high << 32) | low;
}

void hw_pause(void)
{
    __asm__ volatile("pause" : : : "memory");
}

void hw_invlpg(uint64_t va)
{
    __asm__ volatile("invlpg (%0)" : : "r"(va) : "memory");
}

struct cpuid_regs hw_cpuid(uint32_t leaf, uint32_t subleaf)
{
    struct cpuid_regs r;

    __asm__ volatile("cpuid"
                     : "=a"(r.a), "=b"(r.b), "=c"(r.c), "=d"(r.d)
                     : "0"(leaf), "2"(subleaf));
    return r;
}

uint64_t hw_rdmsr(uint32_t msr)
{
    uint32_t low, high;

    __asm__ volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(msr));
    return ((uint64_t)high << 32) | low;
}

void hw_wrmsr(uint32_t msr, uint64_t value)
{
    __asm__ volatile("wrmsr"
                     :
                     : "c"(msr), "a"((uint32_t)value), "d"((uint32_t)(value >> 32))
                     : "memory");
}

void hw_irq_window(void)
{
    __asm__ volatile("sti; nop; cli" : : : "memory");
}

void hw_idle(void)
{
    __asm__ volatile("sti; hlt; cli" : : : "memory");
}

void hw_set_tables(paddr_t root)
{
    __asm__ volatile("mov %0, %%cr3" : : "r"(root) : "memory");
}

_Noreturn void hw_start(const void *code, uint64_t rdi, uint64_t rsi)
{
    __asm__ volatile("push %0; ret; int3" : : "r"(code), "D"(rdi), "S"(rsi) : "memory");
    __builtin_unreachable();
}

_Noreturn void hw_stop(void)
{
    for (;;)
        __asm__ volatile("cli; hlt" : : : "memory");
}

/* Only the form with a memory operand has the effect, with a writable data segment least delay. */
void hw_verw(void)
{
    static const uint16_t selector = SEL_DATA;

    __asm__ volatile("verw %0" : : "m"(selector) : "cc");
}

void hw_fxsave(void *area, bool wide)
{
    if (wide)
        __asm__ volatile("fxsave64 (%0)" : : "r"(area) : "memory");
    else
        __asm__ volatile("fxsave (%0)" : : "r"(area) : "memory");
}

void hw_fxrstor(const void *area, bool wide)
{
    if (wide)
        __asm__ volatile("fxrstor64 (%0)" : : "r"(area) : "memory");
    else
        __asm__ volatile("fxrstor (%0)" : : "r"(area) : "memory");
}

uint32_t hw_pkru(void)
{
    uint64_t cr4;
    uint32_t pkru;

    __asm__ volatile("mov %%cr4, %0" : "=r"(cr4));
    __asm__ volatile("mov %0, %%cr4" : : "r"(cr4 | X86_CR4_PKE));
    __asm__ volatile("rdpkru" : "=a"(pkru) : "c"(0) : "edx");
    __asm__ volatile("mov %0, %%cr4" : : "r"(cr4));
    return pkru;
}

void hw_xsave(void *area, uint64_t mask, bool wide)
{
    uint32_t low = (uint32_t)mask, high = (uint32_t)(mask >> 32);

    if (wide)
        __asm__ volatile("xsave64 (%0)" : : "r"(area), "a"(low), "d"(high) : "memory");
    else
        __asm__ volatile("xsave (%0)" : : "r"(area), "a"(low), "d"(high) : "memory");
}

void hw_xrstor(const void *area, uint64_t mask, bool wide)
{
    uint32_t low = (uint32_t)mask, high = (uint32_t)(mask >> 32);

    if (wide)
        __asm__ volatile("xrstor64 (%0)" : : "r"(area), "a"(low), "d"(high) : "memory");
    else
        __asm__ volatile("xrstor (%0)" : : "r"(area), "a"(low), "d"(high) : "memory");
}

uint32_t hw_mxcsr(void)
{
    uint32_t value;

    __asm__ volatile("stmxcsr %0" : "=m"(value));
    return value;
}

struct fpu_selectors hw_fpu_selectors(void)
{
    struct {
        uint32_t control, status, tag, fip;
        uint16_t code, fop;
        uint32_t fdp;
        uint16_t data, reserved;
    } env;

    __asm__ volatile("fnstenv %0" : "=m"(env));
    return (struct fpu_selectors){env.code, env.data};
}

void hw_fpu_forget(const void *area)
{
    __asm__ volatile("fnclex; ffree %%st(7); fildl (%0)" : : "r"(area) : "memory");
}

uint64_t hw_read_dr(unsigned int n)
{
    uint64_t v = 0;

    switch (n) {
    case 0:
        __asm__ volatile("mov %%db0, %0" : "=r"(v));
        break;
    case 1:
        __asm__ volatile("mov %%db1, %0" : "=r"(v));
        break;
    case 2:
        __asm__ volatile("mov %%db2, %0" : "=r"(v));
        break;
    case 3:
        __asm__ volatile("mov %%db3, %0" : "=r"(v));
        break;
    }
    return v;
}

void hw_write_dr(unsigned int n, uint64_t value)
{
    switch (n) {
    case 0:
        __asm__ volatile("mov %0, %%db0" : : "r"(value));
        break;
    case 1:
        __asm__ volatile("mov %0, %%db1" : : "r"(value));
        break;
    case 2:
        __asm__ volatile("mov %0, %%db2" : : "r"(value));
        break;
    case 3:
        __asm__ volatile("mov %0, %%db3" : : "r"(value));
        break;
    }
}
