/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The registers in a vCPU's records: what x86 and the format of Xen's HVM save
 * records (public/arch-x86/hvm/save.h, Xen 4.17) have rules for, of any vendor.
 * Which of them a CPU supports, the reader's own code knows.
 */
#include "live_internal.h"

/* ---- struct hvm_hw_cpu ---- */

enum {
    AT_CR0 = 656,
    AT_DR6 = 720,
    AT_DR7 = 728,
    AT_EFER = 992,
    AT_TSC_AUX = 1000,
    AT_EVENT = 1016,
    AT_ERROR = 1020,
    AT_FLAGS = 1024,
    AT_PAD = 1028,
};

#define CR0_PE        (1ull << 0)
#define CR0_PG        (1ull << 31)
#define EFER_LME      (1ull << 8)
#define EFER_LMA      (1ull << 10)
#define FLAGS_FPU     1u /* XEN_X86_FPU_INITIALISED */
#define EVENT_VALID   (1u << 31)
#define EVENT_CODE    (1u << 11)  /* with an error code */
#define EVENT_UNUSED  0x7ffff000u /* reserved; AMD APM volume 2, 15.20: EVENTINJ */
#define EVENT_TYPE(e) ((e) >> 8 & 7u)
#define TYPE_MAX      4u /* software interrupt */

static uint64_t get64(const uint8_t *record, uint32_t at)
{
    uint64_t value;

    __builtin_memcpy(&value, record + at, sizeof(value));
    return value;
}

static uint32_t get32(const uint8_t *record, uint32_t at)
{
    uint32_t value;

    __builtin_memcpy(&value, record + at, sizeof(value));
    return value;
}

static int refuse(struct irx_live_error *err, const char *what, uint32_t id, uint64_t value,
                  uint64_t expected)
{
    return irx_live_refuse(err, IRX_LE_RANGE, what, id, value, expected);
}

static int check_control(const uint8_t *cpu, uint32_t id, struct irx_live_error *err)
{
    uint64_t cr0 = get64(cpu, AT_CR0), efer = get64(cpu, AT_EFER);

    if (cr0 >> 32 || (cr0 & (CR0_PE | CR0_PG)) == CR0_PG)
        return refuse(err, "vcpu.cpu.cr0", id, cr0, CR0_PE);
    if ((efer & EFER_LMA) && (!(efer & EFER_LME) || !(cr0 & CR0_PG)))
        return refuse(err, "vcpu.cpu.msr_efer", id, efer, EFER_LME);
    if (get64(cpu, AT_DR6) >> 32)
        return refuse(err, "vcpu.cpu.dr6", id, get64(cpu, AT_DR6), 0);
    if (get64(cpu, AT_DR7) >> 32)
        return refuse(err, "vcpu.cpu.dr7", id, get64(cpu, AT_DR7), 0);
    if (get64(cpu, AT_TSC_AUX) >> 32)
        return refuse(err, "vcpu.cpu.msr_tsc_aux", id, get64(cpu, AT_TSC_AUX), 0);
    return 0;
}

static int check_event(const uint8_t *cpu, uint32_t id, struct irx_live_error *err)
{
    uint32_t event = get32(cpu, AT_EVENT), code = get32(cpu, AT_ERROR);

    if (get32(cpu, AT_FLAGS) & ~FLAGS_FPU)
        return refuse(err, "vcpu.cpu.flags", id, get32(cpu, AT_FLAGS), FLAGS_FPU);
    if (get32(cpu, AT_PAD))
        return refuse(err, "vcpu.cpu.pad0", id, get32(cpu, AT_PAD), 0);
    if (!(event & EVENT_VALID))
        return 0;
    if (EVENT_TYPE(event) == 1 || EVENT_TYPE(event) > TYPE_MAX || (event & EVENT_UNUSED))
        return refuse(err, "vcpu.cpu.pending_event", id, event, TYPE_MAX);
    if ((event & EVENT_CODE) && code >> 16)
        return refuse(err, "vcpu.cpu.error_code", id, code, 0xffff);
    return 0;
}

/* ---- struct hvm_hw_lapic ---- */

