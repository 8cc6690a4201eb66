/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which of a held CPU's vCPUs runs when (where each of them is: place.h). Each belongs to one
 * held CPU, which alone changes its state; others kick it.
 */
#ifndef SHIM_CORE_SCHED_H
#define SHIM_CORE_SCHED_H

#include "domain.h"

/* Something may have become deliverable to v, or it is to look again: any CPU, any time. */
void sched_kick(struct pcpu *self, struct vcpu *v);
/* Wakes a CPU from its halt or its guest, to run its loop. */
void sched_poke(struct pcpu *self, struct pcpu *target);

/* It is up, and not parked: it runs now or may do so later. */
bool sched_may_run(const struct vcpu *v);

/*
 * The vCPU to run now, NULL if there is none: who has most credit (credit.h), but not at
 * once. The one that ran is charged for all that this CPU did since the last call.
 */
struct vcpu *sched_pick(struct pcpu *pc, tsc_t now);
/* What this CPU did until now is charged to nobody: it was not for its vCPUs. */
void sched_forgive(struct pcpu *pc, tsc_t now);
/* v, picked, runs from now on. True: it did not run until now. */
bool sched_run(struct vcpu *v, tsc_t now);
/* When this CPU must look again: end of the turn, earliest deadline. */
tsc_t sched_next_event(struct pcpu *pc);
/* v wants to run, may, and does not. */
bool sched_waits(const struct vcpu *v);
/* v no longer runs, if it did, and waits for its next turn. Owner CPU. */
void sched_stop(struct vcpu *v, tsc_t now);
/* v leaves the shim: its time of waiting ends, too. Owner CPU. */
void sched_leave(struct vcpu *v, tsc_t now);
/* To other CPUs this one has nothing to run, and nobody waits at it. */
void sched_publish_idle(struct pcpu *pc);

/* v blocks until kicked (HLT, SCHEDOP_block, SCHEDOP_poll). Owner CPU. */
void sched_block(struct vcpu *v);
/* v goes down (VCPUOP_down, HLT with interrupts off). Owner CPU. */
void sched_down(struct vcpu *v);
/* v gives its turn to another. Owner CPU. */
void sched_yield(struct pcpu *pc, struct vcpu *v);
/* v waits for the next Xen (guest/park.h says to it why). Owner CPU. */
void sched_park(struct pcpu *pc, struct vcpu *v);
/* Asks the owner to bring v up (VCPUOP_up). Any CPU. */
void sched_bring_up(struct pcpu *self, struct vcpu *v);
bool sched_is_up(const struct vcpu *v);
/* Another vCPU of its domain is up. */
bool sched_others_up(const struct vcpu *v);

/* RUNSTATE_* of a runnable vCPU that does not run: one of a paused domain is offline. */
uint32_t sched_waiting(const struct vcpu *v);

/* Enters a new RUNSTATE_*, accounting the time of the old. Owner CPU. */
void sched_runstate(struct vcpu *v, uint32_t runstate);

#endif
