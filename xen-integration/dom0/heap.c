/* SPDX-License-Identifier: GPL-2.0-only */
#include "heap.h"

#include "json_get.h"

void irx_heap_add(json_t *host, const struct irx_xen *xen, const struct irx_op_info *info)
{
    struct irx_op_heap heap;

    if (irx_xen_heap(xen, &heap) || (!heap.to_come && !heap.full_tsc))
        return;
    json_object_set_new(host, "heap_to_come_mib",
                        json_integer((json_int_t)((heap.to_come + 255) / 256)));
    json_object_set_new(host, "heap_full_ms",
                        heap.full_tsc > info->dom0_tsc && info->tsc_khz
                            ? json_real((double)(heap.full_tsc - info->dom0_tsc) / info->tsc_khz)
                            : json_null());
}

void irx_heap_print(const json_t *host, FILE *out)
{
    if (irx_json_integer(host, "heap_to_come_mib"))
        fprintf(out, "memory   %lld MiB of what is free are on their way into Xen's heap\n",
                irx_json_integer(host, "heap_to_come_mib"));
}
