/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * CPUs out and back: LEND and RETURN, and all that is so in between because CPUs are
 * away. CPU pools, affinities and system time; interrupts that follow a CPU.
 *
 * Called within an operation (op/op.c) or at boot, unless it says otherwise.
 */
#ifndef INTERREX_LEND_H
#define INTERREX_LEND_H

#include <interrex/abi/late.h>
#include <interrex/abi/op.h>

#include "region/region.h"

/* ---- lend.c, choose.c, return.c ---- */

/*
 * In a tasklet on the boot CPU; the shim is loaded, and may have CPUs already. Lends
 * what interrex_lend_choose() chooses. On an error all of these are back, as far as
 * they answer.
 */
int interrex_lend(const struct irx_op_cpus *cpus);
/*
 * Which CPUs that asks for: of those in cpus (count 0: all but the boot CPU's core) that
 * are with Xen, the first cpus->max (0: all). Whole cores: with a CPU its siblings go,
 * and count. With count 0 as many stay besides as the host's interrupts need vectors. *left: how
 * many of them stay for another call. No effect. -EINVAL: one
 * that is not online, twice there, or of the boot CPU's core; -ENODEV: none is left, but
 * beside guests that the shim has kept; -ENOSPC: R has no entry for one; -ENOBUFS: without these CPUs interrupts are
 * left without a vector.
 */
int interrex_lend_choose(const struct irx_op_cpus *cpus, cpumask_t *now,
                         unsigned int *left);
/* How many CPUs could be lent now. */
unsigned int interrex_lendable(void);
/* vectors.c: all interrupts of devices find a vector on these CPUs, some of those that are online. Within an operation. */
bool interrex_vectors_fit(const cpumask_t *stay);
/*
 * One core a call, in a tasklet on the boot CPU: the one with the lowest entry.
 * stepwise: also while domains are held, as long as the shim keeps another core; 0
 * when it is back. Else 0 when all are, -EAGAIN: there are more; -EBUSY: a domain is
 * held. Where these are guests that the shim has kept since the Xen before, an update that
 * began beside them has ended by then, and it is as it was before it.
 */
int interrex_return(bool stepwise);
/* An update begins beside such guests, which have so many CPUs. */
void interrex_return_keep(unsigned int cpus);
/* Takes back what interrex_lend() lent in one call; if that was all, ends the hold. */
void interrex_return_some(const cpumask_t *cpus);

/* ---- dead.c: CPUs of the shim that answer no more ---- */

/*
 * Looks whether the CPU of this entry gets on, and gives it up (IRX_CPU_DEAD) where it did not over
 * two waits of INTERREX_TIMEOUT_MS. True: it is suspected, or was just given up: whoever waits for the
 * shim waits on. Whoever asks may not be at it all the time: what counts is what was seen.
 */
bool interrex_cpu_look(unsigned int entry);
/* The same of all. */
bool interrex_cpus_look(void);
/* It has done nothing for a moment: others are better asked first. Changes nothing. */
bool interrex_cpu_is_quiet(unsigned int entry);
/* The shim had CPUs, all of which are dead. */
bool interrex_shim_is_dead(void);
/* Before R's tables are cleared for another update, and after: who is dead stays so. */
void interrex_dead_note(void);
void interrex_dead_put(void);

/* ---- cpus.c ---- */

/* Number of CPUs that the shim has. */
unsigned int interrex_held_cpus(void);
/* No IPI to "all" while the shim has CPUs: it would reach them too. */
void interrex_ipi_by_name(bool on);
/* At boot: held CPUs have this Xen's numbers in R from now on. -ENOENT. */
int interrex_cpus_import(void);
/* After an update, all CPUs back: those that were offline before are so again. */
void interrex_cpus_offline_again(void);

/* ---- entry.c, jump.S: the way into the shim ---- */

/* Makes the tables ready, once a load. -ENOSPC. */
int interrex_entry_tables(void);
/* The same tables without the way into the shim: R at its physical address. -ENOSPC. */
int interrex_region_tables(void *pages, size_t size);
/* Tells the shim, in the anchor, what it has to do about speculation in our place. */
void interrex_entry_settings(void);

void noreturn interrex_jump(volatile unsigned int *cpu_state,
                            unsigned int dead_value, unsigned long cr3,
                            unsigned long region_base, unsigned long cpu_entry,
                            unsigned long target);

/* ---- time.c: system time stands on one line while anything is lent ---- */

/*
 * On the boot CPU. Freeze: the scale of system time does not change until
 * thaw, which lets it run on without a jump.
 */
void interrex_time_freeze(void);
void interrex_time_thaw(void);
/* A Xen that an update started has it frozen from its first moment on. */
void interrex_time_begin_frozen(void);

/*
 * ---- stray.c: interrupts that reach a held CPU and are for someone else ----
 *
 * (irx_cpu.irq_pending.) A CPU that goes offline gives its interrupts to others, and
 * fixup_irqs() forwards what is pending at it by then: so these are rare, an interrupt
 * that was on its way. The shim ends it and keeps its vector. Only the Xen that lent
 * the CPU knows whose vector that was, so it looks before it jumps, and when it gets
 * the CPU back; a vector that a Xen does not know makes it raise everything of dom0's
 * that could have been swallowed.
 */

