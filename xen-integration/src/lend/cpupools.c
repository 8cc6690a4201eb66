/* SPDX-License-Identifier: GPL-2.0-only */
/* Who left which pool for a hold, and the way back; see lend.h. */
#include <xen/sched.h>
#include <xen/softirq.h>
#include <xen/xmalloc.h>

#include "lend/lend.h"
#include "private/private.h"

/* How long a vCPU may take to leave a CPU that goes. */
#define LEAVE_TIMEOUT MILLISECS(500)

struct member {
    struct list_head list;
    domid_t domid;
    unsigned int pool_id;
    struct irx_sched sched; /* when it left */
};

static LIST_HEAD(members);
static DEFINE_SPINLOCK(members_lock);

/* Why this pool cannot be carried, and a detail; 0: it can. */
static uint16_t reason_of(const struct interrex_pool *pool, uint64_t *detail)
{
    if ( pool->sched_id != IRX_SCHED_CREDIT &&
         pool->sched_id != IRX_SCHED_CREDIT2 )
    {
        *detail = pool->sched_id;
        return IRX_REASON_SCHEDULER;
    }

    /* Of a core, one CPU alone would go: the pool loses all of them at once. */
    *detail = pool->id;
    return pool->cpus_each > 1 ? IRX_REASON_CPUPOOL : 0;
}

uint16_t interrex_cpupools_reason(unsigned int *from, uint64_t *detail)
{
    static struct interrex_pool pool; /* operations are serialised */
    uint16_t reason = 0;

    while ( !reason && interrex_pool_get(*from, &pool) )
    {
        reason = reason_of(&pool, detail);
        *from = pool.id + 1;
    }

    return reason;
}

static struct member *member_of(const struct domain *d)
{
    struct member *m;

    list_for_each_entry (m, &members, list)
        if ( m->domid == d->domain_id )
            return m;

    return NULL;
}

unsigned int interrex_cpupools_id_of(const struct domain *d)
{
    unsigned int id = cpupool_get_id(d);
    const struct member *m;

    if ( id )
        return id;

    spin_lock(&members_lock);
    m = member_of(d);
    if ( m )
        id = m->pool_id;
    spin_unlock(&members_lock);

    return interrex_pool_exists(id) ? id : 0; /* it may be gone since */
}

int interrex_cpupools_remember(const struct domain *d, unsigned int pool_id,
                               const struct irx_sched *sched)
{
    struct member *m = xzalloc(struct member);

    if ( !m )
        return -ENOMEM;

    m->domid = d->domain_id;
    m->pool_id = pool_id;
    m->sched = *sched;
    spin_lock(&members_lock);
    list_add_tail(&m->list, &members);
    spin_unlock(&members_lock);

    return 0;
}

static void forget(void)
{
    struct member *m, *next;

    spin_lock(&members_lock);
    list_for_each_entry_safe (m, next, &members, list)
    {
        list_del(&m->list);
        xfree(m);
    }
    spin_unlock(&members_lock);
    interrex_homes_forget();
}

/* A CPU that is lent and of d's pool: one to which its vCPUs may be pinned. */
static bool waits_for_one(const struct domain *d, const cpumask_t *mask)
{
    unsigned int cpu, id = interrex_cpupools_id_of(d);

    for_each_cpu (cpu, mask)
        if ( cpu < nr_cpu_ids && !cpu_online(cpu) &&
             interrex_home_of(cpu) == id )
            return true;

    return false;
}

int interrex_set_hard_affinity(struct vcpu *v, const cpumask_t *hard)
{
    int rc = vcpu_set_hard_affinity(v, hard);

    if ( !rc )
        interrex_affinity_forget(v);
    else if ( rc == -EINVAL && waits_for_one(v->domain, hard) )
        rc = interrex_affinity_remember(v, hard);

    return rc;
}

/* What d was told, in the scheduler of its own pool: what was changed meanwhile counts. */
static void sched_of(struct domain *d, const struct member *m,
                     struct irx_sched *sched)
{
    if ( interrex_sched_get(d, sched) ||
         (m && m->sched.sched_id != sched->sched_id) )
        *sched = m ? m->sched : (struct irx_sched){};
}

void interrex_cpupools_of(struct domain *d, uint32_t *pool_id,
                          struct irx_sched *sched)
{
    *pool_id = interrex_cpupools_id_of(d);
    sched_of(d, *pool_id && !cpupool_get_id(d) ? member_of(d) : NULL, sched);
}

