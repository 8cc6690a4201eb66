/* SPDX-License-Identifier: GPL-2.0-only */
/* CPU pools on their way to the next Xen, as they were before anything was lent. */
#include <xen/init.h>
#include <xen/sched.h>
#include <xen/xmalloc.h>

#include "lend/lend.h"
#include "private/private.h"
#include "state/state.h"

/* A CPU that is lent is in no pool. */
static void export_pool(const struct interrex_pool *pool,
                        struct irx_cpupool *rec)
{
    static cpumask_t cpus;
    unsigned int cpu;

    cpumask_copy(&cpus, &pool->cpus);
    for_each_present_cpu (cpu)
        if ( interrex_home_of(cpu) == pool->id )
            __cpumask_set_cpu(cpu, &cpus);

    *rec = (struct irx_cpupool){
        .id = pool->id,
        .sched_id = pool->sched_id,
        .granularity = pool->granularity,
    };
    memcpy(rec->params, pool->params, sizeof(rec->params));
    (void)interrex_cpu_set_export(&cpus, rec->cpus);
}

int interrex_cpupools_export(struct irx_writer *w)
{
    struct interrex_pool *pool = xmalloc(struct interrex_pool);
    struct irx_cpupool rec;
    unsigned int from = 0;

    if ( !pool )
        return -ENOMEM;

    irx_writer_begin(w, IRX_REC_CPUPOOLS, 0, 0);
    while ( interrex_pool_get(from, pool) )
    {
        export_pool(pool, &rec);
        irx_writer_put(w, &rec, sizeof(rec));
        from = pool->id + 1;
    }
    irx_writer_end(w);
    xfree(pool);

    return 0;
}

/* As many as Xen makes: cpupool_create(). */
#define MAX_POOLS (2u * NR_CPUS)

/* *pools is freed by the caller, also after an error. */
static int read_pools(const struct irx_stream *late,
                      struct irx_cpupool **pools, unsigned int *nr)
{
    const struct irx_record *rec = irx_stream_find(late, IRX_REC_CPUPOOLS, 0,
                                                   NULL);
    size_t i, n = rec ? irx_record_count(late, rec) : 0;
    int rc = 0;

    *pools = NULL;
    if ( !n || n > MAX_POOLS )
        return -ENOENT;

    *pools = xzalloc_array(struct irx_cpupool, n);
    if ( !*pools )
        return -ENOMEM;

    for ( i = 0; !rc && i < n; i++ )
        rc = irx_record_get(late, rec, i, &(*pools)[i], sizeof(**pools));
    *nr = n;

    return rc;
}

/* This Xen's boot has put every CPU that is online into Pool-0; nobody runs there yet. */
static void __init place_cpu(unsigned int cpu, unsigned int home)
{
    int rc;

    interrex_home_remember(cpu, home);
    if ( !cpu || !home || !cpu_online(cpu) )
        return;

    rc = interrex_pool_unassign(cpu);
    if ( !rc && home != INTERREX_HOME_FREE )
        rc = interrex_pool_assign(cpu, home);
    if ( rc )
        printk(XENLOG_WARNING "Interrex: CPU%u stays in Pool-0: %d\n", cpu,
               rc);
}

/* The pool with its CPUs, which are added to `known`. */
static void __init import_pool(const struct irx_cpupool *rec, cpumask_t *known)
{
    static cpumask_t __initdata cpus;
    int rc = interrex_pool_import(rec);
    unsigned int cpu;

    /* No reason to stop: its domains run in Pool-0, or by another scheduler's defaults. */
    if ( rc )
        printk(XENLOG_WARNING "Interrex: CPU pool %u is not what it was: %d\n",
               rec->id, rc);

    interrex_cpu_set_import(rec->cpus, &cpus);
    cpumask_or(known, known, &cpus);
    for_each_cpu (cpu, &cpus)
        place_cpu(cpu, rec->id);
}

int __init interrex_cpupools_import(const struct irx_stream *late)
{
    static cpumask_t __initdata known;
    struct irx_cpupool *pools;
    unsigned int i, nr = 0, cpu;
    int rc = read_pools(late, &pools, &nr);

    for ( i = 0; !rc && i < nr; i++ )
        import_pool(&pools[i], &known);
    for_each_present_cpu (cpu)
        if ( !rc && !cpumask_test_cpu(cpu, &known) )
            place_cpu(cpu, INTERREX_HOME_FREE);
    xfree(pools);

    return rc;
}
