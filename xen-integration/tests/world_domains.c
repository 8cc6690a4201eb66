/* SPDX-License-Identifier: GPL-2.0-only */
/* Domains, and who refers to them. */
#include "world_parts.h"

static struct domain nobody; /* until a test makes one */
struct domain *domain_list, *dom_io, *dom_xen, *hardware_domain = &nobody;
struct vcpu *current, world_idle_vcpu;
rcu_read_lock_t domlist_read_lock;
static struct cpupool pool0;

struct domain *world_domain(domid_t id, unsigned int vcpus)
{
    struct domain *d = calloc(1, sizeof(*d)), **last;
    unsigned int i;

    d->domain_id = id;
    memset(d->handle, id, sizeof(d->handle));
    d->max_vcpus = vcpus;
    d->max_pages = ~0U;
    d->cpupool = &pool0;
    d->world_p2m.p2m.domain = d;
    d->arch.cpu_policy = calloc(1, sizeof(*d->arch.cpu_policy));
    d->arch.cpu_policy->extd.maxphysaddr = 40;
    pool0.cpu_valid = cpu_present_map;
    d->vcpu = calloc(vcpus ? vcpus : 1, sizeof(*d->vcpu));
    for ( i = 0; i < vcpus; i++ )
    {
        struct vcpu *v = d->vcpu[i] = calloc(1, sizeof(*v));

        v->vcpu_id = i;
        v->domain = d;
        v->sched_unit = calloc(1, sizeof(*v->sched_unit));
        v->sched_unit->cpu_hard_affinity = malloc(sizeof(cpumask_t));
        v->sched_unit->cpu_soft_affinity = malloc(sizeof(cpumask_t));
        cpumask_setall(v->sched_unit->cpu_hard_affinity);
        cpumask_setall(v->sched_unit->cpu_soft_affinity);
    }
    for ( last = &domain_list; *last; last = &(*last)->world_next )
        ;
    *last = d;

    return d;
}

static void free_domain(struct domain *d)
{
    unsigned int i;

    for ( i = 0; i < d->max_vcpus; i++ )
    {
        free(d->vcpu[i]->sched_unit->cpu_hard_affinity);
        free(d->vcpu[i]->sched_unit->cpu_soft_affinity);
        free(d->vcpu[i]->sched_unit);
        free(d->vcpu[i]);
    }
    free(d->vcpu);
    free(d->arch.cpu_policy);
    free(d);
}

void world_domains_end(void)
{
    struct domain *d;

    while ( (d = domain_list) != NULL )
    {
        assert_int_equal(d->world_refs, 0);
        assert_int_equal(d->world_p2m.locked, 0);
        assert_false(d->event_lock.taken);
        assert_false(d->world_p2m.p2m.lock.taken);
        domain_list = d->world_next;
        free_domain(d);
    }
    assert_false(domlist_read_lock.taken);
    current = NULL;
}

bool get_domain(struct domain *d)
{
    if ( d->world_dying )
        return false;
    d->world_refs++;

    return true;
}

void put_domain(struct domain *d)
{
    assert_true(d->world_refs);
    d->world_refs--;
}

struct domain *rcu_lock_domain_by_id(domid_t id)
{
    struct domain *d;

    for_each_domain (d)
        if ( d->domain_id == id )
        {
            d->world_refs++;
            return d;
        }

    return NULL;
}

void rcu_unlock_domain(struct domain *d)
{
    put_domain(d);
}

void rcu_read_lock(rcu_read_lock_t *lock)
{
    lock->taken = true;
}

void rcu_read_unlock(rcu_read_lock_t *lock)
{
    lock->taken = false;
}

int vcpu_set_hard_affinity(struct vcpu *v, const cpumask_t *hard)
{
    unsigned int cpu;

    for_each_cpu (cpu, hard)
        if ( cpu_online(cpu) )
        {
            cpumask_copy(v->sched_unit->cpu_hard_affinity, hard);
            return 0;
        }

    return -EINVAL;
}

const cpumask_t *cpupool_valid_cpus(const struct cpupool *pool)
{
    return &pool->cpu_valid;
}
