/* SPDX-License-Identifier: GPL-2.0-only */
/* Control and debug registers, EFER and XCR0: bit by bit, and what may not be. */
#include "hostile.h"

#define MSR_EFER    0xc0000080u
#define CR4_DE      (1ull << 3)
#define CR4_OSXSAVE (1ull << 18)

/* Code that is written for the question: MOV between a control or debug register and RAX. */
static uint64_t mov(struct worker *w, uint8_t opcode, unsigned int reg, uint64_t *value)
{
    uint8_t *code = w->code[0];
    struct frame f = {.rax = *value};
    unsigned int n = 0;
    uint64_t trapped;

    if (reg & 8)
        code[n++] = 0x44;
    code[n++] = 0x0f;
    code[n++] = opcode;
    code[n++] = (uint8_t)(0xc0 | (reg & 7) << 3);
    code[n++] = 0xcd;
    code[n++] = VECTOR_END;
    trapped = run(w, (void *)window(w, WIN_CODE), 0, &f);
    *value = f.rax;
    return trapped;
}

#define FROM_CR 0x20
#define FROM_DR 0x21
#define TO_CR   0x22
#define TO_DR   0x23

static uint64_t read_cr(unsigned int cr)
{
    uint64_t value;

    if (cr == 0)
        __asm__ volatile("mov %%cr0, %0" : "=r"(value));
    else if (cr == 3)
        __asm__ volatile("mov %%cr3, %0" : "=r"(value));
    else
        __asm__ volatile("mov %%cr4, %0" : "=r"(value));
    return value;
}

static void write_cr(unsigned int cr, uint64_t value)
{
    if (cr == 0)
        __asm__ volatile("mov %0, %%cr0" : : "r"(value) : "memory");
    else if (cr == 3)
        __asm__ volatile("mov %0, %%cr3" : : "r"(value) : "memory");
    else
        __asm__ volatile("mov %0, %%cr4" : : "r"(value) : "memory");
}

/* Bit b of CR a is changed; what is read then. MCE is Xen's own on this bed: it is not looked at. */
static uint64_t ask_bit(struct worker *w, const struct query *k, unsigned int word)
{
    unsigned int cr = (unsigned int)k->a;
    uint64_t old = read_cr(cr), value = old ^ 1ull << k->b, trapped, now;

    (void)word;
    trapped = mov(w, TO_CR, cr, &value);
    now = read_cr(cr);
    write_cr(cr, old);
    return trapped ? trapped : cr == 4 ? now & ~(1ull << 6) : now;
}

/* Combinations that a rule forbids or allows. */
static uint64_t ask_value(struct worker *w, const struct query *k, unsigned int word)
{
    unsigned int cr = (unsigned int)k->a;
    uint64_t old = read_cr(cr), value = (old | k->b) & ~(uint64_t)(uintptr_t)k->p, trapped, now;

    (void)word;
    trapped = mov(w, TO_CR, cr, &value);
    now = read_cr(cr);
    write_cr(cr, old);
    return trapped ? trapped : cr == 4 ? now & ~(1ull << 6) : now;
}

/* Control registers that there are not: 1, 5, 6, 7, 9 to 15. CR8 ends the emulator. */
static uint64_t ask_none(struct worker *w, const struct query *k, unsigned int word)
{
    uint64_t value = 0;

    return mov(w, word ? TO_CR : FROM_CR, (unsigned int)k->a, &value);
}

static uint64_t ask_debug(struct worker *w, const struct query *k, unsigned int word)
{
    static const uint64_t values[] = {0, 0x1234, 1ull << 32, ~0ull, 0x700, 0x155, 1ull << 13};
    uint64_t value = values[word],
             none = (k->a & 7) < 4 ? 0
                    : (k->a & 1)   ? 0x400
                                   : 0xffff0ff0,
             cr4 = read_cr(4);
    uint64_t trapped, now = 0;

    if (k->b)
        write_cr(4, cr4 | CR4_DE);
    if ((k->a & 7) == 7)
        value &= ~0xffull; /* no break point */
    trapped = mov(w, TO_DR, (unsigned int)k->a, &value);
    if (!trapped)
        trapped = mov(w, FROM_DR, (unsigned int)k->a, &now);
    /* With general detection on, the next access would trap: the trap has cleared it. */
    if (mov(w, TO_DR, (unsigned int)k->a, &none))
        mov(w, TO_DR, (unsigned int)k->a, &none);
    none = 0xffff0ff0;
    mov(w, TO_DR, 6, &none);
    write_cr(4, cr4);
    return trapped ? trapped : now;
}

/* XCR0 a; words: which register, and with CR4.OSXSAVE off. */
static uint64_t ask_xsetbv(struct worker *w, const struct query *k, unsigned int word)
{
    static const uint64_t index[] = {0, 1, 2, 0xffffffff, 1ull << 32};
    struct frame set = {.rcx = index[word % 5], .rax = (uint32_t)k->a, .rdx = k->a >> 32},
                 get = {0};
    uint64_t cr4 = read_cr(4), trapped, now;

    write_cr(4, word == 5 ? cr4 & ~CR4_OSXSAVE : cr4 | CR4_OSXSAVE);
    trapped = run(w, code_xsetbv, 0, &set);
    write_cr(4, cr4 | CR4_OSXSAVE);
    run(w, code_xgetbv, 0, &get);
    now = get.rax | get.rdx << 32;
    set = (struct frame){.rax = 7};
    run(w, code_xsetbv, 0, &set);
    write_cr(4, cr4);
    return trapped ? trapped ^ now : now;
}

