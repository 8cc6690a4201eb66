/* SPDX-License-Identifier: GPL-2.0-only */
/* x87, SSE and, with XSAVE, AVX state. */
#include "guest.h"

#define MXCSR_MASKED 0x1f80u
#define FCW_MASKED   0x007fu
#define XSAVE_AVX    576u /* offset of the upper halves; CPUID 0xd, 2 is asked for no other */
#define CR4_OSXSAVE  (1u << 18)

/* FXSAVE's image: APM volume 2, 11.4.4. */
struct image {
    uint16_t fcw, fsw;
    uint8_t ftw, reserved0;
    uint16_t fop;
    uint64_t fip, fdp;
    uint32_t mxcsr, mxcsr_mask;
    struct {
        uint64_t low, high;
    } st[8], xmm[16], reserved[6];
    uint64_t xsave_header[8]; /* XSTATE_BV first */
    struct {
        uint64_t low, high;
    } ymm[16];
};
_Static_assert(offsetof(struct image, ymm) == XSAVE_AVX, "where XSAVE has it");
_Static_assert(sizeof(struct image) <= FPU_SIZE, "room in struct cpu");

static void save(const struct cpu *c, void *to)
{
    if (c->xsave)
        __asm__ volatile("xsave64 (%0)" : : "r"(to), "a"(c->avx ? 7 : 3), "d"(0) : "memory");
    else
        __asm__ volatile("fxsave64 (%0)" : : "r"(to) : "memory");
}

static void restore(const struct cpu *c, const void *from)
{
    if (c->xsave)
        __asm__ volatile("xrstor64 (%0)" : : "r"(from), "a"(c->avx ? 7 : 3), "d"(0) : "memory");
    else
        __asm__ volatile("fxrstor64 (%0)" : : "r"(from) : "memory");
}

static void set_xcr0(uint32_t value)
{
    __asm__ volatile("xsetbv" : : "c"(0), "a"(value), "d"(0));
}

static uint32_t get_xcr0(void)
{
    uint32_t low, high;

    __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    return low;
}

void fpu_init(struct cpu *c)
{
    uint64_t cr4;

    c->xsave = c->features >> 32 & 1u << 26;
    c->avx = c->xsave && (c->features >> 32 & 1u << 28);
    if (!c->xsave)
        return;
    __asm__ volatile("mov %%cr4, %0" : "=r"(cr4));
    __asm__ volatile("mov %0, %%cr4" : : "r"(cr4 | CR4_OSXSAVE));
    set_xcr0(c->avx ? 7 : 3);
}

/* "xmm" and 7 -> "xmm7"; kind has three letters, i is below 16. */
static void name_register(char name[REGS_NAME], const char *kind, unsigned int i)
{
    unsigned int at = 0;

    while (*kind)
        name[at++] = *kind++;
    if (i >= 10)
        name[at++] = '1';
    name[at++] = (char)('0' + i % 10);
    name[at] = 0;
}

static void spoil_xmm(struct cpu *c, struct image *w)
{
    for (unsigned int i = 0; i < 16; i++) {
        char name[REGS_NAME];
        uint64_t bit;

        name_register(name, "xmm", i);
        bit = spoil(c, name);
        if (!bit)
            continue;
        w->xmm[i].low ^= bit;
        restore(c, w);
        w->xmm[i].low ^= bit;
    }
}

/* All exceptions masked, so that none is pending. */
void fpu_fill(struct cpu *c)
{
    struct image *w = (struct image *)c->fpu_want, *kept = (struct image *)c->fpu_found;
    uint64_t *words = (uint64_t *)c->fpu_want;

    for (unsigned int i = 0; i < FPU_SIZE / 8; i++)
        words[i] = random64(c);
    w->fcw = (uint16_t)((w->fcw & 0x0f00) | FCW_MASKED);
    w->fsw &= 0x7f7f; /* not ES, not B */
    w->mxcsr = (w->mxcsr & 0xe03f) | MXCSR_MASKED;
    for (unsigned int i = 0; i < 8; i++)
        w->st[i].high &= 0xffff;
    w->reserved0 = 0;
    w->fop = 0; /* not kept by every CPU */
    w->fip = w->fdp = 0;
    for (unsigned int i = 0; i < 8; i++)
        w->xsave_header[i] = 0;
    if (c->xsave)
        w->xsave_header[0] = c->avx ? 7 : 3;
    restore(c, w);
    save(c, kept);
    w->mxcsr_mask = kept->mxcsr_mask;
    if (c->xsave && random64(c) >> 63)
        set_xcr0(3);
    c->xcr0 = c->xsave ? get_xcr0() : 0;
    spoil_xmm(c, w);
}

static void compare(struct cpu *c, const char *name, uint64_t expected, uint64_t found)
{
    if (expected != found)
        mismatch(c, name, expected, found);
}

static void compare_pair(struct cpu *c, const char *kind, unsigned int i, const void *expected,
                         const void *found)
{
    const uint64_t *e = expected, *f = found;
    char name[REGS_NAME];

    name_register(name, kind, i);
    compare(c, name, e[0], f[0]);
    compare(c, name, e[1], f[1]);
}

/* TS and EM are off. */
void fpu_compare(struct cpu *c)
{
    const struct image *w = (struct image *)c->fpu_want;
    struct image *f = (struct image *)c->fpu_found;

    if (c->xsave) {
        compare(c, "xcr0", c->xcr0, get_xcr0());
        set_xcr0(c->avx ? 7 : 3);
    }
    for (unsigned int i = 0; i < FPU_SIZE / 8; i++)
        ((uint64_t *)f)[i] = 0;
    save(c, f);
    compare(c, "fcw", w->fcw, f->fcw);
    compare(c, "fsw", w->fsw, f->fsw);
    compare(c, "ftw", w->ftw, f->ftw);
    compare(c, "mxcsr", w->mxcsr, f->mxcsr);
    for (unsigned int i = 0; i < 8; i++)
        compare_pair(c, "st", i, &w->st[i], &f->st[i]);
    for (unsigned int i = 0; i < 16; i++)
        compare_pair(c, "xmm", i, &w->xmm[i], &f->xmm[i]);
    for (unsigned int i = 0; c->avx && i < 16; i++)
        compare_pair(c, "ymm", i, &w->ymm[i], &f->ymm[i]);
}
