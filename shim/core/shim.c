/* SPDX-License-Identifier: GPL-2.0-only */
#include "shim.h"

#include "hw.h"

struct shim shim;

void host_features_read(struct host_features *h)
{
    struct cpuid_regs one = hw_cpuid(1, 0), ext = hw_cpuid(0x80000000u, 0);

    h->xsave = one.c & BIT(26);
    h->tsc_deadline = one.c & BIT(24);
    h->phys_bits = 36;
    if (ext.a >= 0x80000001u) {
        struct cpuid_regs r = hw_cpuid(0x80000001u, 0);

        h->page_1g = r.d & BIT(26);
        h->rdtscp = r.d & BIT(27);
    }
    if (ext.a >= 0x80000008u) {
        struct cpuid_regs r = hw_cpuid(0x80000008u, 0);

        h->phys_bits = (uint8_t)r.a;
        h->ibpb = r.b & BIT(12);
    }
}
