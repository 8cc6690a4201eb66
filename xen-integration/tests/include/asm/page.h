/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TESTS_ASM_PAGE_H
#define TESTS_ASM_PAGE_H

#include <xen/lib.h>

#define PAGE_SHIFT 12
#define PAGE_SIZE  (1UL << PAGE_SHIFT)
#define PAGE_MASK  (~(PAGE_SIZE - 1))

#define PAGE_ALIGN(address) (((address) + PAGE_SIZE - 1) & PAGE_MASK)
#define PAGE_HYPERVISOR     0

#define PAGE_ORDER_4K 0
#define PAGE_ORDER_2M 9
#define PAGE_ORDER_1G 18

#define pfn_to_paddr(pfn) ((paddr_t)(pfn) << PAGE_SHIFT)

typedef struct {
    unsigned long n;
} mfn_t;

typedef struct {
    unsigned long n;
} gfn_t;

static inline gfn_t _gfn(unsigned long n)
{
    return (gfn_t){ n };
}

static inline mfn_t _mfn(unsigned long n)
{
    return (mfn_t){ n };
}

static inline unsigned long mfn_x(mfn_t mfn)
{
    return mfn.n;
}

static inline mfn_t mfn_add(mfn_t mfn, unsigned long n)
{
    return _mfn(mfn.n + n);
}

static inline bool mfn_eq(mfn_t a, mfn_t b)
{
    return a.n == b.n;
}

/* Of page table entries. */
#define _PAGE_PRESENT   1UL
#define _PAGE_RW        2UL
#define _PAGE_PSE       0x80UL
#define PADDR_MASK      0xfffffffffffffUL
#define PAGETABLE_ORDER 9

/*
 * Machine memory of the world: below WORLD_MEMORY. Beyond it an address can be
 * computed, not used.
 */
#define WORLD_MEMORY MB(512)
extern uint8_t *world_memory;

#define maddr_to_virt(address) ((void *)(world_memory + (address)))
#define mfn_to_virt(mfn)       maddr_to_virt(pfn_to_paddr(mfn))
#define virt_to_mfn(pointer)                                                  \
    ((unsigned long)((const uint8_t *)(pointer)-world_memory) >> PAGE_SHIFT)

/* The end of the direct map: all that a case tells of is in it. */
#undef HYPERVISOR_VIRT_END /* a PV guest's, of the public headers */
#define HYPERVISOR_VIRT_END ((unsigned long)world_memory + (1UL << 44))

static inline void clear_page(void *page)
{
    memset(page, 0, PAGE_SIZE);
}

#endif