/* Moves d with its affinities, as far as there are CPUs for them, and `sched`. */
static int move(struct domain *d, unsigned int pool_id,
                const struct irx_sched *sched)
{
    cpumask_t *soft = xmalloc_array(cpumask_t, d->max_vcpus);
    struct vcpu *v;
    int rc = soft ? 0 : -ENOMEM;

    for_each_vcpu (d, v)
    {
        if ( rc )
            break;
        cpumask_copy(&soft[v->vcpu_id], v->sched_unit->cpu_soft_affinity);
        rc = interrex_affinity_remember(v, v->sched_unit->cpu_hard_affinity);
    }
    if ( !rc )
        rc = interrex_pool_enter(d, pool_id);

    for_each_vcpu (d, v)
        if ( !rc )
            (void)interrex_set_soft_affinity(v, &soft[v->vcpu_id]);
    if ( !rc )
        (void)interrex_sched_set(d, sched); /* it may be for another one */
    xfree(soft);

    return rc;
}

static int leave(struct domain *d)
{
    struct irx_sched sched;
    int rc;

    sched_of(d, NULL, &sched);
    rc = interrex_cpupools_remember(d, cpupool_get_id(d), &sched);

    return rc ?: move(d, 0, &sched);
}

/* Everybody in this pool goes to Pool-0. */
static int clear_pool(unsigned int id)
{
    struct domain *d;
    int rc = 0;

    rcu_read_lock(&domlist_read_lock);
    for_each_domain (d)
        if ( !rc && cpupool_get_id(d) == id )
            rc = leave(d);
    rcu_read_unlock(&domlist_read_lock);

    return rc;
}

static int unassign(unsigned int cpu)
{
    s_time_t end = NOW() + LEAVE_TIMEOUT;
    int rc;

    while ( (rc = interrex_pool_unassign(cpu)) == -EAGAIN && NOW() < end )
    {
        process_pending_softirqs();
        cpu_relax();
    }

    return rc;
}

static int vacate_pool(const struct interrex_pool *pool, const cpumask_t *lent)
{
    uint64_t detail;
    unsigned int cpu;
    int rc = 0;

    if ( reason_of(pool, &detail) )
        return -EOPNOTSUPP;

    for_each_cpu (cpu, lent)
        if ( cpumask_test_cpu(cpu, &pool->cpus) )
            interrex_home_remember(cpu, pool->id);

    if ( !pool->id ) /* hotplug does it */
        return 0;

    if ( cpumask_subset(&pool->cpus, lent) )
        rc = clear_pool(pool->id);
    for_each_cpu (cpu, lent)
        if ( !rc && cpumask_test_cpu(cpu, &pool->cpus) )
            rc = unassign(cpu);

    return rc;
}

int interrex_cpupools_vacate(const cpumask_t *lent)
{
    static struct interrex_pool pool; /* operations are serialised */
    unsigned int cpu, from = 0;
    int rc = 0;

    for_each_cpu (cpu, lent)
        interrex_home_remember(cpu, INTERREX_HOME_FREE);

    while ( !rc && interrex_pool_get(from, &pool) )
    {
        rc = vacate_pool(&pool, lent);
        from = pool.id + 1;
    }

    return rc;
}

/* CPUs that left their pool and never went, or came back when it was not there. */
void interrex_cpupools_rejoin(void)
{
    unsigned int cpu;

    for_each_online_cpu (cpu)
    {
        unsigned int home = interrex_home_of(cpu);

        if ( home == INTERREX_HOME_ANY || home == INTERREX_HOME_FREE ||
             interrex_pool_of_cpu(cpu) != ~0u )
            continue;
        if ( interrex_pool_assign(cpu, home) )
            printk(XENLOG_WARNING "Interrex: CPU%u is not back in pool %u\n",
                   cpu, home);
    }
}

static void go_home(const struct member *m)
{
    struct domain *d = rcu_lock_domain_by_id(m->domid);
    struct irx_sched sched;
    int rc = 0;

    if ( !d )
        return;
    if ( !cpupool_get_id(d) )
    {
        sched_of(d, m, &sched);
        rc = move(d, m->pool_id, &sched);
    }
    if ( rc )
        printk(XENLOG_WARNING "Interrex: %pd is not back in pool %u: %d\n", d,
               m->pool_id, rc);
    rcu_unlock_domain(d);
}

void interrex_cpupools_undo(void)
{
    const struct member *m;

    interrex_cpupools_rejoin();
    list_for_each_entry (m, &members, list)
        go_home(m);
    forget();
}
