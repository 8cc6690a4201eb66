/* SPDX-License-Identifier: GPL-2.0-only */
/* Long-mode page-table entries: AMD64 APM volume 2, section 5.3; nested ones have the same form. */
#ifndef SHIM_CORE_PTE_H
#define SHIM_CORE_PTE_H

#include "types.h"

#define PTE_P    BIT(0)
#define PTE_RW   BIT(1)
#define PTE_US   BIT(2)
#define PTE_PWT  BIT(3)
#define PTE_PCD  BIT(4)
#define PTE_A    BIT(5)
#define PTE_D    BIT(6)
#define PTE_PS   BIT(7)
#define PTE_NX   BIT(63)
#define PTE_ADDR 0x000ffffffffff000ull

#endif
