/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TESTS_XEN_EVENT_H
#define TESTS_XEN_EVENT_H

#include <xen/types.h>

struct domain;

/* There is always something else to do. */
#define hypercall_preempt_check() true
void vcpu_yield(void);

#endif
