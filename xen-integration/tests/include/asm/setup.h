/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TESTS_ASM_SETUP_H
#define TESTS_ASM_SETUP_H

#include <xen/multiboot.h>

extern uint64_t boot_tsc_stamp;

/* mod_start is a frame, mod_end bytes. NULL: all mappings end, what they gave is no longer valid. */
void *bootstrap_map(const module_t *module);

#endif