enum { AT_DISABLED = 8, AT_DIVISOR = 12 };

#define DIVISOR_MAX 128u /* Intel SDM volume 3, 11.5.4 */

static int check_lapic(const uint8_t *lapic, uint32_t id, struct irx_live_error *err)
{
    const uint32_t disabled = IRX_LAPIC_HW_DISABLED | IRX_LAPIC_SW_DISABLED;
    uint32_t divisor = get32(lapic, AT_DIVISOR);

    if (get32(lapic, AT_DISABLED) & ~disabled)
        return refuse(err, "vcpu.lapic.disabled", id, get32(lapic, AT_DISABLED), disabled);
    if (!divisor || divisor > DIVISOR_MAX || (divisor & (divisor - 1)))
        return refuse(err, "vcpu.lapic.timer_divisor", id, divisor, DIVISOR_MAX);
    return 0;
}

/* ---- struct hvm_hw_cpu_xsave ---- */

enum {
    AT_XCR0 = 8,
    AT_XCR0_ACCUM = 16,
    AT_IMAGE = 24,
    AT_XSTATE_BV = AT_IMAGE + 512, /* the XSAVE header: Intel SDM volume 1, 13.4.2 */
    HEADER_SIZE = 64,
};

/* Xen's valid_xcr0(); Intel SDM volume 1, 13.3 */
bool irx_xcr0_valid(uint64_t xcr0)
{
    const uint64_t avx512 = IRX_XCR0_OPMASK | IRX_XCR0_ZMM | IRX_XCR0_HI_ZMM;
    const uint64_t mpx = IRX_XCR0_BNDREGS | IRX_XCR0_BNDCSR;

    if (!(xcr0 & IRX_XCR0_X87))
        return false;
    if ((xcr0 & IRX_XCR0_YMM) && !(xcr0 & IRX_XCR0_SSE))
        return false;
    if ((xcr0 & avx512) && (!(xcr0 & IRX_XCR0_YMM) || (xcr0 & avx512) != avx512))
        return false;
    return !(xcr0 & mpx) || (xcr0 & mpx) == mpx;
}

int irx_xsave_validate(const struct irx_vcpu *v, uint32_t id, struct irx_live_error *err)
{
    uint64_t xcr0 = get64(v->xsave, AT_XCR0), accum = get64(v->xsave, AT_XCR0_ACCUM);
    uint64_t bv = get64(v->xsave, AT_XSTATE_BV);
    size_t rest = HEADER_SIZE - sizeof(bv);

    if (!(v->flags & IRX_VCPUF_XSAVE))
        return 0;
    if (v->xsave_size < AT_XSTATE_BV + HEADER_SIZE)
        return irx_live_refuse(err, IRX_LE_SIZE, "vcpu.xsave_size", id, v->xsave_size,
                               AT_XSTATE_BV + HEADER_SIZE);
    if (!irx_xcr0_valid(xcr0) || (xcr0 & ~accum))
        return refuse(err, "vcpu.xsave.xcr0", id, xcr0, accum);
    if (!irx_xcr0_valid(accum))
        return refuse(err, "vcpu.xsave.xcr0_accum", id, accum, xcr0);
    /* x87 and SSE are used without XCR0. */
    if (bv & ~(accum | IRX_XCR0_X87 | IRX_XCR0_SSE))
        return refuse(err, "vcpu.xsave.xstate_bv", id, bv, accum);
    /* Compact format, and what XRSTOR faults on. */
    if (irx_first_nonzero(v->xsave + AT_XSTATE_BV + sizeof(bv), rest) < rest)
        return refuse(err, "vcpu.xsave.xcomp_bv", id, get64(v->xsave, AT_XSTATE_BV + 8), 0);
    return 0;
}

int irx_registers_validate(const struct irx_vcpu *v, uint32_t vcpu_id, struct irx_live_error *err)
{
    int rc = check_control(v->cpu, vcpu_id, err);

    if (!rc)
        rc = check_event(v->cpu, vcpu_id, err);
    if (!rc)
        rc = check_lapic(v->lapic, vcpu_id, err);
    return rc ? rc : irx_xsave_validate(v, vcpu_id, err);
}
