/* SPDX-License-Identifier: GPL-2.0-only */
/* Page-table entries. */
#ifndef SHIM_CORE_PTE_H
#define SHIM_CORE_PTE_H

#include "types.h"

/* Of long mode: AMD64 APM volume 2, section 5.3. */
#define PTE_P    BIT(0)
#define PTE_RW   BIT(1)
#define PTE_US   BIT(2)
#define PTE_PWT  BIT(3)
#define PTE_PCD  BIT(4)
#define PTE_A    BIT(5)
#define PTE_D    BIT(6)
#define PTE_PS   BIT(7)
#define PTE_G    BIT(8)
#define PTE_NX   BIT(63)
#define PTE_ADDR 0x000ffffffffff000ull

/*
 * Of nested tables, as a vendor has them: four levels of 512 entries, level 1 maps
 * 4 KiB, addresses are where PTE_ADDR has them. Data and not functions: tables are
 * walked several times at each exit.
 */
struct npt_format {
    uint64_t present;        /* an entry with none of these bits is empty */
    uint64_t table;          /* set in one that leads to a table */
    uint64_t leaf;           /* set in one that maps a page */
    uint64_t large;          /* set in one that maps, above level 1: tells it from a table */
    uint64_t writable;       /* set where the guest may write */
    uint64_t executable;     /* set where it may execute, */
    uint64_t not_executable; /* and where it may not */
};

#endif
