/* SPDX-License-Identifier: MIT */
/*
 * Interrex handoff ABI: fixed-width types and the layout check.
 *
 * THIS IS A CONTRACT between hypervisor builds that never meet. Every structure
 * of this folder is little-endian, free of pointers, enums, bit-fields and
 * implicit padding, and IRX_SIZE/IRX_OFFSET pin its size and its offsets.
 * Whoever changes a structure appends to it, raises IRX_ABI_MINOR (or
 * IRX_ABI_MAJOR), updates docs/abi.md and adds a golden set (handoff-abi/golden).
 */
#ifndef INTERREX_ABI_TYPES_H
#define INTERREX_ABI_TYPES_H

#if defined(__XEN__)
#include <xen/types.h>
#else
#include <stddef.h>
#include <stdint.h>
#endif

/* Compile-time pin of a structure's size and of one member's offset. */
#define IRX_SIZE(type, size) _Static_assert(sizeof(type) == (size), "size of " #type)
#define IRX_OFFSET(type, member, offset)                                                           \
    _Static_assert(offsetof(type, member) == (offset), "offset of " #type "." #member)

/* An offset from the start of the region R, in bytes; 0 = none (the anchor is never pointed to). */
typedef uint64_t irx_off_t;

#define IRX_PAGE_SIZE 4096u

#endif
