/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TESTS_PUBLIC_SCHED_H
#define TESTS_PUBLIC_SCHED_H

#include <xen/types.h>
#include <xen/xen.h>
#include_next <xen/sched.h>

#endif
