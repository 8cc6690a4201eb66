/* SPDX-License-Identifier: MIT */
/*
 * Where the C library differs: the same sources compile inside Xen (-D__XEN__),
 * freestanding in the shim, and hosted in tools and tests. What the codec needs
 * of its surroundings, and no more: fixed-width types, bool, errno values,
 * memcpy, memset, memcmp.
 */
#ifndef INTERREX_PLATFORM_H
#define INTERREX_PLATFORM_H

#if defined(__XEN__)

#include <xen/types.h>
#include <xen/errno.h>
#include <xen/string.h>

#else

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#if __STDC_HOSTED__

#include <errno.h>
#include <string.h>

#else

/* The compiler expects these of a freestanding program too. */
void *memcpy(void *dst, const void *src, size_t n);
void *memset(void *dst, int c, size_t n);
int memcmp(const void *a, const void *b, size_t n);

/* Values of xen/include/public/errno.h, which are Linux's. */
#ifndef EINVAL
#define E2BIG      7
#define EBUSY      16
#define ENODEV     19
#define EINVAL     22
#define ENOSPC     28
#define ERANGE     34
#define EILSEQ     84
#define EOVERFLOW  75
#define EOPNOTSUPP 95
#define ENODATA    61
#define ENOENT     2
#endif

#endif
#endif
#endif
