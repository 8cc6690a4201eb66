/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TESTS_ASM_PAGING_H
#define TESTS_ASM_PAGING_H

#include <xen/sched.h>

/* It has a p2m, and its pages are not the frames that it names. */
#define paging_mode_external(d) (!is_pv_domain(d))

#endif
