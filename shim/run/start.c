/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A CPU's first steps in the shim, on the boot stack, one CPU at a time. The
 * first CPU builds what all share; each gets its own tables and stacks.
 */
#include "start.h"

#include "core/apic.h"
#include "core/lib.h"
#include "core/log.h"
#include "core/mem.h"
#include "core/offsets.h"
#include "core/paging.h"
#include "core/place.h"
#include "core/spec.h"
#include "core/state.h"
#include "core/validate.h"
#include "core/vendor.h"
#include "stop.h"
#include "trap.h"

#define TSS_AT 128u /* in pcpu.desc */

#define IST_NMI 1u
#define IST_MC  2u
#define IST_DF  3u

/* AMD64 APM volume 2, section 12.2.5. */
struct tss {
    uint32_t reserved0;
    uint64_t rsp[3];
    uint64_t reserved1;
    uint64_t ist[7];
    uint64_t reserved2;
    uint16_t reserved3;
    uint16_t iomap;
} __attribute__((packed));

struct gate {
    uint16_t offset_low, selector;
    uint8_t ist, type;
    uint16_t offset_mid;
    uint32_t offset_high, reserved;
};

struct descriptor_register {
    uint16_t limit;
    uint64_t base;
} __attribute__((packed));

static struct gate *idt;

static int idt_init(void)
{
    idt = mem_alloc(1);
    if (!idt)
        return -SHIM_ENOMEM;
    for (unsigned int i = 0; i < 256; i++) {
        uint64_t at = (uint64_t)(uintptr_t)trap_gates + i * 16;

        idt[i].offset_low = (uint16_t)at;
        idt[i].offset_mid = (uint16_t)(at >> 16);
        idt[i].offset_high = (uint32_t)(at >> 32);
        idt[i].selector = SEL_CODE;
        idt[i].type = 0x8e; /* interrupt gate */
        idt[i].ist = i == 2 ? IST_NMI : i == TRAP_MC ? IST_MC : i == TRAP_DF ? IST_DF : 0;
    }
    return 0;
}

/* What all CPUs share. Also when the same image is lent a second time: all is built anew. */
static int shim_init(struct irx_anchor *a)
{
    unsigned int pointers = (unsigned int)DIV_UP(a->cpus.count * sizeof(struct pcpu *), PAGE_SIZE);
    unsigned int doms = (unsigned int)DIV_UP(a->domains.count * sizeof(struct dom), PAGE_SIZE);
    int rc;

    memset(&shim, 0, sizeof(shim));
    rc = anchor_validate(a, (paddr_t)(uintptr_t)a);
    if (rc)
        return rc;
    anchor_take(a, &shim);
    host_features_read(&shim.host);
    log_init((struct irx_log *)(uintptr_t)(shim.region_base + a->log.off), a->log.size);
    rc = spec_init(a);
    if (rc)
        return rc;
    shim.npt = vendor_npt;
    rc = mem_init(shim.region_base + a->shim_heap.off, a->shim_heap.size);
    if (rc)
        return rc;
    shim.pcpu = mem_alloc(pointers);
    shim.doms = mem_alloc(doms);
    if (!shim.pcpu || !shim.doms)
        return -SHIM_ENOMEM;
    for (uint32_t i = 0; i < shim.domain_count; i++) {
        shim.doms[i].index = i;
        shim.doms[i].rec = shim_domain_rec(i);
    }
    rc = paging_init();
    return rc ? rc : idt_init();
}

/* A CPU's structure and stacks; kept for the next time it is lent. */
static struct pcpu *pcpu_alloc(uint32_t index)
{
    struct pcpu *pc = shim.pcpu[index];

    if (pc)
        return pc;
    pc = mem_alloc(1);
    if (!pc)
        return NULL;
    pc->self = pc;
    pc->index = index;
    pc->desc = mem_alloc(1);
    pc->stack = mem_alloc(STACK_PAGES + 3); /* and one page for each IST */
    if (!pc->desc || !pc->stack || paging_cpu_init(pc)) {
        mem_free(pc->desc, 1);
        mem_free(pc->stack, STACK_PAGES + 3);
        mem_free(pc, 1);
        return NULL;
    }
    shim.pcpu[index] = pc;
    return pc;
}

