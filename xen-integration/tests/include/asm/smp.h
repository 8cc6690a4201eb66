/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TESTS_ASM_SMP_H
#define TESTS_ASM_SMP_H

#include <xen/cpumask.h>

extern uint32_t x86_cpu_to_apicid[NR_CPUS];

#endif
