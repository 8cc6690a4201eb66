/* SPDX-License-Identifier: GPL-2.0-only */
/* What a Xen that an update started has still to give to its heap, as status and report show it. */
#ifndef INTERREX_DOM0_HEAP_H
#define INTERREX_DOM0_HEAP_H

#include <stdio.h>

#include <jansson.h>

#include "xen.h"

/*
 * Adds to host, of the Xen that runs, of which info is: heap_to_come_mib, and heap_full_ms after dom0
 * ran (null: not yet). Nothing where no update started it, or it does not tell.
 */
void irx_heap_add(json_t *host, const struct irx_xen *xen, const struct irx_op_info *info);
/* For people; nothing where the heap has all. */
void irx_heap_print(const json_t *host, FILE *out);

#endif
