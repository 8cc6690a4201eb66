/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TESTS_XEN_HYPERCALL_H
#define TESTS_XEN_HYPERCALL_H

#include <xen/sched.h>

/* The case plays both: when fn runs, and what a call that goes on is. */
int continue_hypercall_on_cpu(unsigned int cpu, long (*fn)(void *), void *arg);
long hypercall_create_continuation(unsigned int op, const char *format, ...);
#endif
