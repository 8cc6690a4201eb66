/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TESTS_XEN_VMAP_H
#define TESTS_XEN_VMAP_H

#include <xen/xmalloc.h>

#define vzalloc(size) world_alloc(size)
#define vmalloc(size) world_alloc(size)
#define vfree         free

#endif
