/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which held CPU a vCPU belongs to: at first, when CPUs go, and as time passes. One that is
 * bound to some CPUs (irx_vcpu.cpus_allowed) is on those as long as any of them is held.
 */
#ifndef SHIM_CORE_PLACE_H
#define SHIM_CORE_PLACE_H

#include "domain.h"

/* A CPU begins, with nothing to run: pc->rec is there. */
void place_cpu_comes(struct pcpu *pc);
/* Where v may run, from its entry in R, which has been validated. */
void place_load(struct vcpu *v);
/* v is here and may not run here: one of its own CPUs is held. */
bool place_is_astray(const struct pcpu *pc, const struct vcpu *v);
/* A held CPU takes vCPUs. */
bool place_has_room(void);
/*
 * Gives v, which is entered, a CPU: its hint, else the emptiest that it may run on, of the
 * emptiest core. There is one:
 * `self` takes vCPUs, or another did just now.
 */
void place_first(struct pcpu *self, struct vcpu *v);
/* Takes in what others have given to this CPU. */
void place_take_inbox(struct pcpu *pc);
/* Takes v off this CPU's list; its registers are saved. */
void place_remove(struct pcpu *pc, struct vcpu *v);
/*
 * Gives all of this CPU's vCPUs, none of them loaded, to other held CPUs, and takes no more.
 * False: no other takes any; the rest is here, and so may others be.
 */
bool place_give_away(struct pcpu *pc);
/* This CPU takes no more; what it has stays. */
void place_close(struct pcpu *pc);
/* It takes vCPUs again, unless it stops. */
void place_open(struct pcpu *pc);
/*
 * No thread of this CPU's core takes any more. False: one of them has a vCPU, and they take
 * more, unless they stop. Mailbox lock.
 */
bool place_close_idle_core(struct pcpu *pc);
/* ---- Of a CPU that is dead, by another one that has mailbox_lock ---- */

/* It is given no more. */
void place_close_dead(struct pcpu *self, struct pcpu *dead);
/* v, of a live domain, is on no CPU but perhaps the dead one, which gets no more. */
bool place_is_left_behind(struct pcpu *self, const struct pcpu *dead, const struct vcpu *v);
/* Nothing is left behind: to the others it has nothing. */
void place_forget(struct pcpu *dead);

/*
 * One of those that wait here goes on to a CPU that is idle, or that runs one which is owed
 * less. After sched_pick(); owner CPU.
 */
void place_balance(struct pcpu *pc, tsc_t now);
/* This CPU has nothing to run: another one that has too much is asked for some. */
void place_ask(struct pcpu *pc, tsc_t now);

#endif
