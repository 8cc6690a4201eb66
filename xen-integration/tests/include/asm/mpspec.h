/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TESTS_ASM_MPSPEC_H
#define TESTS_ASM_MPSPEC_H

#include <asm/smp.h>

extern bool def_to_bigsmp;

#endif
