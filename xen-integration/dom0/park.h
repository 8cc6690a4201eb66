/* SPDX-License-Identifier: GPL-2.0-only */
/* Why a vCPU waits for the next Xen, in words. */
#ifndef INTERREX_DOM0_PARK_H
#define INTERREX_DOM0_PARK_H

#include <stddef.h>
#include <stdint.h>

/*
 * irx_vcpu.park_class and park_detail: "memory_op, populate_physmap", "port 0x64". "" where there
 * is nothing to say beyond the numbers. exit_info1: the vendor's.
 */
void irx_park_describe(uint32_t class, uint32_t detail, uint64_t exit_info1, char *to, size_t size);

#endif
