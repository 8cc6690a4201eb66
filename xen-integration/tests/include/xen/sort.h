/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TESTS_XEN_SORT_H
#define TESTS_XEN_SORT_H

#include <xen/types.h>

void sort(void *base, size_t nr, size_t size,
          int (*compare)(const void *, const void *),
          void (*swap)(void *, void *, size_t));

#endif
