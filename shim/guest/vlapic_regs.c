/* SPDX-License-Identifier: GPL-2.0-only */
/* The guest reads and writes registers of its local APIC: by MSR (x2APIC) and in its page (xAPIC). */
#include "vlapic_regs.h"

#include "core/spec.h"
#include "core/vendor.h"
#include "insn.h"
#include "upcall.h"
#include "vlapic.h"

#define APIC_PAGE 0xfee00000ull

#define LVT_MASK  (LVT_MASKED | LVT_SEND_PENDING | LVT_VECTOR)
#define LINT_MASK (LVT_MASK | MODE_MASK | BIT(13) | BIT(14) | BIT(15))

static void end_of_interrupt(struct vcpu *v)
{
    int vector = lapic_highest(v, APIC_ISR);

    if (vector >= 0) /* no IO-APIC to tell: a PVH domU has none */
        lapic_clear_vector(v, APIC_ISR, (uint8_t)vector);
}

static void write_spiv(struct pcpu *pc, struct vcpu *v, uint32_t value)
{
    struct hvm_hw_lapic *hw = vcpu_hw_lapic(v);

    lapic_set(v, APIC_SPIV, value & 0x3ff);
    if (value & SPIV_ENABLED) {
        hw->disabled &= ~IRX_LAPIC_SW_DISABLED;
        vlapic_timer_unmasked(pc, v);
        if (v->rec->upcall_vector && upcall_pending(pc, v))
            vlapic_raise(pc, v, (uint8_t)v->rec->upcall_vector);
        return;
    }
    hw->disabled |= IRX_LAPIC_SW_DISABLED;
    for (uint32_t r = APIC_LVTT; r <= APIC_LVTERR; r += 0x10)
        lapic_set(v, r, lapic_get(v, r) | LVT_MASKED);
}

static void write_lvt(struct pcpu *pc, struct vcpu *v, uint32_t reg, uint32_t value)
{
    static const uint32_t masks[] = {LVT_MASK | TIMER_MODE,
                                     LVT_MASK | MODE_MASK,
                                     LVT_MASK | MODE_MASK,
                                     LINT_MASK,
                                     LINT_MASK,
                                     LVT_MASK};

    if (reg == APIC_LVTT) {
        if ((lapic_timer_mode(v) == TIMER_DEADLINE) != ((value & TIMER_MODE) == TIMER_DEADLINE)) {
            lapic_set(v, APIC_TMICT, 0);
            vcpu_hw_lapic(v)->tdt_msr = 0;
        }
        vlapic_timer_set_vector(v, (uint8_t)value);
        vlapic_timer_changed(v, value, false, vcpu_hw_lapic(v)->timer_divisor);
    }
    if (vcpu_hw_lapic(v)->disabled & IRX_LAPIC_SW_DISABLED)
        value |= LVT_MASKED;
    lapic_set(v, reg, value & masks[index_nospec((reg - APIC_LVTT) >> 4, ARRAY_SIZE(masks))]);
    if (reg == APIC_LVTT && !(value & LVT_MASKED))
        vlapic_timer_unmasked(pc, v);
}

static void write_tdcr(struct vcpu *v, uint32_t value)
{
    struct hvm_hw_lapic *hw = vcpu_hw_lapic(v);
    uint32_t old = hw->timer_divisor;

    value &= 0xb;
    lapic_set(v, APIC_TDCR, value);
    hw->timer_divisor = 1u << ((((value & 3) | ((value & 8) >> 1)) + 1) & 7);
    vlapic_timer_changed(v, lapic_get(v, APIC_LVTT), false, old);
}

/* vlapic_reg_write(); false: park. */
static bool write_reg(struct pcpu *pc, struct vcpu *v, uint32_t reg, uint32_t value)
{
    switch (reg) {
    case APIC_ID:
        lapic_set(v, APIC_ID, value);
        break;
    case APIC_TPR:
        lapic_set(v, APIC_TPR, value & 0xff);
        break;
    case APIC_EOI:
        end_of_interrupt(v);
        break;
    case APIC_LDR:
        lapic_set(v, APIC_LDR, value & 0xff000000u);
        break;
    case APIC_DFR:
        lapic_set(v, APIC_DFR, value | 0x0fffffffu);
        break;
    case APIC_SPIV:
        write_spiv(pc, v, value);
        break;
    case APIC_ICR:
        value &= ~(uint32_t)ICR_BUSY;
        if (!vlapic_send(pc, v, value, lapic_get(v, APIC_ICR2)))
            return false;
        lapic_set(v, APIC_ICR, value);
        break;
    case APIC_ICR2:
        lapic_set(v, APIC_ICR2, value & 0xff000000u);
        break;
    case APIC_LVTT:
    case APIC_LVTTHMR:
    case APIC_LVTPC:
    case APIC_LVT0:
    case APIC_LVT1:
    case APIC_LVTERR:
        write_lvt(pc, v, reg, value);
        break;
    case APIC_TMICT:
        if (lapic_timer_mode(v) <= TIMER_PERIODIC) {
            lapic_set(v, APIC_TMICT, value);
            vlapic_timer_changed(v, lapic_get(v, APIC_LVTT), true, vcpu_hw_lapic(v)->timer_divisor);
        }
        break;
    case APIC_TDCR:
        write_tdcr(v, value);
        break;
    }
    return true; /* others: no effect, as in Xen */
}

