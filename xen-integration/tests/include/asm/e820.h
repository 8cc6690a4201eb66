/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TESTS_ASM_E820_H
#define TESTS_ASM_E820_H

#include <xen/types.h>

#define E820_RAM      1
#define E820_RESERVED 2
#define E820_ACPI     3
#define E820_NVS      4
#define E820_UNUSABLE 5
#define E820MAX       1024

struct e820entry {
    uint64_t addr, size;
    uint32_t type;
};

struct e820map {
    unsigned int nr_map;
    struct e820entry map[E820MAX];
};

/* The machine's, as Xen keeps it. */
extern struct e820map e820;

/* Makes RAM from start to end reserved. 0: it is not all RAM of one entry. */
int reserve_e820_ram(struct e820map *map, uint64_t start, uint64_t end);

#endif
