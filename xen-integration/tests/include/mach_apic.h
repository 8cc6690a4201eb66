/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TESTS_MACH_APIC_H
#define TESTS_MACH_APIC_H

#include <xen/cpumask.h>

/* CPUs to which an interrupt goes that is sent to this one. */
const cpumask_t *vector_allocation_cpumask(unsigned int cpu);

#endif
