/* SPDX-License-Identifier: GPL-2.0-only */
/* Descriptor tables of a vCPU and the page tables. */
#include "guest.h"

#define ROOTS 4u

static struct {
    uint16_t offset0, selector;
    uint8_t ist, type;
    uint16_t offset1;
    uint32_t offset2, reserved;
} idt[256];

static uint64_t roots[ROOTS][512] __attribute__((aligned(4096)));
extern uint64_t pml4[512];

uint64_t tables_root(unsigned int i)
{
    return (uintptr_t)roots[i % ROOTS];
}

static void fill_idt(void)
{
    for (const struct stub *s = stubs; s < stubs_end; s++) {
        bool user = s->vector == 3 || s->vector == VECTOR_END; /* by INT at CPL 3 */
        bool expected = s->vector == 1 || s->vector == 3 || s->vector == 6 || s->vector >= 32;

        idt[s->vector].offset0 = (uint16_t)s->entry;
        idt[s->vector].offset1 = (uint16_t)(s->entry >> 16);
        idt[s->vector].selector = SEL_CODE;
        idt[s->vector].ist = s->vector == 2 ? 2 : expected ? 1 : 3;
        idt[s->vector].type = user ? 0xee : 0x8e;
    }
}

/* A data segment of privilege 3; in long mode base and limit matter to LSL only. */
static uint64_t data_segment(uint32_t limit)
{
    return 0x0040f30000000000ull | (limit & 0xffff) | (uint64_t)(limit & 0xf0000) << 32;
}

static void system_segment(uint64_t *at, const void *base, uint32_t limit, uint64_t type)
{
    uint64_t b = (uintptr_t)base;

    at[0] = limit | (b & 0xffffff) << 16 | type << 40 | (b >> 24 & 0xff) << 56;
    at[1] = b >> 32;
}

/* Both copies serve; they differ in the limit of SEL_UDATA2, and so do the LDTs in their data. */
static void fill_gdt(struct cpu *c, unsigned int i)
{
    uint64_t *g = c->gdt[i];

    g[SEL_CODE >> 3] = 0x00209b0000000000ull;
    g[SEL_DATA >> 3] = 0x00cf93000000ffffull;
    g[SEL_UDATA >> 3] = 0x00cff3000000ffffull;
    g[SEL_UCODE >> 3] = 0x0020fb0000000000ull;
    g[SEL_UCODE32 >> 3] = 0x00cffb000000ffffull;
    g[SEL_UDATA2 >> 3] = data_segment(0x12345 + i);
    system_segment(&g[SEL_TSS >> 3], &c->tss, sizeof(c->tss) - 1, 0x89);
    for (unsigned int l = 0; l < 2; l++) {
        c->ldt[l][0] = data_segment(0x23456 + l);
        c->ldt[l][1] = data_segment(0x34567 + l);
        system_segment(&g[SEL_LDT(l) >> 3], c->ldt[l], sizeof(c->ldt[l]) - 1, 0x82);
    }
}

void tables_hidden(struct cpu *c, unsigned int i, uint64_t base, bool present)
{
    uint64_t d = present ? data_segment(0xfff) | (base & 0xffffff) << 16 | (base >> 24 & 0xff) << 56
                         : 0;

    c->gdt[0][SEL_HIDDEN(i) >> 3] = c->gdt[1][SEL_HIDDEN(i) >> 3] = d;
}

struct table_pointer tables_gdt(const struct cpu *c, unsigned int i)
{
    /* The second one's limit has some more, unused bytes. */
    return (struct table_pointer){(uint16_t)(17 * 8 - 1 + 8 * (i & 1)), (uintptr_t)c->gdt[i & 1]};
}

void tables_init(struct cpu *c)
{
    struct table_pointer gdt = tables_gdt(c, 0), idtr = {sizeof(idt) - 1, (uintptr_t)idt};

    if (c->id == 0) {
        fill_idt();
        for (unsigned int i = 0; i < ROOTS; i++)
            for (unsigned int n = 0; n < 512; n++)
                roots[i][n] = pml4[n];
    }
    for (unsigned int i = 0; i < 3; i++) {
        c->stacks[i].cpu = c;
        c->tss.ist[i] = (uintptr_t)&c->stacks[i].cpu;
    }
    c->tss.iomap = sizeof(c->tss);
    fill_gdt(c, 0);
    fill_gdt(c, 1);
    __asm__ volatile("lgdt %0; lidt %1; ltr %w2; lldt %w3"
                     :
                     : "m"(gdt), "m"(idtr), "r"(SEL_TSS), "r"(SEL_LDT(0))
                     : "memory");
    /* The fresh vCPU's CS may be flat without a descriptor: take ours. */
    __asm__ volatile("pushq %0; lea 1f(%%rip), %%rax; push %%rax; lretq; 1: mov %1, %%ss"
                     :
                     : "i"(SEL_CODE), "r"(SEL_DATA)
                     : "rax", "memory");
}
