/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The guest's TSC: the host's plus an offset, or made of guest time where it is
 * emulated (IRX_DOMF_VTSC). Source: Xen's hvm/hvm.c (hvm_get_guest_tsc_fixed,
 * hvm_set_guest_tsc_msr, hvm_set_guest_tsc_adjust), hvm/vpt.c, time.c.
 */
#ifndef SHIM_GUEST_TSC_H
#define SHIM_GUEST_TSC_H

#include "core/domain.h"

/* What the guest reads now. Emulated: later than any answer to a vCPU of its domain before. */
uint64_t tsc_read(struct vcpu *v);
/* Ticks of the guest's TSC in ns. */
uint64_t tsc_ticks_to_ns(const struct dom *d, uint64_t ticks);
/*
 * WRMSR of TSC and TSC_ADJUST; the pvclock page of v, which runs, follows. False: park,
 * nothing was changed.
 */
bool tsc_write(struct pcpu *pc, struct vcpu *v, uint64_t value);
bool tsc_write_adjust(struct pcpu *pc, struct vcpu *v, uint64_t value);

#endif
