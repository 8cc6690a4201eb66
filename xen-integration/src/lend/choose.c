/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which CPUs go into the shim: whole cores, since threads of one core see each other's
 * traces, and neither side knows what runs on the other.
 */
#include <xen/cpumask.h>

#include <asm/smp.h>

#include "lend/lend.h"

static const cpumask_t *core_of(unsigned int cpu)
{
    return per_cpu(cpu_sibling_mask, cpu);
}

static bool is_away(unsigned int cpu)
{
    uint32_t state = interrex_cpu_rec(cpu)->state;

    return state != IRX_CPU_XEN && state != IRX_CPU_DEAD;
}

/* Those that stay can take all interrupts. */
static bool fits(const cpumask_t *chosen)
{
    static cpumask_t stay; /* operations are serialised */

    cpumask_andnot(&stay, &cpu_online_map, chosen);

    return interrex_vectors_fit(&stay);
}

/* With the boot CPU, which stays, its whole core does; and as many others as interrupts need. */
static void all(cpumask_t *chosen)
{
    cpumask_andnot(chosen, &cpu_online_map, core_of(0));
    cpumask_clear_cpu(0, chosen);
    while ( !cpumask_empty(chosen) && !fits(chosen) )
    {
        const unsigned int last = cpumask_last(chosen);

        cpumask_andnot(chosen, chosen, core_of(last));
        cpumask_clear_cpu(last, chosen);
    }
}

/* Those of a list that are still here, with the others of their cores. */
static int listed(const struct irx_op_cpus *cpus, cpumask_t *chosen)
{
    static cpumask_t seen; /* operations are serialised */
    unsigned int i;

    cpumask_clear(&seen);
    cpumask_clear(chosen);
    for ( i = 0; i < cpus->count; i++ )
    {
        unsigned int cpu = cpus->cpu[i];

        if ( !cpu || cpu >= nr_cpu_ids ||
             cpu >= interrex_anchor()->cpus.count ||
             __cpumask_test_and_set_cpu(cpu, &seen) )
            return -EINVAL;
        if ( is_away(cpu) )
            continue;
        if ( !cpu_online(cpu) || cpumask_test_cpu(0, core_of(cpu)) )
            return -EINVAL;
        cpumask_or(chosen, chosen, core_of(cpu));
    }

    return 0;
}

unsigned int interrex_lendable(void)
{
    static cpumask_t chosen; /* operations are serialised */

    all(&chosen);

    return cpumask_weight(&chosen);
}

int interrex_lend_choose(const struct irx_op_cpus *cpus, cpumask_t *now,
                         unsigned int *left)
{
    static cpumask_t chosen; /* operations are serialised */
    unsigned int cpu;
    int rc = 0;

    if ( cpus->count > ARRAY_SIZE(cpus->cpu) )
        return -EINVAL;

    if ( cpus->count )
        rc = listed(cpus, &chosen);
    else
        all(&chosen);
    if ( rc )
        return rc;
    cpumask_clear(now);
    *left = 0;
    /* Beside guests that the shim has kept, their CPUs may be all that there are. */
    if ( cpumask_empty(&chosen) )
        return interrex_anchor()->host_state == IRX_HOST_CLAIMING ? 0
                                                                  : -ENODEV;
    if ( !fits(&chosen) )
        return -ENOBUFS;
    if ( cpumask_last(&chosen) >= interrex_anchor()->cpus.count )
        return -ENOSPC;

    for_each_cpu (cpu, &chosen)
        if ( !cpus->max || cpumask_weight(now) < cpus->max )
            cpumask_or(now, now, core_of(cpu));
    *left = cpumask_weight(&chosen) - cpumask_weight(now);

    return 0;
}
