/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TESTS_XEN_CPUMASK_H
#define TESTS_XEN_CPUMASK_H

#include <xen/lib.h>

#define NR_CPUS 512u

typedef struct {
    uint8_t cpu[NR_CPUS]; /* 1: it is in */
} cpumask_t;

/* CPUs that the machine has are present; those below nr_cpu_ids can be. */
extern unsigned int nr_cpu_ids;
extern cpumask_t cpu_present_map, cpu_online_map;

static inline bool cpumask_test_cpu(unsigned int cpu, const cpumask_t *mask)
{
    ASSERT(cpu < NR_CPUS);
    return mask->cpu[cpu];
}

static inline void cpumask_set_cpu(unsigned int cpu, cpumask_t *mask)
{
    ASSERT(cpu < NR_CPUS);
    mask->cpu[cpu] = 1;
}
#define __cpumask_set_cpu cpumask_set_cpu

static inline void cpumask_clear(cpumask_t *mask)
{
    *mask = (cpumask_t){};
}

static inline void cpumask_setall(cpumask_t *mask)
{
    memset(mask->cpu, 1, sizeof(mask->cpu));
}

static inline void cpumask_copy(cpumask_t *to, const cpumask_t *from)
{
    *to = *from;
}

static inline void cpumask_and(cpumask_t *to, const cpumask_t *one,
                               const cpumask_t *other)
{
    unsigned int cpu;

    for ( cpu = 0; cpu < NR_CPUS; cpu++ )
        to->cpu[cpu] = one->cpu[cpu] && other->cpu[cpu];
}

static inline bool cpumask_equal(const cpumask_t *one, const cpumask_t *other)
{
    return !memcmp(one, other, sizeof(*one));
}

/* From cpu on, the first one that is in both; nr_cpu_ids: none. NULL: all. */
static inline unsigned int cpumask_from(unsigned int cpu,
                                        const cpumask_t *mask)
{
    while ( cpu < nr_cpu_ids && !mask->cpu[cpu] )
        cpu++;
    return cpu;
}

static inline bool cpumask_empty(const cpumask_t *mask)
{
    return cpumask_from(0, mask) == nr_cpu_ids;
}

#define for_each_cpu(number, mask)                                            \
    for ( number = cpumask_from(0, mask); number < nr_cpu_ids;                \
          number = cpumask_from(number + 1, mask) )
#define for_each_present_cpu(number) for_each_cpu (number, &cpu_present_map)

#define for_each_online_cpu(number) for_each_cpu (number, &cpu_online_map)

static inline void cpumask_clear_cpu(unsigned int cpu, cpumask_t *mask)
{
    ASSERT(cpu < NR_CPUS);
    mask->cpu[cpu] = 0;
}

static inline bool cpumask_full(const cpumask_t *mask)
{
    unsigned int cpu;

    for ( cpu = 0; cpu < nr_cpu_ids; cpu++ )
        if ( !mask->cpu[cpu] )
            return false;
    return true;
}

static inline bool cpumask_subset(const cpumask_t *inner,
                                  const cpumask_t *outer)
{
    unsigned int cpu;

    for_each_cpu (cpu, inner)
        if ( !outer->cpu[cpu] )
            return false;
    return true;
}

static inline void cpumask_or(cpumask_t *to, const cpumask_t *one,
                              const cpumask_t *other)
{
    unsigned int cpu;

    for ( cpu = 0; cpu < NR_CPUS; cpu++ )
        to->cpu[cpu] = one->cpu[cpu] | other->cpu[cpu];
}

static inline void cpumask_andnot(cpumask_t *to, const cpumask_t *one,
                                  const cpumask_t *other)
{
    unsigned int cpu;

    for ( cpu = 0; cpu < NR_CPUS; cpu++ )
        to->cpu[cpu] = one->cpu[cpu] & !other->cpu[cpu];
}

static inline unsigned int cpumask_weight(const cpumask_t *mask)
{
    unsigned int cpu, count = 0;

    for ( cpu = 0; cpu < nr_cpu_ids; cpu++ )
        count += mask->cpu[cpu];
    return count;
}

/* nr_cpu_ids: none. */
static inline unsigned int cpumask_last(const cpumask_t *mask)
{
    unsigned int cpu, last = nr_cpu_ids;

    for_each_cpu (cpu, mask)
        last = cpu;
    return last;
}

static inline bool __cpumask_test_and_set_cpu(unsigned int cpu,
                                              cpumask_t *mask)
{
    bool was = cpumask_test_cpu(cpu, mask);

    cpumask_set_cpu(cpu, mask);
    return was;
}

static inline bool cpu_online(unsigned int cpu)
{
    return cpumask_test_cpu(cpu, &cpu_online_map);
}

static inline unsigned int num_online_cpus(void)
{
    unsigned int cpu, count = 0;

    for ( cpu = 0; cpu < nr_cpu_ids; cpu++ )
        count += cpu_online_map.cpu[cpu];
    return count;
}

#endif
