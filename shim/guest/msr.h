/* SPDX-License-Identifier: GPL-2.0-only */
/* Between msr.c and who else knows MSRs. */
#ifndef SHIM_GUEST_MSR_H
#define SHIM_GUEST_MSR_H

#include "core/vendor.h"

#define MSR_MISC_FEATURES 0x140u /* MISC_FEATURES_ENABLES: CPUID faulting */

/* Each of these is asked in turn, MSR_OTHER: not one of its own. */
/* msr_mc.c: machine checks. */
enum msr_result msr_mc_read(const struct vcpu *v, uint32_t msr, uint64_t *value);
enum msr_result msr_mc_write(struct vcpu *v, uint32_t msr, uint64_t value);
/* msr_mtrr.c: types of memory, which are the guest's books and nothing else here. */
enum msr_result msr_mtrr_read(const struct vcpu *v, uint32_t msr, uint64_t *value);
enum msr_result msr_mtrr_write(struct vcpu *v, uint32_t msr, uint64_t value);
/* msr_amd.c: all that Xen answers guests whose policy is of an AMD or Hygon CPU. */
enum msr_result msr_amd_read(const struct vcpu *v, uint32_t msr, uint64_t *value);
enum msr_result msr_amd_write(const struct vcpu *v, uint32_t msr, uint64_t value);

#endif
