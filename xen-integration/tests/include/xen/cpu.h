/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TESTS_XEN_CPU_H
#define TESTS_XEN_CPU_H

/* Brings the CPU with this number online. */
long cpu_up_helper(void *cpu);
long cpu_down_helper(void *cpu);

#endif
