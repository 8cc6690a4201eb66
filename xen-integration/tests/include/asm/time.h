/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TESTS_ASM_TIME_H
#define TESTS_ASM_TIME_H

#include <xen/types.h>

extern unsigned long cpu_khz;

#define rdtsc() 4711ULL

/* As processor.h has it. */
static inline uint64_t rdtsc_ordered(void)
{
    return 1;
}

#endif
