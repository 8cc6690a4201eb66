/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The guest's local APIC. Its registers are those of the LAPIC_REGS record in R,
 * so nothing is copied at enter and freeze. Source: Xen's hvm/vlapic.c.
 */
#ifndef SHIM_GUEST_VLAPIC_H
#define SHIM_GUEST_VLAPIC_H

#include "core/domain.h"
#include "msr.h"

/* ENTER: its timer goes on; where Xen does not tell how far it is (ABI 1.0), as lapic_rearm(). */
void vlapic_load(struct vcpu *v);
/* FREEZE. */
void vlapic_save(struct vcpu *v);

bool vlapic_enabled(const struct vcpu *v);
bool vlapic_hw_disabled(const struct vcpu *v);
/* Raises a vector, edge-triggered, and kicks the vCPU. Any CPU. */
void vlapic_raise(struct pcpu *pc, struct vcpu *v, uint8_t vector);
/* Highest vector that its priorities let through, -1: none. */
int vlapic_pending(const struct vcpu *v);
/* The guest takes this vector: IRR to ISR. */
void vlapic_ack(struct vcpu *v, uint8_t vector);
/* Task priority. While the guest runs it is v->tpr: the guest may change it without an exit. */
uint8_t vlapic_tpr(const struct vcpu *v);
void vlapic_set_tpr(struct vcpu *v, uint8_t tpr);
/* When its timer is due, NS_NEVER while it is off, its tick waits, or its vCPU may not run. */
ns_t vlapic_timer_next(const struct vcpu *v);
/* The timer's tick, if it is due. Owner CPU. */
void vlapic_timer_fire(struct pcpu *pc, struct vcpu *v, ns_t now);
/* v did not run until now: what its timer missed. Owner CPU. */
void vlapic_timer_runs(struct pcpu *pc, struct vcpu *v);
/* The guest takes this vector of its local APIC: if it is the timer's tick, the next one is due from
   now on. Owner CPU, after vlapic_ack(). */
void vlapic_timer_taken(struct pcpu *pc, struct vcpu *v, uint8_t vector);

/* x2APIC MSRs, 0x800 to 0xbff. */
enum msr_result vlapic_rdmsr(struct vcpu *v, uint32_t msr, uint64_t *value);
enum msr_result vlapic_wrmsr(struct pcpu *pc, struct vcpu *v, uint32_t msr, uint64_t value);
uint64_t vlapic_tsc_deadline(const struct vcpu *v);
void vlapic_set_tsc_deadline(struct pcpu *pc, struct vcpu *v, uint64_t value);
/* The guest touched `gpa`, in no nested table: serves it if it is the xAPIC page. */
bool vlapic_mmio(struct pcpu *pc, struct vcpu *v, uint64_t gpa);

#endif
