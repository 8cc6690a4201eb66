/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A vCPU's registers that are the same for every vendor, between Xen's records and struct
 * vcpu: general ones, RIP, RFLAGS, CR0, CR3, CR4, EFER and DR0 to DR3. The rest is the
 * vendor's (vendor_vcpu_load()) and the FPU's (fpu.h).
 */
#ifndef SHIM_CORE_REGS_H
#define SHIM_CORE_REGS_H

#include "domain.h"

/* ENTER, before the vendor's part. */
void regs_import(struct vcpu *v);
/* FREEZE. */
void regs_export(const struct vcpu *v);

/* An MSR of the record CPU_MSR; absent there means 0. */
uint64_t regs_msr(const struct irx_vcpu *r, uint32_t index);
/* The same; one that is 0 and absent stays absent. A full record takes no further one. */
void regs_set_msr(struct irx_vcpu *r, uint32_t index, uint64_t value);

#endif