/* Makes room to note the vectors of the CPU that gets `entry`. -ENOMEM. */
int interrex_stray_prepare(unsigned int entry);
/* On that CPU, last of all in Xen, interrupts off: its vectors, and what is pending. */
void interrex_stray_note(unsigned int entry);
/*
 * Raises what came to the held CPU of `entry`, each interrupt once, at the CPU that
 * has it now. A level line is left alone: it interrupts anew by itself.
 */
void interrex_stray_raise(unsigned int entry);
/* The same for every CPU that is not with Xen. */
void interrex_stray_raise_all(void);

/* ---- homes.c: the pool that a CPU left when it was lent ---- */

/* What interrex_home_of() answers beside ids of pools. */
#define INTERREX_HOME_FREE (~0u)
#define INTERREX_HOME_ANY  (~1u) /* it was not lent: what Xen makes of it */

/* Where a CPU that comes online belongs. Any context. */
unsigned int interrex_home_of(unsigned int cpu);
void interrex_home_remember(unsigned int cpu, unsigned int home);
/* All CPUs: INTERREX_HOME_ANY. */
void interrex_homes_forget(void);

/*
 * ---- cpupools.c: who left which pool for a hold, and the way back ----
 *
 * Xen takes only CPUs of Pool-0 and free ones offline, brings them back into Pool-0,
 * and lets nobody into a pool without CPUs. So what is lent leaves its pool, whose
 * domains go to Pool-0 when it has no CPU left, and returns to it; the pools
 * themselves stay.
 */

/*
 * The first pool with an id from *from on that cannot be carried: why
 * (IRX_REASON_*), with a detail; *from is then where to go on. 0: there is none.
 */
uint16_t interrex_cpupools_reason(unsigned int *from, uint64_t *detail);
/*
 * Before these CPUs are lent: they leave their pools, and domains leave pools that
 * are empty then. On an error interrex_cpupools_undo() takes it back.
 */
int interrex_cpupools_vacate(const cpumask_t *lent);
/* CPUs that are online go to their pools; who left one waits for interrex_cpupools_undo(). */
void interrex_cpupools_rejoin(void);
/* All that is back online and everybody who left goes home. */
void interrex_cpupools_undo(void);
/* The pool that d is in, or will be in again. Any context. */
unsigned int interrex_cpupools_id_of(const struct domain *d);
/* The same, and d's parameters there. */
void interrex_cpupools_of(struct domain *d, uint32_t *pool_id,
                          struct irx_sched *sched);
/* d goes there, with these parameters, at interrex_cpupools_undo(). -ENOMEM. */
int interrex_cpupools_remember(const struct domain *d, unsigned int pool_id,
                               const struct irx_sched *sched);

/*
 * ---- affinity.c: hard affinities over a hold ----
 *
 * Taking CPUs offline makes the scheduler give up the hard affinity of whoever has
 * no CPU left.
 */

/* Everybody's is remembered. -ENOMEM. */
int interrex_affinity_save(void);
/* The same of those of whom nothing is remembered yet. */
int interrex_affinity_save_others(void);
/* Some CPUs are back: whoever finds all of his own has them again. */
void interrex_affinity_retry(void);
/* v's before anything was lent, or what the toolstack has set since. */
void interrex_affinity_of(const struct vcpu *v, cpumask_t *hard);
/* v gets it when the CPUs are back. -ENOMEM. */
int interrex_affinity_remember(const struct vcpu *v, const cpumask_t *hard);
/* v keeps what it has. */
void interrex_affinity_forget(const struct vcpu *v);
/* The CPUs are back. */
void interrex_affinity_undo(void);

/*
 * ---- share.c: what the shim is told of a domain's scheduling ----
 *
 * The weight and cap of d, and where each vCPU may run: its hard affinity within its
 * pool, as before anything was lent. Its vCPUs' entries are filled but for that. The guest
 * waits: linear in vCPUs and CPUs.
 */
void interrex_share_export(struct domain *d, struct irx_domain *r);

/* ---- scheduling.c, cpupool_record.c: on the way to the next Xen, as before the lend ---- */

/* d's parameters and its vCPUs' affinities. */
void interrex_scheduling_export(struct irx_writer *w, struct domain *d);
/*
 * At boot: d is in Pool-0 and has its vCPUs. What the CPUs that are here allow is
 * set now, the rest when all are back. -ENOENT, -EINVAL, -ENOMEM.
 */
int interrex_scheduling_import(const struct irx_stream *late, struct domain *d,
                               unsigned int pool_id);
/* -ENOMEM. */
int interrex_cpupools_export(struct irx_writer *w);
/*
 * At boot: makes the pools; CPUs that are online go to their own, the others when
 * they come back. -ENOMEM.
 */
int interrex_cpupools_import(const struct irx_stream *late);

#endif /* INTERREX_LEND_H */
