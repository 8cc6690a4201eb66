/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TESTS_XEN_ERR_H
#define TESTS_XEN_ERR_H

#include <xen/errno.h>
#include <xen/types.h>

static inline void *ERR_PTR(long error)
{
    return (void *)error;
}

static inline long PTR_ERR(const void *pointer)
{
    return (long)pointer;
}

static inline bool IS_ERR(const void *pointer)
{
    return (unsigned long)pointer > -4096UL;
}

#endif
