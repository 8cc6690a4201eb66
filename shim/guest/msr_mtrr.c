/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * MTRRs. With nested paging and no devices of its own, what a guest writes there decides
 * nothing: Xen keeps it, and so does the record. Source: Xen's hvm/hvm.c
 * (hvm_msr_read_intercept, hvm_msr_write_intercept), hvm/mtrr.c (mtrr_*_msr_set).
 */
#include "core/policy.h"
#include "core/spec.h"
#include "core/xenabi.h"
#include "msr.h"

#define MSR_MTRR_CAP       0xfeu
#define MSR_MTRR_PHYS_BASE 0x200u
#define MSR_MTRR_FIX_64K   0x250u
#define MSR_MTRR_FIX_16K   0x258u
#define MSR_MTRR_FIX_4K    0x268u
#define MSR_MTRR_DEF_TYPE  0x2ffu

#define DEF_TYPE_BITS 0xcffull /* type, fixed ranges on, all on */
#define BASE_RESERVED 0xf00ull
#define MASK_RESERVED 0x7ffull

static bool has_mtrr(const struct dom *d)
{
    struct cpuid_regs r;

    return policy_leaf(d, 1, 0, &r) && (r.d & BIT(12));
}

/* MTRR_TYPE_*: uncachable, write-combining, -through, -protected, -back. */
static bool is_type(uint64_t type)
{
    return type < 7 && (BIT(type) & (BIT(0) | BIT(1) | BIT(4) | BIT(5) | BIT(6)));
}

/* Of a variable range, base or mask: its index, or -1. */
static int variable(const struct hvm_hw_mtrr *m, uint32_t msr)
{
    return msr >= MSR_MTRR_PHYS_BASE && msr < MSR_MTRR_PHYS_BASE + ARRAY_SIZE(m->msr_mtrr_var)
               ? (int)(msr - MSR_MTRR_PHYS_BASE)
               : -1;
}

static int fixed(uint32_t msr)
{
    if (msr == MSR_MTRR_FIX_64K)
        return 0;
    if (msr >= MSR_MTRR_FIX_16K && msr < MSR_MTRR_FIX_16K + 2)
        return (int)(1 + msr - MSR_MTRR_FIX_16K);
    if (msr >= MSR_MTRR_FIX_4K && msr < MSR_MTRR_FIX_4K + 8)
        return (int)(3 + msr - MSR_MTRR_FIX_4K);
    return -1;
}

/* A range that the guest's capabilities do not name. */
static bool beyond(const struct hvm_hw_mtrr *m, int index)
{
    return (unsigned int)index / 2 >= (m->msr_mtrr_cap & 0xff);
}

static bool is_ours(const struct hvm_hw_mtrr *m, uint32_t msr)
{
    return msr == MSR_MTRR_CAP || msr == MSR_MTRR_DEF_TYPE || variable(m, msr) >= 0 ||
           fixed(msr) >= 0;
}

enum msr_result msr_mtrr_read(const struct vcpu *v, uint32_t msr, uint64_t *value)
{
    const struct hvm_hw_mtrr *m = vcpu_hw_mtrr(v);

    if (!is_ours(m, msr))
        return MSR_OTHER;
    if (!has_mtrr(v->d) || (variable(m, msr) >= 0 && beyond(m, variable(m, msr))))
        return MSR_FAULT;
    *value =
        msr == MSR_MTRR_CAP        ? m->msr_mtrr_cap
        : msr == MSR_MTRR_DEF_TYPE ? m->msr_mtrr_def_type
        : fixed(msr) >= 0
            ? m->msr_mtrr_fixed[index_nospec((uint32_t)fixed(msr), ARRAY_SIZE(m->msr_mtrr_fixed))]
            : m->msr_mtrr_var[index_nospec((uint32_t)variable(m, msr),
                                           ARRAY_SIZE(m->msr_mtrr_var))];
    return MSR_DONE;
}

static bool may_be_fixed(uint64_t value)
{
    for (; value; value >>= 8)
        if (!is_type(value & 0xff))
            return false;
    return true;
}

static bool may_be_variable(const struct dom *d, int index, uint64_t value)
{
    uint64_t reserved = ~(BIT(d->phys_bits) - 1) | (index & 1 ? MASK_RESERVED : BASE_RESERVED);

    return is_type(value & 0xff) && !(value & reserved);
}

enum msr_result msr_mtrr_write(struct vcpu *v, uint32_t msr, uint64_t value)
{
    struct hvm_hw_mtrr *m = vcpu_hw_mtrr(v);
    int range = variable(m, msr);
    uint64_t *reg;
    bool legal;

    if (!is_ours(m, msr))
        return MSR_OTHER;
    if (msr == MSR_MTRR_CAP || !has_mtrr(v->d) || (range >= 0 && beyond(m, range)))
        return MSR_FAULT;
    if (msr == MSR_MTRR_DEF_TYPE) {
        reg = &m->msr_mtrr_def_type;
        legal = is_type(value & 0xff) && !(value & ~DEF_TYPE_BITS);
    } else if (range >= 0) {
        reg = &m->msr_mtrr_var[index_nospec((uint32_t)range, ARRAY_SIZE(m->msr_mtrr_var))];
        legal = value == *reg || may_be_variable(v->d, range, value);
    } else {
        reg = &m->msr_mtrr_fixed[index_nospec((uint32_t)fixed(msr), ARRAY_SIZE(m->msr_mtrr_fixed))];
        legal = value == *reg || may_be_fixed(value);
    }
    if (!legal)
        return MSR_FAULT;
    *reg = value;
    return MSR_DONE;
}
