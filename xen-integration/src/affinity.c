/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Affinities over a hold. Taking CPUs offline makes the scheduler give up the
 * hard affinity of whoever has no CPU left; here is what it was.
 */
#include <xen/cpumask.h>
#include <xen/xmalloc.h>

#include "internal.h"

struct saved {
    struct list_head list;
    domid_t domid;
    unsigned int vcpu;
    cpumask_t hard;
};

static LIST_HEAD(saved_list);

static void forget(void)
{
    struct saved *s, *next;

    list_for_each_entry_safe (s, next, &saved_list, list)
    {
        list_del(&s->list);
        xfree(s);
    }
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
    list_add_tail(&s->list, &saved_list);

    return 0;
}

const cpumask_t *interrex_affinity_of(const struct vcpu *v)
{
    const struct saved *s;

    list_for_each_entry (s, &saved_list, list)
        if ( s->domid == v->domain->domain_id && s->vcpu == v->vcpu_id )
            return &s->hard;

    return v->sched_unit->cpu_hard_affinity;
}

int interrex_affinity_save(void)
{
    struct domain *d;
    struct vcpu *v;
    int rc = 0;

    if ( !list_empty(&saved_list) )
        return 0; /* an earlier lend saw them before anything was lent */

    rcu_read_lock(&domlist_read_lock);
    for_each_domain (d)
        for_each_vcpu (d, v)
            if ( !rc )
                rc = interrex_affinity_remember(
                    v, v->sched_unit->cpu_hard_affinity);
    rcu_read_unlock(&domlist_read_lock);

    if ( rc )
        forget();

    return rc;
}

/* Only what the scheduler took away: an affinity that the operator changed meanwhile stays. */
void interrex_affinity_restore(void)
{
    struct saved *s;

    list_for_each_entry (s, &saved_list, list)
    {
        struct domain *d = rcu_lock_domain_by_id(s->domid);
        struct vcpu *v = d ? domain_vcpu(d, s->vcpu) : NULL;

        if ( v && cpumask_full(v->sched_unit->cpu_hard_affinity) )
        {
            if ( vcpu_set_hard_affinity(v, &s->hard) )
                printk(XENLOG_WARNING
                       "Interrex: affinity of %pv was not restored\n",
                       v);
        }
        if ( d )
            rcu_unlock_domain(d);
    }

    forget();
}
