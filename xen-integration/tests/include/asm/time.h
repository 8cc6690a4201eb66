/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TESTS_ASM_TIME_H
#define TESTS_ASM_TIME_H

extern unsigned long cpu_khz;

#define rdtsc() 4711ULL

#endif
