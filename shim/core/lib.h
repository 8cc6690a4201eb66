/* SPDX-License-Identifier: GPL-2.0-only */
/* The four functions that a freestanding compiler counts on. */
#ifndef SHIM_CORE_LIB_H
#define SHIM_CORE_LIB_H

#include <stddef.h>

void *memcpy(void *dst, const void *src, size_t n);
void *memmove(void *dst, const void *src, size_t n);
void *memset(void *dst, int c, size_t n);
int memcmp(const void *a, const void *b, size_t n);

#endif
