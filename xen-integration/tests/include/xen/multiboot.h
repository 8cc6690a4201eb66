/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TESTS_XEN_MULTIBOOT_H
#define TESTS_XEN_MULTIBOOT_H

#include <xen/types.h>

typedef struct {
    uint32_t mod_start, mod_end, string, reserved;
} module_t;

#endif
