/* SPDX-License-Identifier: GPL-2.0-only */
/* Vectors on their way to the guest, and priorities. */
#include "vlapic.h"

#include "core/sched.h"
#include "vlapic_regs.h"

bool vlapic_enabled(const struct vcpu *v)
{
    return !vcpu_hw_lapic(v)->disabled;
}

bool vlapic_hw_disabled(const struct vcpu *v)
{
    return vcpu_hw_lapic(v)->disabled & IRX_LAPIC_HW_DISABLED;
}

static bool set_vector(struct vcpu *v, uint32_t block, uint8_t vector)
{
    uint32_t bit = 1u << (vector % 32);

    return __atomic_fetch_or(lapic_reg(v, block + vector / 32 * 16), bit, __ATOMIC_SEQ_CST) & bit;
}

/* vlapic_error(); a bad LVTERR vector is folded in. */
void vlapic_error(struct pcpu *pc, struct vcpu *v, uint32_t bit)
{
    uint32_t esr = lapic_get(v, APIC_ESR), lvt = lapic_get(v, APIC_LVTERR);

    if (esr & bit)
        return;
    if (!(lvt & LVT_MASKED) && (lvt & LVT_VECTOR) < 16)
        bit |= ESR_RECV_ILLEGAL;
    lapic_set(v, APIC_ESR, esr | bit);
    if (!(lvt & LVT_MASKED) && (lvt & LVT_VECTOR) >= 16)
        vlapic_raise(pc, v, (uint8_t)lvt);
}

void vlapic_raise(struct pcpu *pc, struct vcpu *v, uint8_t vector)
{
    if (vector < 16) {
        vlapic_error(pc, v, ESR_RECV_ILLEGAL);
        return;
    }
    lapic_clear_vector(v, APIC_TMR, vector);
    if (!set_vector(v, APIC_IRR, vector))
        sched_kick(pc, v);
}

int vlapic_pending(const struct vcpu *v)
{
    int irr, isr;

    if (!vlapic_enabled(v))
        return -1;
    irr = lapic_highest(v, APIC_IRR);
    if (irr < 0)
        return -1;
    isr = lapic_highest(v, APIC_ISR);
    return isr >= 0 && (irr & 0xf0) <= (isr & 0xf0) ? -1 : irr;
}

void vlapic_ack(struct vcpu *v, uint8_t vector)
{
    set_vector(v, APIC_ISR, vector);
    lapic_clear_vector(v, APIC_IRR, vector);
}

uint32_t vlapic_ppr(const struct vcpu *v)
{
    uint32_t tpr = lapic_get(v, APIC_TPR);
    int isr = lapic_highest(v, APIC_ISR);
    uint32_t service = isr > 0 ? (uint32_t)isr : 0;

    return (tpr & 0xf0) >= (service & 0xf0) ? tpr & 0xff : service & 0xf0;
}

uint8_t vlapic_tpr(const struct vcpu *v)
{
    return (uint8_t)lapic_get(v, APIC_TPR);
}

void vlapic_set_tpr(struct vcpu *v, uint8_t tpr)
{
    if (!vlapic_hw_disabled(v))
        lapic_set(v, APIC_TPR, tpr);
}

void vlapic_save(struct vcpu *v)
{
    lapic_set(v, APIC_PPR, vlapic_ppr(v));
    vlapic_timer_save(v);
}
