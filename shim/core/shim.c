/* SPDX-License-Identifier: GPL-2.0-only */
#include "shim.h"

#include "hw.h"
#include "lib.h"

#define FXSAVE_SIZE        512u
#define FXSAVE_MXCSR_MASK  28u
#define MXCSR_MASK_DEFAULT 0xffbfu

struct shim shim;

/* From the image that FXSAVE writes; 0 there stands for the oldest CPUs' bits. */
static uint32_t mxcsr_mask(void)
{
    static uint8_t area[FXSAVE_SIZE] __attribute__((aligned(64)));
    uint32_t mask;

    hw_fxsave(area, true);
    memcpy(&mask, area + FXSAVE_MXCSR_MASK, sizeof(mask));
    return mask ? mask : MXCSR_MASK_DEFAULT;
}

void host_features_read(struct host_features *h)
{
    struct cpuid_regs one = hw_cpuid(1, 0), ext = hw_cpuid(0x80000000u, 0);

    h->xsave = one.c & BIT(26);
    h->tsc_deadline = one.c & BIT(24);
    h->phys_bits = 36;
    h->fpu_ptrs_bug = true;
    h->mxcsr_mask = mxcsr_mask();
    if (ext.a >= 0x80000001u) {
        struct cpuid_regs r = hw_cpuid(0x80000001u, 0);

        h->page_1g = r.d & BIT(26);
        h->rdtscp = r.d & BIT(27);
    }
    if (ext.a >= 0x80000008u) {
        struct cpuid_regs r = hw_cpuid(0x80000008u, 0);

        h->phys_bits = (uint8_t)r.a;
        h->ibpb = r.b & BIT(12);
        h->fpu_ptrs_bug = !(r.b & BIT(2));
    }
}
