/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Between the parts of the guest's local APIC: its registers, vlapic.c (vectors),
 * vlapic_regs.c (access), vlapic_ipi.c, vlapic_timer.c.
 */
#ifndef SHIM_GUEST_VLAPIC_REGS_H
#define SHIM_GUEST_VLAPIC_REGS_H

#include "core/apic_regs.h"
#include "core/xenabi.h"

/* The guest has chosen reg: for who guesses the checks of it wrong, it ends where the page does. */
static inline uint32_t *lapic_reg(const struct vcpu *v, uint32_t reg)
{
    return (uint32_t *)(void *)(v->rec->lapic_regs + (reg & (IRX_HVM_LAPIC_REGS_SIZE - 4)));
}

static inline uint32_t lapic_get(const struct vcpu *v, uint32_t reg)
{
    return __atomic_load_n(lapic_reg(v, reg), __ATOMIC_RELAXED);
}

static inline void lapic_set(struct vcpu *v, uint32_t reg, uint32_t value)
{
    __atomic_store_n(lapic_reg(v, reg), value, __ATOMIC_RELAXED);
}

static inline bool lapic_is_x2apic(const struct vcpu *v)
{
    return vcpu_hw_lapic(v)->apic_base_msr & APIC_BASE_EXTD;
}

/* Vectors in a block of registers: APIC_ISR, APIC_TMR, APIC_IRR. */
static inline void lapic_clear_vector(struct vcpu *v, uint32_t block, uint8_t vector)
{
    __atomic_fetch_and(lapic_reg(v, block + vector / 32 * 16), ~(1u << (vector % 32)),
                       __ATOMIC_SEQ_CST);
}

/* -1: none. */
static inline int lapic_highest(const struct vcpu *v, uint32_t block)
{
    for (int word = 7; word >= 0; word--) {
        uint32_t bits = lapic_get(v, block + (uint32_t)word * 16);

        if (bits)
            return word * 32 + 31 - __builtin_clz(bits);
    }
    return -1;
}

/* TIMER_* */
static inline uint32_t lapic_timer_mode(const struct vcpu *v)
{
    return lapic_get(v, APIC_LVTT) & TIMER_MODE;
}

/* Processor priority. */
uint32_t vlapic_ppr(const struct vcpu *v);
/* Notes an ESR_* error and interrupts by LVTERR. */
void vlapic_error(struct pcpu *pc, struct vcpu *v, uint32_t bit);
/* Sends what was written to the ICR. False: park, nothing was sent. */
bool vlapic_send(struct pcpu *pc, struct vcpu *from, uint32_t icr, uint32_t high);
/* After the initial count was written (new_count), or before LVTT changes to lvtt, or the divisor
   changed from old_divisor. */
void vlapic_timer_changed(struct vcpu *v, uint32_t lvtt, bool new_count, uint32_t old_divisor);
/* LVTT is about to change: the vector of its next tick. */
void vlapic_timer_set_vector(struct vcpu *v, uint8_t vector);
/* LVTT or the whole APIC is no longer masked: a tick that waited for that is asserted. */
void vlapic_timer_unmasked(struct pcpu *pc, struct vcpu *v);
/* FREEZE: its state into the record. */
void vlapic_timer_save(struct vcpu *v);
/* The current count. */
uint32_t vlapic_timer_count(const struct vcpu *v);

#endif
