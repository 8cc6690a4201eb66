/* SPDX-License-Identifier: GPL-2.0-only */
#include <xen/xen.h>
#include_next <xen/sched.h>
