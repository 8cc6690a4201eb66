/* SPDX-License-Identifier: GPL-2.0-only */
/* Descriptor tables, page tables and the start of 32-bit vCPUs: all memory at its own address. */
#include "hostile.h"

#define __XEN_INTERFACE_VERSION__ 0x00040e00
#include <xen/xen.h>
#include <xen/hvm/hvm_vcpu.h>

#define CR0_PE  1u
#define CR0_ET  (1u << 4)
#define CR0_NE  (1u << 5)
#define CR0_WP  (1u << 16)
#define CR0_PG  (1u << 31)
#define CR4_PSE (1u << 4)
#define CR4_PAE (1u << 5)

#define LARGE 0xe7u /* present, writable, for all levels, accessed, dirty, large */

struct narrow_pointer {
    uint16_t limit;
    uint32_t base;
    uint16_t unused;
} __attribute__((packed));

/* What start_narrow finds at EDI. */
struct narrow_tables {
    struct narrow_pointer gdt, idt;
};

extern const char start_narrow[];
extern const uint32_t narrow_stubs[256];

static uint32_t two_level[1024] __attribute__((aligned(PAGE)));
static uint64_t pae_top[4] __attribute__((aligned(32)));
static uint64_t pae[4][512] __attribute__((aligned(PAGE)));

/* But for 4 MiB at NARROW_NOWHERE. */
static void fill_page_tables(void)
{
    for (uint32_t i = 0; i < 1024; i++)
        two_level[i] = i == NARROW_NOWHERE >> 22 ? 0 : i << 22 | LARGE;
    for (uint32_t i = 0; i < 4; i++) {
        pae_top[i] = (uintptr_t)pae[i] | 1;
        for (uint32_t n = 0; n < 512; n++) {
            uint64_t at = (uint64_t)i << 30 | n << 21;

            pae[i][n] = at >> 22 == NARROW_NOWHERE >> 22 ? 0 : at | LARGE;
        }
    }
}

static void fill_tables(struct worker *w)
{
    uint64_t base = (uintptr_t)&w->tss, *idt = (uint64_t *)w->idt;

    w->gdt[SEL_CODE >> 3] = 0x00cf9b000000ffffull;
    w->gdt[SEL_DATA >> 3] = 0x00cf93000000ffffull;
    w->gdt[SEL_UDATA >> 3] = 0x00cff3000000ffffull;
    w->gdt[SEL_UCODE >> 3] = 0x00cffb000000ffffull;
    w->gdt[SEL_TSS >> 3] = (sizeof(w->tss) - 1) | (base & 0xffffff) << 16 | 0x89ull << 40 |
                           (base >> 24 & 0xff) << 56;
    for (unsigned int i = 0; i < 256; i++) {
        uint64_t entry = narrow_stubs[i], type = i == 3 || i == 4 || i == VECTOR_END ? 0xee : 0x8e;

        idt[i] = (entry & 0xffff) | SEL_CODE << 16 | type << 40 | (entry >> 16) << 48;
    }
    w->stacks[2].worker = w;
    w->stacks[2].box = (uintptr_t)&w->box;
    w->tss.rsp[0] = (uint32_t)(uintptr_t)&w->stacks[2].worker - 256 + ((uint64_t)SEL_DATA << 32);
    w->tss.iomap = sizeof(w->tss);
}

void narrow_start(struct worker *w)
{
    static struct vcpu_hvm_context context;
    static struct narrow_tables tables[WORKERS];
    struct narrow_tables *t = &tables[w->id];
    struct vcpu_hvm_x86_32 *r = &context.cpu_regs.x86_32;

    if (!two_level[0])
        fill_page_tables();
    fill_tables(w);
    t->gdt = (struct narrow_pointer){sizeof(w->gdt) - 1, (uint32_t)(uintptr_t)w->gdt, 0};
    t->idt = (struct narrow_pointer){256 * 8 - 1, (uint32_t)(uintptr_t)w->idt, 0};
    w->box.vcpu_info = xen_vcpu_info(w->id);
    context = (struct vcpu_hvm_context){.mode = VCPU_HVM_MODE_32B};
    r->esp = (uint32_t)(uintptr_t)&w->stacks[2].worker - 256;
    r->edi = (uint32_t)(uintptr_t)t;
    r->eip = (uint32_t)(uintptr_t)start_narrow;
    r->eflags = FLAG_FIXED;
    r->cr0 = CR0_PE | CR0_ET | CR0_NE | CR0_WP;
    r->cr4 = CR4_PSE;
    r->cr3 = (uint32_t)(uintptr_t)two_level;
    if (w->mode != NARROW_FLAT)
        r->cr0 |= CR0_PG;
    if (w->mode == NARROW_PAE) {
        r->cr4 = CR4_PAE;
        r->cr3 = (uint32_t)(uintptr_t)pae_top;
    }
    r->cs_limit = r->ds_limit = r->ss_limit = r->es_limit = ~0u;
    r->tr_limit = 0x67;
    r->cs_ar = 0xc9b;
    r->ds_ar = r->ss_ar = r->es_ar = 0xc93;
    r->tr_ar = 0x8b;
    xen_start_vcpu(w, &context);
}
