/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * CPU pools over a hold. Xen takes only CPUs of Pool-0 and free ones offline, brings
 * them back into Pool-0, and lets nobody into a pool without CPUs. So what is lent
 * leaves its pool, whose domains go to Pool-0 when it has no CPU left, and
 * returns to it; the pools themselves stay.
 *
 * private/cpupool.c and private/sched_core.c reach what is private to Xen's files.
 * Called within an operation (internal.h), or at boot.
 */
#ifndef INTERREX_CPUPOOLS_H
#define INTERREX_CPUPOOLS_H

#include <xen/cpumask.h>

#include <interrex/abi/late.h>

struct domain;

/* ---- private/cpupool.c ---- */

struct interrex_pool {
    unsigned int id, sched_id;
    unsigned int granularity; /* IRX_GRANULARITY_* */
    unsigned int cpus_each;   /* CPUs that are scheduled as one */
    uint32_t params[4];       /* of its scheduler; see struct irx_cpupool */
    cpumask_t cpus;
};

/* The pool with the lowest id from `from` on. False: there is none. */
bool interrex_pool_get(unsigned int from, struct interrex_pool *pool);
/* Makes a pool without CPUs, or finds Pool-0, and tells its scheduler. -errno. */
int interrex_pool_import(const struct irx_cpupool *rec);
bool interrex_pool_exists(unsigned int id);
/* The pool that has `cpu`; ~0: none has. */
unsigned int interrex_pool_of_cpu(unsigned int cpu);
/* -EAGAIN: a vCPU still runs on that CPU, ask again. */
int interrex_pool_unassign(unsigned int cpu);
/* Gives a free CPU that is online to a pool. */
int interrex_pool_assign(unsigned int cpu, unsigned int id);
/* Moves d, which loses its affinities and parameters. -ESRCH, -ENODEV: no such pool, no CPU. */
int interrex_pool_enter(struct domain *d, unsigned int id);

/* ---- private/sched_core.c ---- */

/* The scheduler that d is in, and what it was told of d. -EOPNOTSUPP: not carried. */
int interrex_sched_get(struct domain *d, struct irx_sched *sched);
/* -EINVAL: for another scheduler than the one that d is in. */
int interrex_sched_set(struct domain *d, const struct irx_sched *sched);

/* ---- cpupools.c ---- */

/* What interrex_cpupool_home_of() answers beside ids of pools. */
#define INTERREX_HOME_FREE (~0u)
#define INTERREX_HOME_ANY  (~1u) /* it was not lent: what Xen makes of it */

/* Why this pool cannot be carried, and a detail; 0: it can. IRX_REASON_*. */
uint16_t interrex_cpupool_reason(const struct interrex_pool *pool,
                                 uint64_t *detail);

/* Where a CPU that comes online belongs. Any context. */
unsigned int interrex_cpupool_home_of(unsigned int cpu);

/*
 * Before these CPUs are lent: they leave their pools, and domains leave pools that
 * are empty then. On an error interrex_cpupools_undo() takes it back.
 */
int interrex_cpupools_vacate(const cpumask_t *lent);
/* All that is back online and everybody who left goes home. */
void interrex_cpupools_undo(void);

/* The pool that d is in, or will be in again. Any context. */
unsigned int interrex_cpupools_id_of(const struct domain *d);
/* The same, and d's parameters there. */
void interrex_cpupools_of(struct domain *d, uint32_t *pool_id,
                          struct irx_sched *sched);

/* For interrex_cpupools_undo(): -ENOMEM. */
void interrex_cpupools_remember_cpu(unsigned int cpu, unsigned int home);
int interrex_cpupools_remember(const struct domain *d, unsigned int pool_id,
                               const struct irx_sched *sched);

/* ---- cpupool_record.c ---- */

struct irx_writer;
struct irx_stream;

/* Writes IRX_REC_CPUPOOLS. -ENOMEM. */
int interrex_cpupools_export(struct irx_writer *w);
/*
 * The pools, and every domain's place in them: by the Xen that goes, too, since the
 * operator may have changed pools while they were empty. -errno, after saying why.
 */
int interrex_cpupools_validate(const struct irx_stream *late);
/*
 * In the Xen that was started by an update: makes the pools; CPUs that are online
 * go to their own, the others when they come back. -ENOMEM.
 */
int interrex_cpupools_import(const struct irx_stream *late);
/* d, which is in Pool-0 and has its vCPUs, gets its parameters, or will with its pool. */
int interrex_cpupools_join(struct domain *d, unsigned int pool_id,
                           const struct irx_sched *sched);

#endif
