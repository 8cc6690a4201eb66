/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Debug registers.
 */
#include "sysregs.h"

#define DR6_FIXED 0xffff0ff0ull
#define DR6_BITS  0x0000e00full /* BT, BS, BD, B3 to B0 */

uint64_t read_dr(const struct cpu *c, uint32_t n)
{
    uint64_t v = 0;

    (void)c;
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
    case 6:
        __asm__ volatile("mov %%db6, %0" : "=r"(v));
        break;
    case 7:
        __asm__ volatile("mov %%db7, %0" : "=r"(v));
        break;
    }
    return v;
}

void write_dr(const struct cpu *c, uint32_t n, uint64_t v)
{
    (void)c;
    switch (n) {
    case 0:
        __asm__ volatile("mov %0, %%db0" : : "r"(v));
        break;
    case 1:
        __asm__ volatile("mov %0, %%db1" : : "r"(v));
        break;
    case 2:
        __asm__ volatile("mov %0, %%db2" : : "r"(v));
        break;
    case 3:
        __asm__ volatile("mov %0, %%db3" : : "r"(v));
        break;
    case 6:
        __asm__ volatile("mov %0, %%db6" : : "r"(v));
        break;
    case 7:
        __asm__ volatile("mov %0, %%db7" : : "r"(v));
        break;
    }
}

uint64_t read_dr6(void)
{
    return read_dr(NULL, 6);
}

void write_dr6(uint64_t value)
{
    write_dr(NULL, 6, value);
}

/* Single steps add BS to the rest, and whether they clear B0 to B3 is open. */
uint64_t dr6_pattern(struct cpu *c, bool user)
{
    uint64_t v = DR6_FIXED | (random64(c) & DR6_BITS);

    (void)user;
    if (c->kind == REGS_STEP)
        v = DR6_FIXED | (v & 0x8000);
    return c->dr6 = v;
}

/* Breakpoints for execution, writes and accesses, of 1 byte, where nothing ever comes; one round
   in four none at all. */
uint64_t dr7_pattern(struct cpu *c, bool user)
{
    static const uint8_t kinds[] = {0, 1, 3, 1};
    uint64_t r = random64(c), v = 0x400;

    (void)user;
    if (r >> 60 < 4)
        return v;
    v |= r & 0x3ff; /* L0 to G3, LE, GE */
    for (unsigned int i = 0; i < 4; i++)
        v |= (uint64_t)kinds[r >> (16 + 2 * i) & 3] << (16 + 4 * i);
    return v;
}
