/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TESTS_ASM_SMP_H
#define TESTS_ASM_SMP_H

#include <xen/cpumask.h>

extern uint32_t x86_cpu_to_apicid[NR_CPUS];
extern bool unaccounted_cpus;

/* Of a CPU's core, those that are online. */
extern cpumask_t world_siblings[NR_CPUS];
#define cpu_sibling_mask    world_siblings
#define per_cpu(table, cpu) (&(table)[cpu])

#endif
