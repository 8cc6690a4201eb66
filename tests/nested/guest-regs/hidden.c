/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is hidden behind a data segment's selector: 32-bit code at CPL 3 reads through DS, ES, FS
 * and GS after the round, while their descriptors have been gone since before it.
 */
#include "guest.h"

#define SEGMENTS 4u

static const char *const names[SEGMENTS] = {"ds", "es", "fs", "gs"};
static const char *const hidden_names[SEGMENTS] = {"ds_hidden", "es_hidden", "fs_hidden",
                                                   "gs_hidden"};

/* Where the word lies that the segment shows at PROBE_AT. */
static uint64_t base_of(const struct cpu *c, unsigned int i)
{
    return (uintptr_t)&c->hidden[i] - PROBE_AT;
}

static void load(unsigned int i, uint16_t selector)
{
    switch (i) {
    case 0:
        __asm__ volatile("mov %0, %%ds" : : "r"(selector));
        break;
    case 1:
        __asm__ volatile("mov %0, %%es" : : "r"(selector));
        break;
    case 2:
        __asm__ volatile("mov %0, %%fs" : : "r"(selector));
        break;
    case 3:
        __asm__ volatile("mov %0, %%gs" : : "r"(selector));
        break;
    }
}

void hidden_fill(struct cpu *c)
{
    for (unsigned int i = 0; i < SEGMENTS; i++) {
        c->hidden[i] = (uint32_t)random64(c);
        tables_hidden(c, i, base_of(c, i), true);
        load(i, (uint16_t)SEL_HIDDEN(i));
        tables_hidden(c, i, 0, false);
        sysregs_expect(c, names[i], SEL_HIDDEN(i));
    }
    sysregs_expect(c, "fs_base", base_of(c, 2));
    sysregs_expect(c, "gs_base", base_of(c, 3));
}

void hidden_compare(struct cpu *c)
{
    static const uint8_t where[SEGMENTS] = {GPR_RAX, GPR_RBX, GPR_RCX, GPR_RDX};
    struct frame image = {
        .rip = (uintptr_t)probe, .cs = SEL_UCODE32, .ss = SEL_UDATA, .rflags = FLAG_FIXED};

    c->probing = true;
    round_enter(&image, &c->kernel_stack);
    c->probing = false;
    for (unsigned int i = 0; i < SEGMENTS; i++)
        if (c->probe.gpr[where[i]] != c->hidden[i])
            mismatch(c, hidden_names[i], c->hidden[i], c->probe.gpr[where[i]]);
}
