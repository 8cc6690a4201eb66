/* SPDX-License-Identifier: GPL-2.0-only */
/* Xen's public headers (libxen-dev), and where their records lie in R. */
#ifndef SHIM_CORE_XENABI_H
#define SHIM_CORE_XENABI_H

#include "domain.h" /* and the integer types, which the public headers want */

#define __XEN_TOOLS__ 1

#include <xen/xen.h>
#include <xen/event_channel.h>
#include <xen/features.h>
#include <xen/grant_table.h>
#include <xen/hvm/hvm_op.h>
#include <xen/hvm/params.h>
#include <xen/hvm/save.h>
#include <xen/memory.h>
#include <xen/physdev.h>
#include <xen/sched.h>
#include <xen/vcpu.h>
#include <xen/version.h>

_Static_assert(sizeof(struct hvm_hw_cpu) == IRX_HVM_CPU_SIZE, "record CPU");
_Static_assert(sizeof(struct hvm_hw_lapic) == IRX_HVM_LAPIC_SIZE, "record LAPIC");
_Static_assert(sizeof(struct hvm_hw_lapic_regs) == IRX_HVM_LAPIC_REGS_SIZE, "record LAPIC_REGS");
_Static_assert(sizeof(struct hvm_hw_mtrr) == IRX_HVM_MTRR_SIZE, "record MTRR");

static inline struct hvm_hw_cpu *vcpu_hw_cpu(const struct vcpu *v)
{
    return (struct hvm_hw_cpu *)v->rec->cpu;
}

static inline struct hvm_hw_lapic *vcpu_hw_lapic(const struct vcpu *v)
{
    return (struct hvm_hw_lapic *)v->rec->lapic;
}

static inline struct hvm_hw_mtrr *vcpu_hw_mtrr(const struct vcpu *v)
{
    return (struct hvm_hw_mtrr *)v->rec->mtrr;
}

#endif
