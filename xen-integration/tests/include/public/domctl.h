/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TESTS_PUBLIC_DOMCTL_H
#define TESTS_PUBLIC_DOMCTL_H

#include <xen/types.h>
#include_next <xen/domctl.h>

#endif
