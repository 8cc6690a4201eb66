/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Types of the shim: spaces and units are distinct types, so that a gfn never
 * passes for an mfn.
 */
#ifndef SHIM_CORE_TYPES_H
#define SHIM_CORE_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct {
    uint64_t v;
} gfn_t; /* guest frame number */

typedef struct {
    uint64_t v;
} mfn_t; /* machine frame number */

typedef uint64_t paddr_t; /* machine physical address; the shim's own memory has VA = PA */
typedef uint64_t tsc_t;   /* host TSC ticks */
typedef uint64_t ns_t;    /* system time of the guest's Xen, ns */

#define GFN(x) ((gfn_t){(x)})
#define MFN(x) ((mfn_t){(x)})

#define PAGE_SHIFT 12u
#define PAGE_SIZE  4096ull
#define PAGE_MASK  (~(PAGE_SIZE - 1))

#define TSC_NEVER (~0ull)
#define NS_NEVER  (~0ull)

#define ARRAY_SIZE(a)  (sizeof(a) / sizeof((a)[0]))
#define MIN(a, b)      ((a) < (b) ? (a) : (b))
#define MAX(a, b)      ((a) > (b) ? (a) : (b))
#define DIV_UP(a, b)   (((a) + (b)-1) / (b))
#define BIT(n)         (1ull << (n))
#define ALIGNED(x, to) (((x) & ((to)-1)) == 0)

/* Bits 63 to 47 of a linear address are equal: four levels of page tables. */
static inline bool is_canonical(uint64_t va)
{
    return (uint64_t)((int64_t)(va << 16) >> 16) == va;
}

/* errno values as Xen's public/errno.h has them; the ABI carries them negated. */
#define SHIM_EPERM   1
#define SHIM_ENOENT  2
#define SHIM_ENOMEM  12
#define SHIM_EACCES  13
#define SHIM_EFAULT  14
#define SHIM_EBUSY   16
#define SHIM_EEXIST  17
#define SHIM_ENODEV  19
#define SHIM_EINVAL  22
#define SHIM_ENOSPC  28
#define SHIM_ENOSYS  38
#define SHIM_ENOTSUP 95

#endif
