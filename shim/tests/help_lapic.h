/* SPDX-License-Identifier: GPL-2.0-only */
/* A guest's local APIC, seen from outside and as MSRs. */
#ifndef TESTS_HELP_LAPIC_H
#define TESTS_HELP_LAPIC_H

#include "help_guest.h"

#include "guest/vlapic.h"

#define X2(reg) (0x800u + ((reg) >> 4))

static inline uint32_t reg(const struct vcpu *v, uint32_t offset)
{
    return *(const uint32_t *)(const void *)(v->rec->lapic_regs + offset);
}

static inline void set_reg(struct vcpu *v, uint32_t offset, uint32_t value)
{
    *(uint32_t *)(void *)(v->rec->lapic_regs + offset) = value;
}

static inline enum msr_result wr(struct vcpu *v, uint32_t offset, uint64_t value)
{
    return vlapic_wrmsr(env_cpu(0), v, X2(offset), value);
}

static inline uint64_t rd(struct vcpu *v, uint32_t offset)
{
    uint64_t value = 0;

    assert_int_equal(vlapic_rdmsr(v, X2(offset), &value), MSR_DONE);
    return value;
}

static inline bool has_irr(const struct vcpu *v, uint8_t vector)
{
    return reg(v, 0x200 + vector / 32 * 16) & 1u << (vector % 32);
}

#endif
