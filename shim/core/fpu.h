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
/* The host can load the record, which irx_vcpu_validate() has seen. */
bool fpu_validate(const struct irx_vcpu *r);

#endif