/* On each vCPU: the XCR0 that questions leave behind. */
void control_init(void)
{
    uint64_t cr4 = read_cr(4);
    uint32_t r[4];

    cpuid(1, r);
    if (!(r[2] & 1u << 26))
        return;
    write_cr(4, cr4 | CR4_OSXSAVE);
    __asm__ volatile("xsetbv" : : "a"(7), "d"(0), "c"(0));
    write_cr(4, cr4);
}

static uint64_t ask_xsetbv_user(struct worker *w, const struct query *k, unsigned int word)
{
    struct frame f = {.rcx = word, .rax = k->a};
    uint64_t cr4 = read_cr(4), trapped;

    write_cr(4, cr4 | CR4_OSXSAVE);
    trapped = run(w, k->b ? code_xgetbv : code_xsetbv, 3, &f);
    write_cr(4, cr4);
    return trapped ? trapped : f.rax;
}

static uint64_t ask_efer(struct worker *w, const struct query *k, unsigned int word)
{
    uint64_t old = rdmsr(MSR_EFER), value = old ^ 1ull << k->a, now, trapped;
    struct frame f = {.rcx = MSR_EFER, .rax = (uint32_t)value, .rdx = value >> 32};

    (void)word;
    trapped = run(w, code_wrmsr, 0, &f);
    now = rdmsr(MSR_EFER);
    if (now != old)
        wrmsr(MSR_EFER, old);
    return trapped ? trapped : now;
}

/* A CR3 that points at the same tables, with other low bits. */
static uint64_t ask_cr3(struct worker *w, const struct query *k, unsigned int word)
{
    uint64_t old = read_cr(3), value = old | 1ull << k->a, trapped, now;

    (void)word;
    trapped = mov(w, TO_CR, 3, &value);
    now = read_cr(3);
    write_cr(3, old);
    return trapped ? trapped : now;
}

void group_control(void)
{
    /* Set, and cleared. */
    static const struct {
        const char *name;
        unsigned int cr;
        uint64_t set, clear;
    } values[] = {
        {"cr0 nw+cd", 0, 3ull << 29, 0},      {"cr0 -pe", 0, 0, 1},
        {"cr0 -pe-pg", 0, 0, 1 | 1ull << 31}, {"cr0 all", 0, 0xffffffff, 3ull << 29},
        {"cr0 high", 0, 1ull << 32, 0},       {"cr4 -pae", 4, 0, 1ull << 5},
        {"cr4 all", 4, 0xffffffff, 0},        {"cr4 high", 4, 1ull << 32, 0},
        {"cr4 cet-wp", 4, 1ull << 23, 0},
    };

    for (unsigned int bit = 0; bit < 32; bit++)
        if (bit != 0 && bit != 31 && bit != 29) /* PE, PG: below. NW alone: Xen ends the domain */
            add(ask_bit, 1, 0, bit, NULL, "cr0 bit %u", bit);
    for (unsigned int bit = 0; bit < 34; bit++)
        if (bit != 20 && bit != 21) /* SMEP, SMAP: all of our pages are for CPL 3 */
            add(ask_bit, 1, 4, bit, NULL, "cr4 bit %u", bit);
    for (unsigned int i = 0; i < sizeof(values) / sizeof(values[0]); i++)
        add(ask_value, 1, values[i].cr, values[i].set, (void *)values[i].clear, "%s",
            values[i].name);
    for (unsigned int cr = 1; cr < 16; cr++)
        if (cr != 8 && (cr > 4 || cr == 1))
            add(ask_none, 2, cr, 0, NULL, "cr%u", cr);
    for (unsigned int bit = 0; bit < 12;
         bit++) /* higher ones: other tables, and no guest any more */
        add(ask_cr3, 1, bit, 0, NULL, "cr3 bit %u", bit);
    for (unsigned int dr = 0; dr < 9; dr++)
        for (unsigned int de = 0; de < 2; de++)
            add(ask_debug, 7, dr, de, NULL, de ? "dr%u de" : "dr%u", dr);
    for (unsigned int v = 0; v < 32; v++)
        add(ask_xsetbv, v == 7 ? 6 : 1, v, 0, NULL, "xsetbv %x", v);
    for (unsigned int bit = 5; bit < 64; bit++)
        if (bit < 20 || bit > 61)
            add(ask_xsetbv, 1, 7 | 1ull << bit, 0, NULL, "xsetbv 7+bit %u", bit);
    add(ask_xsetbv, 1, 0xe7, 0, NULL, "xsetbv e7");
    add(ask_xsetbv_user, 2, 7, 0, NULL, "xsetbv user");
    add(ask_xsetbv_user, 3, 0, 1, NULL, "xgetbv user");
    for (unsigned int bit = 0; bit < 18; bit++)
        if (bit != 10)
            add(ask_efer, 1, bit, 0, NULL, "efer bit %u", bit);
    add(ask_efer, 1, 10, 0, NULL, "efer -lma");
    add(ask_efer, 1, 63, 0, NULL, "efer bit 63");
}
