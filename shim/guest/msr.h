/* SPDX-License-Identifier: GPL-2.0-only */
/* Between msr.c and who else knows MSRs. */
#ifndef SHIM_GUEST_MSR_H
#define SHIM_GUEST_MSR_H

#include "core/domain.h"

enum msr_result {
    MSR_DONE,
    MSR_FAULT, /* #GP */
    MSR_PARK,  /* not one of these, or not answered here */
};

#define MSR_MISC_FEATURES 0x140u /* MISC_FEATURES_ENABLES: CPUID faulting */

/* msr_amd.c: what Xen answers guests whose policy is of an AMD or Hygon CPU. */
enum msr_result msr_amd_read(const struct vcpu *v, uint32_t msr, uint64_t *value);
enum msr_result msr_amd_write(const struct vcpu *v, uint32_t msr);

#endif
