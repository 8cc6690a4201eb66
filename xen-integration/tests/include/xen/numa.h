/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TESTS_XEN_NUMA_H
#define TESTS_XEN_NUMA_H

#include <xen/types.h>

#define MAX_NUMNODES 64
#define NUMA_NO_NODE 0xff

unsigned int phys_to_nid(paddr_t address);

#endif
