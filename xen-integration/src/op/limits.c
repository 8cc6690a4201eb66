/* SPDX-License-Identifier: GPL-2.0-only */
/* What a host has more of than R has room for. */
#include <xen/sched.h>

#include "op/op.h"
#include "region/region.h"

static unsigned int count_domains(void)
{
    const struct domain *d;
    unsigned int count = 0;

    for_each_domain (d)
        count++;

    return count;
}

static unsigned int count_vcpus(void)
{
    const struct domain *d;
    unsigned int count = 0;

    for_each_domain (d)
        count += d->max_vcpus;

    return count;
}

static unsigned int count_cpus(void)
{
    unsigned int cpu, count = 0;

    for_each_present_cpu (cpu)
        count++;

    return count;
}

uint16_t interrex_limits_reason(unsigned int *from, uint64_t *detail)
{
    const struct irx_anchor *a = interrex_anchor();
    const struct {
        uint16_t code;
        unsigned int (*count)(void);
        unsigned int limit;
    } limits[] = {
        { IRX_REASON_TOO_MANY_DOMAINS, count_domains, a->domains.count },
        { IRX_REASON_TOO_MANY_VCPUS, count_vcpus, a->vcpus.count },
        /* Also those that are offline: a set of CPUs has a bit for each. */
        { IRX_REASON_TOO_MANY_CPUS, count_cpus, INTERREX_MAX_CPUS },
    };
    uint16_t code = 0;

    rcu_read_lock(&domlist_read_lock);
    for ( ; !code && *from < ARRAY_SIZE(limits); ++*from )
        if ( limits[*from].count() > limits[*from].limit )
        {
            code = limits[*from].code;
            *detail = limits[*from].limit;
        }
    rcu_read_unlock(&domlist_read_lock);

    return code;
}
