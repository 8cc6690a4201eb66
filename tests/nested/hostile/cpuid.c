/* SPDX-License-Identifier: GPL-2.0-only */
/* CPUID: every leaf that Xen knows, some beyond, and what of them follows the control registers. */
#include "hostile.h"

#define CR4_OSXSAVE (1ull << 18)

/* What tells the vCPUs apart is taken out: whoever asks gets the same. */
static void without_id(const struct worker *w, uint64_t leaf, struct frame *f)
{
    if (leaf == 1)
        f->rbx ^= (uint64_t)(2 * w->id) << 24;
    if (leaf == 0xb)
        f->rdx ^= 2 * w->id;
    if (leaf == 0x8000001e && f->rax)
        f->rax ^= 2 * w->id;
    if (leaf == 0x40000004)
        f->rbx ^= w->id;
}

static uint64_t ask_cpuid(struct worker *w, const struct query *k, unsigned int word)
{
    struct frame f = {.rax = k->a, .rcx = k->b, .rbx = ~0ull, .rdx = ~0ull};
    uint64_t trapped = run(w, code_cpuid, 0, &f);

    if (trapped)
        return trapped;
    without_id(w, k->a, &f);
    return word ? f.rcx | f.rdx << 32 : f.rax | f.rbx << 32;
}

/* Its upper halves are cleared, and at CPL 3 it is the same. */
static uint64_t ask_user(struct worker *w, const struct query *k, unsigned int word)
{
    struct frame f = {.rax = k->a | 0xabcdull << 32, .rcx = word | 0x1234ull << 32};
    uint64_t trapped = run(w, code_cpuid, 3, &f);

    if (trapped)
        return trapped;
    without_id(w, k->a, &f);
    return fold(fold(fold(fold(0, f.rax), f.rbx), f.rcx), f.rdx);
}

static uint64_t ask_osxsave(struct worker *w, const struct query *k, unsigned int word)
{
    struct frame f = {.rax = k->a, .rcx = k->b};
    uint64_t cr4;

    __asm__ volatile("mov %%cr4, %0" : "=r"(cr4));
    __asm__ volatile("mov %0, %%cr4" : : "r"(word ? cr4 | CR4_OSXSAVE : cr4 & ~CR4_OSXSAVE));
    run(w, code_cpuid, 0, &f);
    __asm__ volatile("mov %0, %%cr4" : : "r"(cr4));
    without_id(w, k->a, &f);
    return fold(fold(fold(fold(0, f.rax), f.rbx), f.rcx), f.rdx);
}

static void leaves(uint32_t first, uint32_t last)
{
    for (uint32_t leaf = first; leaf <= last; leaf++)
        add(ask_cpuid, 2, leaf, 0, NULL, "cpuid %x", leaf);
}

void group_cpuid(void)
{
    static const struct {
        uint32_t leaf, first, last;
    } subs[] = {{4, 1, 4},    {7, 1, 3},          {0xb, 1, 2},        {0xd, 1, 9},
                {0x14, 1, 1}, {0x40000003, 1, 2}, {0x40000004, 1, 1}, {0x8000001d, 1, 3}};
    static const uint32_t beyond[] = {0x17,       0xff,       0x3fffffff, 0x40000006, 0x40000100,
                                      0x40000200, 0x4000ff00, 0x7fffffff, 0x80000022, 0x800000ff,
                                      0x8fffffff, 0xc0000000, 0xffffffff};

    leaves(0, 0x16);
    leaves(0x40000000, 0x40000005);
    leaves(0x80000000, 0x80000021);
    for (unsigned int i = 0; i < sizeof(subs) / sizeof(subs[0]); i++)
        for (uint32_t s = subs[i].first; s <= subs[i].last; s++)
            add(ask_cpuid, 2, subs[i].leaf, s, NULL, "cpuid %x.%x", subs[i].leaf, s);
    for (unsigned int i = 0; i < sizeof(beyond) / sizeof(beyond[0]); i++)
        add(ask_cpuid, 2, beyond[i], 0, NULL, "cpuid %x", beyond[i]);
    add(ask_cpuid, 2, 7, 0xffffffff, NULL, "cpuid 7.ffffffff");
    add(ask_cpuid, 2, 0xd, 0x3f, NULL, "cpuid d.3f");
    add(ask_user, 2, 1, 0, NULL, "cpuid 1 user");
    add(ask_user, 8, 0xd, 0, NULL, "cpuid d user");
    add(ask_user, 1, 0x40000001, 0, NULL, "cpuid 40000001 user");
    add(ask_osxsave, 2, 1, 0, NULL, "cpuid 1 osxsave");
    add(ask_osxsave, 2, 0xd, 0, NULL, "cpuid d osxsave");
}
