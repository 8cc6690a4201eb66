/* SPDX-License-Identifier: GPL-2.0-only */
#include "paging.h"

#include "image.h"
#include "mem.h"
#include "pte.h"

#define PTE_DATA     (PTE_P | PTE_RW | PTE_A | PTE_D | PTE_NX)
#define PTE_TEXT     (PTE_P | PTE_A)
#define PTE_CONST    (PTE_P | PTE_A | PTE_NX)
#define PTE_UNCACHED (PTE_DATA | PTE_PCD | PTE_PWT)

#define SIZE_2M     (2ull << 20)
#define WINDOW_BASE (1ull << 39) /* second entry of the root: above every identity mapping */

static struct {
    uint64_t *root;
    uint64_t *window_table; /* 512 PTEs at WINDOW_BASE */
} paging;

/* The entry of `table` for va at `level` (4 = root), going down to `leaf` and allocating tables. */
static uint64_t *entry_for(uint64_t va, unsigned int leaf)
{
    uint64_t *table = paging.root;

    for (unsigned int level = 4; level > leaf; level--) {
        uint64_t *e = &table[(va >> (12 + 9 * (level - 1))) & 511];

        if (!(*e & PTE_P)) {
            void *page = mem_alloc(1);

            if (!page)
                return NULL;
            *e = (paddr_t)(uintptr_t)page | PTE_P | PTE_RW | PTE_A;
        }
        table = (uint64_t *)(uintptr_t)(*e & PTE_ADDR);
    }
    return &table[(va >> (12 + 9 * (leaf - 1))) & 511];
}

static int map(uint64_t va, unsigned int level, uint64_t flags)
{
    uint64_t *e = entry_for(va, level);

    if (!e)
        return -SHIM_ENOMEM;
    *e = va | flags | (level > 1 ? PTE_PS : 0);
    return 0;
}

static uint64_t flags_of(paddr_t p)
{
    if (p < image_text_start() || p >= image_rodata_end())
        return PTE_DATA;
    return p < image_text_end() ? PTE_TEXT : PTE_CONST;
}

/* One 2 MiB piece of R that holds some of the shim's text or constants: page by page. */
static int map_small(paddr_t from)
{
    for (paddr_t p = from; p < from + SIZE_2M; p += PAGE_SIZE)
        if (map(p, 1, flags_of(p)))
            return -SHIM_ENOMEM;
    return 0;
}

static int map_region(void)
{
    paddr_t end = shim.region_base + shim.region_size;
    int rc = 0;

    for (paddr_t p = shim.region_base; p < end && !rc; p += SIZE_2M) {
        if (p < image_rodata_end() && p + SIZE_2M > image_text_start())
            rc = map_small(p);
        else
            rc = map(p, 2, PTE_DATA);
    }
    return rc;
}

int paging_init(void)
{
    uint64_t apic = hw_rdmsr(MSR_APIC_BASE);
    uint64_t *e;
    int rc;

    paging.root = mem_alloc(1);
    if (!paging.root)
        return -SHIM_ENOMEM;
    rc = map_region();
    if (!rc && !(apic & APIC_BASE_EXTD))
        rc = map(apic & APIC_BASE_ADDR, 1, PTE_UNCACHED);
    if (rc)
        return rc;
    e = entry_for(WINDOW_BASE, 1);
    if (!e)
        return -SHIM_ENOMEM;
    paging.window_table = e;
    return 0;
}

paddr_t paging_root(void)
{
    return (paddr_t)(uintptr_t)paging.root;
}

int paging_cpu_init(struct pcpu *pc)
{
    uint32_t first = pc->index * WINDOWS;
    uint64_t *e = entry_for(WINDOW_BASE + first * PAGE_SIZE, 1);

    if (!e)
        return -SHIM_ENOMEM;
    pc->window_pte = e;
    pc->window_va = WINDOW_BASE + first * PAGE_SIZE;
    for (uint32_t i = 0; i < WINDOWS; i++) {
        pc->window_mfn[i] = MFN(~0ull);
        e[i] = 0;
        hw_invlpg(pc->window_va + i * PAGE_SIZE);
    }
    return 0;
}

void *paging_window_va(const struct pcpu *pc, uint32_t window)
{
    return (void *)(uintptr_t)(pc->window_va + window * PAGE_SIZE);
}

void paging_window_set(struct pcpu *pc, uint32_t window, mfn_t mfn)
{
    pc->window_pte[window] = (mfn.v << PAGE_SHIFT) | PTE_DATA;
}

void paging_window_clear(struct pcpu *pc, uint32_t window)
{
    pc->window_pte[window] = 0;
}
