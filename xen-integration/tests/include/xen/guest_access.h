/* SPDX-License-Identifier: GPL-2.0-only */
/* A guest's memory is the test's own. */
#ifndef TESTS_XEN_GUEST_ACCESS_H
#define TESTS_XEN_GUEST_ACCESS_H

#include <xen/types.h>

#define guest_handle_is_null(handle) ((handle).p == NULL)
#define guest_handle_from_ptr(ptr, type)                                      \
    ((XEN_GUEST_HANDLE_PARAM(type)){ (type *)(ptr) })

/* 0, as of memory that is there. */
#define copy_from_guest(to, handle, nr)                                       \
    (memcpy((to), (handle).p, sizeof(*(to)) * (nr)), 0)
#define copy_to_guest(handle, from, nr)                                       \
    (memcpy((handle).p, (from), sizeof(*(from)) * (nr)), 0)

#endif
