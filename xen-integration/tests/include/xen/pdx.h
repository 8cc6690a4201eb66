/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TESTS_XEN_PDX_H
#define TESTS_XEN_PDX_H

#include <xen/mm.h>
#include <xen/pfn.h>

#endif