static void load_descriptors(struct pcpu *pc)
{
    uint64_t *gdt = pc->desc;
    struct tss *tss = (struct tss *)((uint8_t *)pc->desc + TSS_AT);
    uint64_t base = (uint64_t)(uintptr_t)tss;
    uint64_t ist = (uint64_t)(uintptr_t)pc->stack + STACK_SIZE;
    struct descriptor_register gdtr = {.limit = 5 * 8 - 1, .base = (uint64_t)(uintptr_t)gdt};
    struct descriptor_register idtr = {.limit = 256 * 16 - 1, .base = (uint64_t)(uintptr_t)idt};

    memset(tss, 0, sizeof(*tss));
    tss->ist[IST_NMI - 1] = ist + 1 * PAGE_SIZE;
    tss->ist[IST_MC - 1] = ist + 2 * PAGE_SIZE;
    tss->ist[IST_DF - 1] = ist + 3 * PAGE_SIZE;
    tss->iomap = sizeof(*tss);
    gdt[SEL_CODE / 8] = 0x00209b0000000000ull; /* 64-bit code */
    gdt[SEL_DATA / 8] = 0x00cf93000000ffffull;
    gdt[SEL_TSS / 8] = (sizeof(*tss) - 1) | ((base & 0xffffff) << 16) | (0x89ull << 40) |
                       ((base >> 24 & 0xff) << 56);
    gdt[SEL_TSS / 8 + 1] = base >> 32;

    __asm__ volatile("lgdt %0\n\t"
                     "mov %1, %%ds; mov %1, %%es; mov %1, %%ss\n\t"
                     "mov %2, %%fs; mov %2, %%gs\n\t"
                     "pushq %3\n\t"
                     "lea 1f(%%rip), %%rax\n\t"
                     "pushq %%rax\n\t"
                     "lretq\n"
                     "1:\n\t"
                     "lldt %w2\n\t"
                     "ltr %w4"
                     :
                     : "m"(gdtr), "r"(SEL_DATA), "r"(0), "i"(SEL_CODE), "r"(SEL_TSS)
                     : "rax", "memory");
    hw_wrmsr(MSR_GS_BASE, (uint64_t)(uintptr_t)pc);
    /* Last: its handlers want the stacks of the TSS, and this_cpu(). Until here entry.S has one. */
    __asm__ volatile("lidt %0" : : "m"(idtr));
}

/* Own page tables and a known mode. The code runs at VA = PA before and after. */
static void load_mode(void)
{
    uint64_t cr0 = X86_CR0_PE | X86_CR0_MP | X86_CR0_ET | X86_CR0_NE | X86_CR0_WP | X86_CR0_PG;
    uint64_t cr4 = X86_CR4_PAE | X86_CR4_MCE | X86_CR4_OSFXSR | X86_CR4_OSXMMEXCPT | X86_CR4_DE;

    if (shim.host.xsave)
        cr4 |= X86_CR4_OSXSAVE;
    hw_wrmsr(MSR_EFER, hw_rdmsr(MSR_EFER) | EFER_NXE);
    __asm__ volatile("mov %0, %%cr4" : : "r"(cr4) : "memory"); /* PGE off: drops global entries */
    __asm__ volatile("mov %0, %%cr3" : : "r"(paging_root()) : "memory");
    __asm__ volatile("mov %0, %%cr0" : : "r"(cr0) : "memory");
}

static int cpu_init(struct pcpu *pc)
{
    int rc;

    pc->doorbell = 1; /* look at the mailbox once */
    place_cpu_comes(pc);
    pc->current = pc->loaded = pc->last = NULL;
    pc->freezing = 0;
    pc->stops = false;
    pc->faults = 0;
    pc->unsound = false;
    pc->giving = NULL;
    pc->works_at = pc->finishing = NULL;
    pc->buried = false;
    pc->dead_look_at = 0;
    pc->handled_request = IRX_CPU_REQ_NONE;
    spec_cpu_init(pc);
    rc = vendor_cpu_init(pc);
    if (rc)
        return rc;
    if (shim.anchor->shim_state != IRX_SHIM_READY)
        rc = apic_init();
    if (!rc)
        apic_cpu_init(pc);
    return rc;
}

struct pcpu *start_cpu(paddr_t region_base, uint64_t index)
{
    static struct pcpu boot; /* this_cpu() until the CPU has its own */
    struct irx_anchor *a = (struct irx_anchor *)(uintptr_t)region_base;
    bool first = __atomic_load_n(&a->shim_state, __ATOMIC_ACQUIRE) != IRX_SHIM_READY;
    struct pcpu *pc = NULL;
    int rc = 0;

    boot.self = &boot;
    boot.index = (uint32_t)index;
    hw_wrmsr(MSR_GS_BASE, (uint64_t)(uintptr_t)&boot);

    if (first)
        rc = shim_init(a);
    if (!rc && index >= shim.cpu_count)
        rc = -SHIM_EINVAL;
    if (!rc) {
        load_mode();
        pc = pcpu_alloc((uint32_t)index);
        rc = pc ? 0 : -SHIM_ENOMEM;
    }
    if (!rc) {
        pc->rec = shim_cpu_rec(pc->index); /* an NMI that the new tables take is counted there */
        pc->apic_id = pc->rec->apic_id;
        __asm__ volatile("mov %0, %%cr3" : : "r"(pc->root) : "memory");
        load_descriptors(pc);
        if (first)
            rc =
                vendor_init(); /* it asks for MSRs that may not be there: with an IDT to fault to */
    }
    if (!rc)
        rc = cpu_init(pc);
    if (!rc) {
        log_line("CPU %u held, APIC id %u, %lu KiB free", pc->index, pc->apic_id,
                 mem_free_pages() * 4);
        pc->rec->error = 0;
        if (first)
            __atomic_store_n(&a->shim_state, IRX_SHIM_READY, __ATOMIC_RELEASE);
        if (!state_cpu_from(pc->rec, IRX_CPU_LENT, IRX_CPU_HELD))
            cpu_too_late(pc);
        return pc;
    }
    if (first) {
        a->shim_error = rc;
        __atomic_store_n(&a->shim_state, IRX_SHIM_FAILED, __ATOMIC_RELEASE);
    }
    if (shim.cpu_count > index) {
        shim_cpu_rec((uint32_t)index)->error = rc;
        state_cpu_from(shim_cpu_rec((uint32_t)index), IRX_CPU_LENT, IRX_CPU_RELEASED);
    }
    return NULL;
}
