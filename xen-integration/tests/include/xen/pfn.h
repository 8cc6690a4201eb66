/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TESTS_XEN_PFN_H
#define TESTS_XEN_PFN_H

#include <asm/page.h>

#define PFN_DOWN(address) ((address) >> PAGE_SHIFT)
#define PFN_UP(address)   (((address) + PAGE_SIZE - 1) >> PAGE_SHIFT)

#endif
