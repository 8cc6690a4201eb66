/* SPDX-License-Identifier: GPL-2.0-only */
/* Descriptor tables of a vCPU, and its window of pages. */
#include "hostile.h"

#define WINDOW_BASE 0x8000000000ull /* the second entry of the top table; 2 MiB a vCPU */
#define APIC_GFN    0xfee00ull
#define HOLE_GFN    0x20000ull /* above the guest's memory, below its shared_info */
#define HOST_GFN    0x3ff00ull /* R lies at the top of low memory, or where the scenario says */

#define PTE_P   1ull
#define PTE_RW  2ull
#define PTE_US  4ull
#define PTE_NX  (1ull << 63)
#define PTE_RSV (1ull << 51)

#define CR0_START 0x80010033ull /* as start.S has it, at the begin of each question */

extern uint64_t pml4[512];
static uint64_t pdpt[512] __attribute__((aligned(PAGE)));
static uint64_t directory[512] __attribute__((aligned(PAGE)));

uint64_t window(const struct worker *w, enum window_page page)
{
    return WINDOW_BASE + ((uint64_t)w->id << 21) + (uint64_t)page * PAGE;
}

static void fill_window(struct worker *w)
{
    const uint64_t all = PTE_P | PTE_RW | PTE_US;

    w->pt[WIN_DATA] = (uintptr_t)w->data[0] | all;
    w->pt[WIN_DATA2] = (uintptr_t)w->data[1] | all;
    w->pt[WIN_RO] = (uintptr_t)w->data[0] | PTE_P | PTE_US;
    w->pt[WIN_CODE] = (uintptr_t)w->code[0] | all;
    w->pt[WIN_CODE2] = (uintptr_t)w->code[1] | all;
    w->pt[WIN_HOLE] = HOLE_GFN << 12 | all;
    w->pt[WIN_HOST] = HOST_GFN << 12 | all;
    w->pt[WIN_RESERVED] = (uintptr_t)w->data[0] | all | PTE_RSV;
    w->pt[WIN_APIC] = APIC_GFN << 12 | all;
    w->pt[WIN_SYSTEM] = (uintptr_t)w->data[0] | PTE_P | PTE_RW;
    w->pt[WIN_NX] = (uintptr_t)w->code[0] | all | PTE_NX;
    directory[w->id] = (uintptr_t)w->pt | all;
    pdpt[0] = (uintptr_t)directory | all;
    pml4[1] = (uintptr_t)pdpt | all;
}

/* The first page goes: what start.S maps by large pages is mapped by small ones there. */
static void unmap_null(void)
{
    static uint64_t pages[512] __attribute__((aligned(PAGE)));
    uint64_t *level3 = (void *)(pml4[0] & ~0xfffull), *level2 = (void *)(level3[0] & ~0xfffull);

    for (uint64_t i = 1; i < 512; i++)
        pages[i] = i << 12 | PTE_P | PTE_RW | PTE_US;
    level2[0] = (uintptr_t)pages | PTE_P | PTE_RW | PTE_US;
    __asm__ volatile("mov %0, %%cr3" : : "r"(pml4) : "memory");
}

static void fill_idt(struct worker *w)
{
    for (const struct stub *s = stubs; s < stubs_end; s++) {
        bool user = s->vector == 3 || s->vector == 4 ||
                    s->vector == VECTOR_END; /* by INT at CPL 3 */

        w->idt[s->vector] = (struct gate){
            .offset0 = (uint16_t)s->entry,
            .offset1 = (uint16_t)(s->entry >> 16),
            .selector = SEL_CODE,
            .ist = s->vector == 2 ? 2 : 1,
            .type = user ? 0xee : 0x8e,
        };
    }
}

static void fill_gdt(struct worker *w)
{
    uint64_t base = (uintptr_t)&w->tss;

    w->gdt[SEL_CODE >> 3] = 0x00209b0000000000ull;
    w->gdt[SEL_DATA >> 3] = 0x00cf93000000ffffull;
    w->gdt[SEL_UDATA >> 3] = 0x00cff3000000ffffull;
    w->gdt[SEL_UCODE >> 3] = 0x0020fb0000000000ull;
    w->gdt[SEL_CODE32 >> 3] = 0x00cf9b000000ffffull;
    w->gdt[SEL_UCODE32 >> 3] = 0x00cffb000000ffffull;
    w->gdt[SEL_TSS >> 3] = (sizeof(w->tss) - 1) | (base & 0xffffff) << 16 | 0x89ull << 40 |
                           (base >> 24 & 0xff) << 56;
    w->gdt[(SEL_TSS >> 3) + 1] = base >> 32;
}

void tables_load(struct worker *w)
{
    struct table_pointer gdt = {sizeof(w->gdt) - 1, (uintptr_t)w->gdt};
    struct table_pointer idt = {sizeof(w->idt) - 1, (uintptr_t)w->idt};

    __asm__ volatile("lgdt %0; lidt %1" : : "m"(gdt), "m"(idt) : "memory");
    __asm__ volatile("mov %0, %%cr0" : : "r"(CR0_START) : "memory");
    /* For both levels: IRET to CPL 3 would clear others, and 32-bit code looks at them. */
    __asm__ volatile("mov %0, %%ds; mov %0, %%es" : : "r"(SEL_UDATA));
}

void tables_init(struct worker *w)
{
    for (unsigned int i = 0; i < 3; i++) {
        w->stacks[i].worker = w;
        w->tss.ist[i] = (uintptr_t)&w->stacks[i].worker;
    }
    w->tss.iomap = sizeof(w->tss);
    fill_idt(w);
    fill_gdt(w);
    fill_window(w);
    if (w->id == 0)
        unmap_null();
    tables_load(w);
    /* The fresh vCPU's CS may be flat without a descriptor: take ours. */
    __asm__ volatile("ltr %w2; pushq %0; lea 1f(%%rip), %%rax; push %%rax; lretq; 1: mov %1, %%ss"
                     :
                     : "i"(SEL_CODE), "r"(SEL_DATA), "r"(SEL_TSS)
                     : "rax", "memory");
}
