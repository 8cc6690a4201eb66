/* SPDX-License-Identifier: GPL-2.0-only */
/* Source: Xen's i387.c and xstate.c. */
#include "fpu.h"

#include <interrex/live.h>

#include "lib.h"
#include "policy.h"
#include "xenabi.h"

#define LEGACY_SIZE 512u
#define FCW_RESET   0x0040u /* Xen's vcpu_setup_fpu(): state of a vCPU that never used its FPU */
#define MXCSR_RESET 0x1f80u
#define WORD_SIZE   511u /* FPU_WORD_SIZE_OFFSET: bytes of FIP and FDP in the image, 0 = 8 */
#define XCR0_FP_SSE (IRX_XCR0_X87 | IRX_XCR0_SSE)
#define XCR0_PKRU   BIT(9)
#define LEAF_XSTATE 0xdu
#define HEADER_END  576u /* of the standard format: legacy area and XSAVE header */
#define FSW_ERROR   BIT(7)
#define EXCEPTIONS  0x3fu
/* No address and no selector: to see whether the CPU writes FIP. */
#define POISON 0x6a3f5c4b13a533f6ull

/* Payload of Xen's CPU_XSAVE record: three words, then the image in standard format. */
struct xsave_record {
    uint64_t xfeature_mask, xcr0, xcr0_accum;
    uint8_t image[];
};
#define XSAVE_HEADER 24u
#define XSAVE_ROOM   MIN(IRX_XSAVE_MAX - XSAVE_HEADER, PAGE_SIZE)

/* The image's first bytes: APM volume 2, 11.4.4. */
struct fx_head {
    uint16_t fcw, fsw, ftw, fop;
    uint64_t fip, fdp; /* with 4-byte words the selectors are in bits 32 to 47 */
    uint32_t mxcsr, mxcsr_mask;
};

static struct fx_head *head(const struct vcpu *v)
{
    return (struct fx_head *)(void *)v->fpu;
}

static bool has_xsave(const struct vcpu *v)
{
    return v->rec->flags & IRX_VCPUF_XSAVE;
}

static uint64_t host_xcr0(void)
{
    struct cpuid_regs host = hw_cpuid(LEAF_XSTATE, 0);

    return ((uint64_t)host.d << 32) | host.a;
}

/* cpu_policy_xcr0_max() */
static uint64_t policy_xcr0(const struct dom *d)
{
    struct cpuid_regs r;

    policy_leaf(d, LEAF_XSTATE, 0, &r);
    return ((uint64_t)r.d << 32) | r.a;
}

/* xstate_ctxt_size(): bytes of an image with these components. */
static uint32_t image_size(uint64_t components)
{
    uint32_t size = HEADER_END;

    for (uint32_t i = 2; i < 64; i++) {
        struct cpuid_regs r;

        if (!(components & BIT(i)))
            continue;
        r = hw_cpuid(LEAF_XSTATE, i);
        size = MAX(size, r.a + r.b);
    }
    return size;
}

bool fpu_validate(const struct dom *d, const struct irx_vcpu *r)
{
    const struct xsave_record *x = (const struct xsave_record *)r->xsave;

    if (!(r->flags & IRX_VCPUF_XSAVE))
        return true;
    return shim.host.xsave && !(x->xcr0_accum & ~(host_xcr0() & policy_xcr0(d))) &&
           r->xsave_size == XSAVE_HEADER + image_size(x->xcr0_accum);
}

void fpu_import(struct vcpu *v)
{
    const struct hvm_hw_cpu *c = vcpu_hw_cpu(v);
    const struct xsave_record *x = (const struct xsave_record *)v->rec->xsave;

    memset(v->fpu, 0, PAGE_SIZE);
    v->xcr0 = v->xcr0_accum = 0;
    if (has_xsave(v)) {
        v->xcr0 = x->xcr0;
        v->xcr0_accum = x->xcr0_accum;
        memcpy(v->fpu, x->image, v->rec->xsave_size - XSAVE_HEADER);
    } else if (c->flags & XEN_X86_FPU_INITIALISED) {
        memcpy(v->fpu, c->fpu_regs, LEGACY_SIZE);
    } else {
        head(v)->fcw = FCW_RESET;
        head(v)->mxcsr = MXCSR_RESET;
    }
    head(v)->mxcsr &= shim.host.mxcsr_mask; /* another bit would fault in the shim */
}

/* SSE is used without XCR0, and its state counted by XSAVE: what is in the image is in xcr0_accum,
   or validate_xstate() refuses it. */
