/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A vCPU's timers: singleshot and periodic (VIRQ_TIMER), the end of a poll, the
 * local APIC's. Deadlines are in the guest's system time; a deadline that passed
 * while nobody looked fires once. The periodic one ticks only while its vCPU runs.
 * Source: Xen's common/sched/core.c, common/domain.c.
 */
#ifndef SHIM_GUEST_TIMER_H
#define SHIM_GUEST_TIMER_H

#include "core/domain.h"

/* ENTER: finds the earliest deadline of what the record says is armed. */
void timer_load(struct vcpu *v);
/* Fires what is due on this CPU's vCPUs. */
void timer_run(struct pcpu *pc, tsc_t now);
/* It runs again: a tick of VIRQ_TIMER that came due meanwhile is one tick, now; what the local APIC
   missed is as its timer mode says. */
void timer_runs(struct pcpu *pc, struct vcpu *v);
/* After any change of a deadline, by the owner CPU. */
void timer_update(struct vcpu *v);

/* SCHEDOP_poll's time-out; one in the past ends the poll at once. Owner CPU. */
void timer_set_poll(struct vcpu *v, ns_t deadline);
/* VCPUOP_set_singleshot_timer: a deadline in the past, or before Xen's start, fires at once. */
void timer_set_singleshot(struct pcpu *pc, struct vcpu *v, ns_t deadline);
/* set_timer_op: 0 stops; absurd deadlines become 100 ms, as in Xen. */
void timer_set_op(struct pcpu *pc, struct vcpu *v, uint64_t deadline);
void timer_stop_singleshot(struct vcpu *v);
/* Period in ns, 0 stops; of any vCPU, on the CPU of one of its domain's. */
void timer_set_periodic(struct pcpu *pc, struct vcpu *v, uint64_t period);
/* What another vCPU asked for takes effect: by timer_run(), and before v freezes. Owner CPU. */
void timer_take_asked(struct pcpu *pc, struct vcpu *v);

#endif
