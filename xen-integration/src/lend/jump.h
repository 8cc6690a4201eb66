/* SPDX-License-Identifier: GPL-2.0-only */
/* See jump.S. */
#ifndef INTERREX_JUMP_H
#define INTERREX_JUMP_H

#include <xen/compiler.h>

void noreturn interrex_jump(volatile unsigned int *cpu_state,
                            unsigned int dead_value, unsigned long cr3,
                            unsigned long region_base, unsigned long cpu_slot,
                            unsigned long target);

#endif