void fpu_export(struct vcpu *v)
{
    struct hvm_hw_cpu *c = vcpu_hw_cpu(v);
    struct xsave_record *x = (struct xsave_record *)v->rec->xsave;

    memcpy(c->fpu_regs, v->fpu, LEGACY_SIZE);
    c->flags |= XEN_X86_FPU_INITIALISED;
    if (!has_xsave(v))
        return;
    v->rec->xsave_size = XSAVE_HEADER + image_size(v->xcr0_accum);
    x->xfeature_mask = host_xcr0();
    x->xcr0 = v->xcr0;
    x->xcr0_accum = v->xcr0_accum | XCR0_FP_SSE;
    memcpy(x->image, v->fpu, v->rec->xsave_size - XSAVE_HEADER);
}

/* ---- to the CPU, and back ---- */

/* fpu_xrstor(), fpu_fxrstor() */
void fpu_load(struct vcpu *v)
{
    bool wide = v->fpu[WORD_SIZE] != 4 && v->fpu[WORD_SIZE] != 2;

    if (shim.host.fpu_ptrs_bug && !(head(v)->fsw & ~head(v)->fcw & EXCEPTIONS))
        hw_fpu_forget(v->fpu);
    if (!has_xsave(v)) {
        if (shim.host.xsave)
            hw_set_xcr0(XCR0_FP_SSE);
        hw_fxrstor(v->fpu, wide);
        return;
    }
    hw_set_xcr0(v->xcr0_accum | XCR0_FP_SSE);
    hw_xrstor(v->fpu, v->xcr0_accum | XCR0_FP_SSE, wide);
    hw_set_xcr0(v->xcr0);
}

/* False: FIP and FDP were not written, and the image has what it had. */
static bool save_image(struct vcpu *v, bool wide, bool look)
{
    uint64_t before = head(v)->fip;

    if (!has_xsave(v)) {
        hw_fxsave(v->fpu, wide);
        return !wide || !shim.host.fpu_ptrs_bug || (head(v)->fsw & FSW_ERROR);
    }
    hw_set_xcr0(v->xcr0_accum | XCR0_FP_SSE);
    if (look)
        head(v)->fip = POISON;
    hw_xsave(v->fpu, v->xcr0_accum | XCR0_FP_SSE, wide);
    if (!look || head(v)->fip != POISON)
        return true;
    head(v)->fip = before;
    return false;
}

/* xsave(), fpu_fxsave(). A domain's x87_fip_width: 4 or 8 bytes, or 0, by what is in them. */
void fpu_save(struct vcpu *v)
{
    uint64_t width = v->d->rec->params[HVM_PARAM_X87_FIP_WIDTH];

    if (!save_image(v, width != 4, !width))
        return;
    if (!width && !((head(v)->fip | head(v)->fdp) >> 32)) {
        struct fpu_selectors s = hw_fpu_selectors();

        head(v)->fip |= (uint64_t)s.code << 32;
        head(v)->fdp |= (uint64_t)s.data << 32;
        width = 4;
    }
    v->fpu[WORD_SIZE] = width == 4 ? 4 : 8;
}

/* ---- XCR0 ---- */

/* Components that the guest turns on for the first time are as after reset, and not another's. */
static void reset_components(struct vcpu *v, uint64_t components)
{
    if (!components)
        return;
    head(v)->mxcsr = hw_mxcsr(); /* XRSTOR of AVX loads it */
    hw_xrstor(v->fpu, components, true);
}

/* handle_xsetbv() */
int fpu_set_xcr0(struct vcpu *v, uint64_t value)
{
    uint64_t grown = value | (has_xsave(v) ? v->xcr0_accum : 0);

    if ((value & ~policy_xcr0(v->d)) || !irx_xcr0_valid(value))
        return -SHIM_EINVAL;
    if (!shim.host.xsave || (value & ~host_xcr0()) || image_size(grown) > XSAVE_ROOM ||
        !hw_set_xcr0(value))
        return -SHIM_ENOTSUP;
    reset_components(v, grown & ~(v->xcr0_accum | XCR0_FP_SSE));
    __atomic_fetch_or(&v->rec->flags, IRX_VCPUF_XSAVE, __ATOMIC_SEQ_CST);
    v->xcr0 = value;
    v->xcr0_accum = grown;
    return 0;
}

int fpu_use_pkru(struct vcpu *v)
{
    uint64_t now = v->xcr0 ? v->xcr0 : XCR0_FP_SSE;
    int rc;

    if (v->xcr0_accum & XCR0_PKRU)
        return 0;
    rc = fpu_set_xcr0(v, now | XCR0_PKRU);
    return rc ? rc : fpu_set_xcr0(v, now);
}
