/* SPDX-License-Identifier: GPL-2.0-only */
/* All pages at the address that is their pfn's; which of them are what. */
#include "pv.h"

#define M2P ((const uint64_t *)0xffff800000000000ull)

unsigned int nr_pages;
uint8_t kind[MAX_PAGES];
static const uint64_t *p2m;
static unsigned int next;

uint64_t mfn(unsigned int pfn)
{
    return p2m[pfn];
}

/* By what Xen says, which the guest can change itself: only until it does. */
unsigned int pfn_of(uint64_t frame)
{
    return (unsigned int)M2P[frame];
}

void *va(unsigned int pfn)
{
    return (void *)(pfn * PAGE);
}

uint64_t random64(void)
{
    static uint64_t random = 0x9e3779b97f4a7c15ull;

    random ^= random >> 12;
    random ^= random << 25;
    random ^= random >> 27;
    return random * 0x2545f4914f6cdd1dull;
}

long mmu_update(unsigned int pfn, unsigned int slot, uint64_t entry)
{
    struct mmu_update u = {.ptr = mfn(pfn) * PAGE + slot * 8, .val = entry};

    return hypercall(__HYPERVISOR_mmu_update, (uintptr_t)&u, 1, 0, DOMID_SELF, 0);
}

long mmuext(unsigned int cmd, uint64_t frame)
{
    struct mmuext_op op = {.cmd = cmd, .arg1.mfn = frame};

    return hypercall(__HYPERVISOR_mmuext_op, (uintptr_t)&op, 1, 0, DOMID_SELF, 0);
}

long map(void *at, uint64_t entry)
{
    return hypercall(__HYPERVISOR_update_va_mapping, (uintptr_t)at, entry, UVMF_INVLPG | UVMF_ALL,
                     0, 0);
}

long pin(unsigned int pfn, unsigned int level)
{
    return mmuext(MMUEXT_PIN_L1_TABLE + level - 1, mfn(pfn));
}

long unpin(unsigned int pfn)
{
    return mmuext(MMUEXT_UNPIN_TABLE, mfn(pfn));
}

void make_table(unsigned int pfn, enum kind level)
{
    must(map(va(pfn), mfn(pfn) * PAGE | P_RO), "make_table");
    kind[pfn] = (uint8_t)level;
}

void make_free(unsigned int pfn)
{
    must(map(va(pfn), mfn(pfn) * PAGE | P_WRITE), "make_free");
    kind[pfn] = FREE;
}

/* ---- As it was made: where is what ---- */

unsigned int root(void)
{
    return (unsigned int)(start_info->pt_base / PAGE);
}

static unsigned int table_below(unsigned int pfn, unsigned int slot)
{
    uint64_t entry = ((const uint64_t *)va(pfn))[slot];

    return entry & P_PRESENT ? pfn_of((entry & P_FRAME) / PAGE) : 0;
}

/* All of it is below 1 GiB: one table of each level above the first. */
static unsigned int l2(void)
{
    return table_below(table_below(root(), 0), 0);
}

unsigned int l1_of(const void *at, unsigned int *slot)
{
    *slot = (unsigned int)((uintptr_t)at / PAGE % ENTRIES);
    return table_below(l2(), (unsigned int)((uintptr_t)at / PAGE / ENTRIES));
}

unsigned int take(void)
{
    while (next < nr_pages && kind[next] != FREE)
        next++;
    if (next >= nr_pages)
        return 0;
    for (unsigned int i = 0; i < ENTRIES; i++)
        ((uint64_t *)va(next))[i] = 0;
    return next++;
}

unsigned int left(void)
{
    return nr_pages - next;
}

/* The tables of the builder's, and one more for each 2 MiB that it has not mapped. */
static void map_all(void)
{
    const unsigned int tables = l2();

    for (unsigned int i = 0; i * ENTRIES < nr_pages; i++) {
        unsigned int pfn;
        uint64_t *entry;

        if (table_below(tables, i))
            continue;
        pfn = take();
        entry = va(pfn);
        for (unsigned int j = 0; j < ENTRIES && i * ENTRIES + j < nr_pages; j++)
            entry[j] = mfn(i * ENTRIES + j) * PAGE | P_WRITE;
        make_table(pfn, L1);
        must(mmu_update(tables, i, mfn(pfn) * PAGE | P_TABLE), "map_all");
    }
}

static void mark_builders(void)
{
    const unsigned int l3 = table_below(root(), 0);

    kind[root()] = L4;
    kind[l3] = L3;
    kind[l2()] = L2;
    for (unsigned int i = 0; i < ENTRIES; i++)
        if (table_below(l2(), i))
            kind[table_below(l2(), i)] = L1;
}

void memory_init(void)
{
    unsigned int first = root() + (unsigned int)start_info->nr_pt_frames + 1; /* behind a stack */

    p2m = (const uint64_t *)start_info->mfn_list;
    nr_pages = (unsigned int)start_info->nr_pages;
    if (nr_pages > MAX_PAGES)
        nr_pages = MAX_PAGES;
    for (unsigned int i = 0; i < first; i++)
        kind[i] = KEPT;
    mark_builders();
    next = first;
    map_all();
}
