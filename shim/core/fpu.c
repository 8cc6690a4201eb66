/* SPDX-License-Identifier: GPL-2.0-only */
#include "fpu.h"

#include "lib.h"
#include "xenabi.h"

#define LEGACY_SIZE  512u
#define FCW_RESET    0x0040u /* Xen's vcpu_setup_fpu(): state of a vCPU that never used its FPU */
#define MXCSR_RESET  0x1f80u
#define FXSAVE_MXCSR 24u
#define MXCSR_VALID  0xffffu
#define XCR0_X87     BIT(0)
#define XCR0_SSE     BIT(1)

/* Payload of Xen's CPU_XSAVE record: three words, then the image in standard format. */
struct xsave_record {
    uint64_t xfeature_mask, xcr0, xcr0_accum;
    uint8_t image[];
};
#define XSAVE_HEADER 24u

static bool has_xsave(const struct vcpu *v)
{
    return v->rec->flags & IRX_VCPUF_XSAVE;
}

bool fpu_validate(const struct irx_vcpu *r)
{
    const struct xsave_record *x = (const struct xsave_record *)r->xsave;
    struct cpuid_regs host;

    if (!(r->flags & IRX_VCPUF_XSAVE))
        return true;
    if (!shim.host.xsave)
        return false;
    host = hw_cpuid(0xd, 0);
    return !(x->xcr0_accum & ~(((uint64_t)host.d << 32) | host.a));
}

void fpu_import(struct vcpu *v)
{
    const struct hvm_hw_cpu *c = vcpu_hw_cpu(v);
    const struct xsave_record *x = (const struct xsave_record *)v->rec->xsave;
    uint16_t fcw = FCW_RESET;
    uint32_t mxcsr = MXCSR_RESET;

    memset(v->fpu, 0, PAGE_SIZE);
    v->xcr0 = v->xcr0_accum = 0;
    if (has_xsave(v)) {
        v->xcr0 = x->xcr0;
        v->xcr0_accum = x->xcr0_accum;
        memcpy(v->fpu, x->image, v->rec->xsave_size - XSAVE_HEADER);
    } else if (c->flags & XEN_X86_FPU_INITIALISED) {
        memcpy(v->fpu, c->fpu_regs, LEGACY_SIZE);
    } else {
        memcpy(v->fpu, &fcw, sizeof(fcw));
        memcpy(v->fpu + FXSAVE_MXCSR, &mxcsr, sizeof(mxcsr));
    }
    /* Reserved bits would fault in the shim. */
    memcpy(&mxcsr, v->fpu + FXSAVE_MXCSR, sizeof(mxcsr));
    mxcsr &= MXCSR_VALID;
    memcpy(v->fpu + FXSAVE_MXCSR, &mxcsr, sizeof(mxcsr));
}

void fpu_export(struct vcpu *v)
{
    struct hvm_hw_cpu *c = vcpu_hw_cpu(v);
    struct xsave_record *x = (struct xsave_record *)v->rec->xsave;

    memcpy(c->fpu_regs, v->fpu, LEGACY_SIZE);
    c->flags |= XEN_X86_FPU_INITIALISED;
    if (has_xsave(v)) {
        x->xcr0 = v->xcr0;
        x->xcr0_accum = v->xcr0_accum;
        memcpy(x->image, v->fpu, v->rec->xsave_size - XSAVE_HEADER);
    }
}

void fpu_load(struct vcpu *v)
{
    if (!has_xsave(v)) {
        if (shim.host.xsave)
            hw_set_xcr0(XCR0_X87 | XCR0_SSE);
        hw_fxrstor(v->fpu);
        return;
    }
    hw_set_xcr0(v->xcr0_accum);
    hw_xrstor(v->fpu, v->xcr0_accum);
    hw_set_xcr0(v->xcr0);
}

void fpu_save(struct vcpu *v)
{
    if (!has_xsave(v)) {
        hw_fxsave(v->fpu);
        return;
    }
    hw_set_xcr0(v->xcr0_accum);
    hw_xsave(v->fpu, v->xcr0_accum);
}
