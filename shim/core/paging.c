/* SPDX-License-Identifier: GPL-2.0-only */
#include "paging.h"

#include "image.h"
#include "lib.h"
#include "mem.h"
#include "pte.h"

#define PTE_DATA     (PTE_P | PTE_RW | PTE_A | PTE_D | PTE_NX)
#define PTE_TEXT     (PTE_P | PTE_A)
#define PTE_ALL      (PTE_P | PTE_RW | PTE_A | PTE_D)
#define PTE_CONST    (PTE_P | PTE_A | PTE_NX)
#define PTE_UNCACHED (PTE_DATA | PTE_PCD | PTE_PWT)

#define SIZE_2M     (2ull << 20)
#define WINDOW_BASE (1ull << 39) /* second entry of the root: above every identity mapping */
#define CPU_TABLES  4u           /* a CPU's root, and for its windows a table of each level below */
#define ENTRIES     512u

static struct {
    uint64_t *root;   /* what all CPUs have alike */
    uint64_t *region; /* of paging_region() */
} paging;

/* The entry for va at `leaf` (4 = root), going down to it from `table` and allocating tables. */
static uint64_t *entry_for(uint64_t *table, uint64_t va, unsigned int leaf)
{

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

static int map(uint64_t *root, uint64_t va, unsigned int level, uint64_t flags)
{
    uint64_t *e = entry_for(root, va, level);

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
        if (map(paging.root, p, 1, flags_of(p)))
            return -SHIM_ENOMEM;
    return 0;
}

/*
 * Does the shim use anything of these 2 MiB of R? The images of both Xens, and what they tell each
 * other, are not mapped: nothing of them is in reach of a wrong guess, nor of a mistake.
 */
static bool is_used(uint64_t from)
{
    const struct irx_anchor *a = shim.anchor;
    const struct irx_span used[] = {
        {0, PAGE_SIZE},
        {a->cpus.off, (uint64_t)a->cpus.stride * a->cpus.count},
        {a->domains.off, (uint64_t)a->domains.stride * a->domains.count},
        {a->vcpus.off, (uint64_t)a->vcpus.stride * a->vcpus.count},
        a->log,
        a->data,
        a->shim,
        a->shim_heap,
    };

    for (unsigned int i = 0; i < ARRAY_SIZE(used); i++)
        if (used[i].off < from + SIZE_2M && used[i].off + used[i].size > from)
            return true;
    return false;
}

static int map_region(void)
{
    paddr_t end = shim.region_base + shim.region_size;
    int rc = 0;

    for (paddr_t p = shim.region_base; p < end && !rc; p += SIZE_2M) {
        if (!is_used(p - shim.region_base))
            continue;
        if (p < image_rodata_end() && p + SIZE_2M > image_text_start())
            rc = map_small(p);
        else
            rc = map(paging.root, p, 2, PTE_DATA);
    }
    return rc;
}

/* In x2APIC mode it is in no page. */
static int map_apic(uint64_t *root)
{
    uint64_t apic = hw_rdmsr(MSR_APIC_BASE);

    return apic & APIC_BASE_EXTD ? 0 : map(root, apic & APIC_BASE_ADDR, 1, PTE_UNCACHED);
}

static int map_all(void)
{
    paddr_t end = shim.region_base + shim.region_size;
    int rc = map_apic(paging.region);

    for (paddr_t p = shim.region_base; p < end && !rc; p += SIZE_2M)
        rc = map(paging.region, p, 2, PTE_ALL);
    return rc;
}

int paging_init(void)
{
    int rc;

    paging.root = mem_alloc(1);
    paging.region = mem_alloc(1);
    if (!paging.root || !paging.region)
        return -SHIM_ENOMEM;
    rc = map_region();
    if (!rc)
        rc = map_apic(paging.root);
    return rc ? rc : map_all();
}

paddr_t paging_root(void)
{
    return (paddr_t)(uintptr_t)paging.root;
}

paddr_t paging_region(void)
{
    return (paddr_t)(uintptr_t)paging.region;
}

/* Windows of its own, in tables of its own: what one CPU looks at is in no other's reach. */
int paging_cpu_init(struct pcpu *pc)
{
    uint64_t *tables = mem_alloc(CPU_TABLES);

    if (!tables)
        return -SHIM_ENOMEM;
    memcpy(tables, paging.root, PAGE_SIZE);
    for (unsigned int i = 0; i < CPU_TABLES - 1; i++) {
        unsigned int shift = PAGE_SHIFT + 9 * (CPU_TABLES - 1 - i);

        tables[i * ENTRIES + (WINDOW_BASE >> shift & (ENTRIES - 1))] =
            (paddr_t)(uintptr_t)(tables + (i + 1) * ENTRIES) | PTE_P | PTE_RW | PTE_A;
    }
    pc->root = (paddr_t)(uintptr_t)tables;
    pc->window_pte = tables + (CPU_TABLES - 1) * ENTRIES;
    pc->window_va = WINDOW_BASE;
    for (uint32_t i = 0; i < WINDOWS; i++)
        pc->window_mfn[i] = MFN(~0ull);
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
