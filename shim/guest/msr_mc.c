/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Machine-check MSRs. Nothing is in their banks while a guest is held: one with a machine check is
 * not handed over, the check refuses it. What a guest writes into MCG_STATUS is its own, and stays
 * behind when it goes elsewhere, as Xen's migration leaves it behind. Source: Xen's cpu/mcheck/vmce.c, and guest_rdmsr()
 * of its msr.c: within the ranges, what the guest's banks do not have reads as 0.
 */
#include "msr.h"

#define MSR_MCG_CAP     0x179u
#define MSR_MCG_STATUS  0x17au
#define MSR_MCG_CTL     0x17bu
#define MSR_MC_CTL2     0x280u /* to 0x29f */
#define MSR_MC_CTL      0x400u /* CTL, STATUS, ADDR, MISC of each bank, to 0x47f */
#define MSR_MCG_EXT_CTL 0x4d0u
#define BANKS_MOST      32u
#define CAP_COUNT       0xffu

static bool in_bank(const struct vcpu *v, uint32_t msr)
{
    uint64_t cap = 0;

    return msr >= MSR_MC_CTL && vendor_get_msr(v, MSR_MCG_CAP, &cap) &&
           msr < MSR_MC_CTL + 4 * (cap & CAP_COUNT);
}

static bool in_range(uint32_t msr)
{
    return (msr >= MSR_MCG_STATUS && msr <= MSR_MCG_CTL) ||
           (msr >= MSR_MC_CTL2 && msr < MSR_MC_CTL2 + BANKS_MOST) ||
           (msr >= MSR_MC_CTL && msr < MSR_MC_CTL + 4 * BANKS_MOST);
}

enum msr_result msr_mc_read(const struct vcpu *v, uint32_t msr, uint64_t *value)
{
    if (msr == MSR_MCG_CAP)
        return vendor_get_msr(v, msr, value) ? MSR_DONE : MSR_PARK;
    if (msr == MSR_MCG_EXT_CTL) /* no MCG_LMCE_P */
        return MSR_FAULT;
    if (msr > 1 && !in_range(msr)) /* 0 and 1: P5_MC_ADDR, P5_MC_TYPE */
        return MSR_OTHER;
    if (msr == MSR_MCG_STATUS)
        *value = v->mcg_status;
    else
        *value = in_bank(v, msr) && msr % 4 == 0 ? ~0ull : 0; /* MCi_CTL: all ones */
    return MSR_DONE;
}

enum msr_result msr_mc_write(struct vcpu *v, uint32_t msr, uint64_t value)
{
    if (msr == MSR_MCG_CAP)
        return MSR_DONE;
    if (msr == MSR_MCG_EXT_CTL)
        return MSR_FAULT;
    if (!in_range(msr))
        return MSR_OTHER;
    if (msr == MSR_MCG_STATUS) {
        v->mcg_status = value;
        return MSR_DONE;
    }
    return in_bank(v, msr) && msr % 4 && value ? MSR_FAULT : MSR_DONE;
}
