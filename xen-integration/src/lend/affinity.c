/* SPDX-License-Identifier: GPL-2.0-only */
/* Hard affinities over a hold; see lend.h. */
#include <xen/cpumask.h>
#include <xen/spinlock.h>
#include <xen/xmalloc.h>

#include "lend/lend.h"

struct saved {
    struct list_head list;
    domid_t domid;
    unsigned int vcpu;
    cpumask_t hard;
};

static LIST_HEAD(saved_list);
/* The toolstack changes affinities at any time. */
static DEFINE_SPINLOCK(saved_lock);

/* Not all of its CPUs are here. */
static bool waits(const struct saved *s)
{
    struct domain *d = rcu_lock_domain_by_id(s->domid);
    struct vcpu *v = d ? domain_vcpu(d, s->vcpu) : NULL;
    bool is = v && !cpumask_subset(&s->hard, cpupool_valid_cpus(d->cpupool));

    if ( d )
        rcu_unlock_domain(d);

    return is;
}

/* The first entry, or the first that waits for nothing, taken off the list; NULL: there is none. */
static struct saved *pop(bool any)
{
    struct saved *s, *found = NULL;

    spin_lock(&saved_lock);
    list_for_each_entry (s, &saved_list, list)
        if ( any || !waits(s) )
        {
            found = s;
            list_del(&s->list);
            break;
        }
    spin_unlock(&saved_lock);

    return found;
}

static void forget_all(void)
{
    struct saved *s;

    while ( (s = pop(true)) != NULL )
        xfree(s);
}

/* saved_lock is held. */
static struct saved *find(const struct vcpu *v)
{
    struct saved *s;

    list_for_each_entry (s, &saved_list, list)
        if ( s->domid == v->domain->domain_id && s->vcpu == v->vcpu_id )
            return s;

    return NULL;
}

/* What v gets when the CPUs are back; NULL: it keeps what it has. */
static void replace(const struct vcpu *v, struct saved *with)
{
    struct saved *s;

    spin_lock(&saved_lock);
    s = find(v);
    if ( s )
        list_del(&s->list);
    if ( with )
        list_add_tail(&with->list, &saved_list);
    spin_unlock(&saved_lock);
    xfree(s);
}

void interrex_affinity_forget(const struct vcpu *v)
{
    replace(v, NULL);
}

int interrex_affinity_remember(const struct vcpu *v, const cpumask_t *hard)
{
    struct saved *s;

    if ( cpumask_full(hard) )
        return 0;

    s = xzalloc(struct saved);
    if ( !s )
        return -ENOMEM;

    s->domid = v->domain->domain_id;
    s->vcpu = v->vcpu_id;
    cpumask_copy(&s->hard, hard);
    replace(v, s);

    return 0;
}

void interrex_affinity_of(const struct vcpu *v, cpumask_t *hard)
{
    const struct saved *s;

    spin_lock(&saved_lock);
    s = find(v);
    cpumask_copy(hard, s ? &s->hard : v->sched_unit->cpu_hard_affinity);
    spin_unlock(&saved_lock);
}

static bool is_remembered(const struct vcpu *v)
{
    bool found;

    spin_lock(&saved_lock);
    found = find(v) != NULL;
    spin_unlock(&saved_lock);

    return found;
}

int interrex_affinity_save_others(void)
{
    struct domain *d;
    struct vcpu *v;
    int rc = 0;

    rcu_read_lock(&domlist_read_lock);
    for_each_domain (d)
        for_each_vcpu (d, v)
            if ( !rc && !is_remembered(v) )
                rc = interrex_affinity_remember(
                    v, v->sched_unit->cpu_hard_affinity);
    rcu_read_unlock(&domlist_read_lock);

    return rc;
}

int interrex_affinity_save(void)
{
    int rc;

    forget_all();
    rc = interrex_affinity_save_others();
    if ( rc )
        forget_all();

    return rc;
}

/* Only what the scheduler took away: an affinity that the operator changed meanwhile stays. */
static void restore(bool all)
{
    struct saved *s;

    while ( (s = pop(all)) != NULL )
    {
        struct domain *d = rcu_lock_domain_by_id(s->domid);
        struct vcpu *v = d ? domain_vcpu(d, s->vcpu) : NULL;

        if ( v && vcpu_set_hard_affinity(v, &s->hard) )
            printk(XENLOG_WARNING
                   "Interrex: affinity of %pv was not restored\n",
                   v);
        if ( d )
            rcu_unlock_domain(d);
        xfree(s);
    }
}

void interrex_affinity_undo(void)
{
    restore(true);
}

void interrex_affinity_retry(void)
{
    restore(false);
}
