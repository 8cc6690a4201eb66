/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TESTS_ASM_CPUFEATURE_H
#define TESTS_ASM_CPUFEATURE_H

#include <xen/types.h>

extern bool cpu_has_page1gb;

#endif
