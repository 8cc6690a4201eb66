/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The guest's FPU, SSE and extended state. It stays in the CPU while the vCPU is
 * loaded (the shim itself uses general registers only), in v->fpu otherwise.
 */
#ifndef SHIM_CORE_FPU_H
#define SHIM_CORE_FPU_H

#include "domain.h"

/* From the records to v->fpu. */
void fpu_import(struct vcpu *v);
/* From v->fpu to the records; both the legacy area and the XSAVE record agree. */
void fpu_export(struct vcpu *v);
/* v->fpu to the CPU, and back. Owner CPU. */
void fpu_load(struct vcpu *v);
void fpu_save(struct vcpu *v);
/* The host and the domain's CPU policy have what is in the record, which irx_vcpu_validate() has seen,
   and its size is theirs. */
bool fpu_validate(const struct dom *d, const struct irx_vcpu *r);
/*
 * The guest writes XCR0; v is loaded. 0; -EINVAL: #GP, by its policy and Xen's valid_xcr0();
 * -ENOTSUP: not here, its state would outgrow its record. Nothing is changed then.
 */
int fpu_set_xcr0(struct vcpu *v, uint64_t value);
/* CR4.PKE goes on: PKRU is the guest's from now on, whatever XCR0 says. As fpu_set_xcr0(). */
int fpu_use_pkru(struct vcpu *v);

#endif
