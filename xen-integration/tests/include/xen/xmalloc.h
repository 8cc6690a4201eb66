/* SPDX-License-Identifier: GPL-2.0-only */
/* A case can let the n-th allocation from now on fail: world_alloc_fails. */
#ifndef TESTS_XEN_XMALLOC_H
#define TESTS_XEN_XMALLOC_H

#include <xen/types.h>

void *world_alloc(size_t size);

#define xzalloc(type)           ((type *)world_alloc(sizeof(type)))
#define xfree                   free
#define xmalloc_array(type, nr) ((type *)world_alloc((nr) * sizeof(type)))

#endif
