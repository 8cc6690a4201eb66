/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TESTS_PUBLIC_KEXEC_H
#define TESTS_PUBLIC_KEXEC_H

#include <xen/types.h>
#include_next <xen/kexec.h>

#endif