static uint32_t read_reg(const struct vcpu *v, uint32_t reg)
{
    switch (reg) {
    case APIC_PPR:
        return vlapic_ppr(v);
    case APIC_TMCCT:
        return vlapic_timer_count(v);
    case APIC_TMICT:
        return lapic_timer_mode(v) <= TIMER_PERIODIC ? lapic_get(v, reg) : 0;
    default:
        return lapic_get(v, reg);
    }
}

/* guest_rdmsr_x2apic(): which registers can be read. */
static bool readable(uint32_t reg)
{
    switch (reg) {
    case APIC_ID:
    case APIC_LVR:
    case APIC_TPR:
    case APIC_PPR:
    case APIC_LDR:
    case APIC_SPIV:
    case APIC_ESR:
    case APIC_CMCI:
    case APIC_ICR:
    case APIC_TMICT:
    case APIC_TMCCT:
    case APIC_TDCR:
        return true;
    }
    return (reg >= APIC_ISR && reg < APIC_ESR) || (reg >= APIC_LVTT && reg <= APIC_LVTERR);
}

enum msr_result vlapic_rdmsr(struct vcpu *v, uint32_t msr, uint64_t *value)
{
    uint32_t reg = (msr - MSR_X2APIC_FIRST) << 4;

    if (!lapic_is_x2apic(v) || !readable(reg))
        return MSR_FAULT;
    *value = read_reg(v, reg);
    if (reg == APIC_ICR)
        *value |= (uint64_t)lapic_get(v, APIC_ICR2) << 32;
    return MSR_DONE;
}

/* guest_wrmsr_x2apic(): bits that may be set; 0 with *known false: no such register. */
static uint64_t writable_bits(uint32_t reg, bool *known)
{
    *known = true;
    switch (reg) {
    case APIC_TPR:
        return 0xff;
    case APIC_SPIV:
        return LVT_VECTOR | SPIV_ENABLED | SPIV_FOCUS;
    case APIC_LVTT:
        return LVT_MASK | TIMER_MODE;
    case APIC_LVTTHMR:
    case APIC_LVTPC:
    case APIC_CMCI:
        return LVT_MASK | MODE_MASK;
    case APIC_LVT0:
    case APIC_LVT1:
        return LINT_MASK;
    case APIC_LVTERR:
        return LVT_MASK;
    case APIC_TMICT:
        return ~0ull;
    case APIC_TDCR:
        return 0xb;
    case APIC_ICR:
        return ~0xffffffffull | LVT_VECTOR | MODE_MASK | ICR_LOGICAL | ICR_ASSERT | ICR_LEVEL |
               ICR_SHORT;
    case APIC_SELF_IPI:
        return LVT_VECTOR;
    case APIC_EOI:
    case APIC_ESR:
        return 0;
    }
    *known = false;
    return 0;
}

enum msr_result vlapic_wrmsr(struct pcpu *pc, struct vcpu *v, uint32_t msr, uint64_t value)
{
    uint32_t reg = (msr - MSR_X2APIC_FIRST) << 4, old_high = lapic_get(v, APIC_ICR2);
    bool known;

    if (!lapic_is_x2apic(v) || (value & ~writable_bits(reg, &known)) || !known)
        return MSR_FAULT;
    if (reg == APIC_ICR) {
        lapic_set(v, APIC_ICR2, (uint32_t)(value >> 32));
    } else if (reg == APIC_SELF_IPI) {
        reg = APIC_ICR;
        value = ICR_TO_SELF | (value & LVT_VECTOR);
    }
    if (write_reg(pc, v, reg, (uint32_t)value))
        return MSR_DONE;
    lapic_set(v, APIC_ICR2, old_high);
    return MSR_PARK;
}

/* ---- the page ---- */

/* A register is the first four of 16 bytes, and what does not lie in them as a whole reads as 0. */
static uint64_t read_page(const struct vcpu *v, uint32_t offset, uint32_t size)
{
    uint32_t at = offset & 0xf;

    if (at + size > 4 || offset > APIC_TDCR + 3)
        return 0;
    return (read_reg(v, offset & ~0xfu) >> at * 8) & (BIT(size * 8) - 1);
}

/* A part of a register is read, and the register written. False: park. */
static bool write_page(struct pcpu *pc, struct vcpu *v, uint32_t offset, uint32_t size,
                       uint64_t value)
{
    uint32_t at = offset & 0xf, reg = offset & ~0xfu;

    if (at + size > 4 || reg > APIC_TDCR)
        return true;
    if (size < 4) {
        uint64_t mask = (BIT(size * 8) - 1) << at * 8;

        value = (read_reg(v, reg) & ~mask) | (value << at * 8 & mask);
    }
    return write_reg(pc, v, reg, (uint32_t)value);
}

/* vlapic_mmio_read(), vlapic_mmio_write() */
bool vlapic_mmio(struct pcpu *pc, struct vcpu *v, uint64_t gpa)
{
    uint32_t offset = (uint32_t)(gpa & (PAGE_SIZE - 1));
    struct insn_mov mov;

    if ((gpa & PAGE_MASK) != APIC_PAGE || vlapic_hw_disabled(v) || lapic_is_x2apic(v) ||
        !insn_decode_mmio(pc, v, &mov) || offset + mov.size > PAGE_SIZE)
        return false;
    if (!mov.to_memory)
        insn_set_target(v, &mov, read_page(v, offset, mov.size));
    else if (!write_page(pc, v, offset, mov.size, insn_source(v, &mov)))
        return false;
    vendor_retire(v, mov.length);
    return true;
}
