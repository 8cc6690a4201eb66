/* SPDX-License-Identifier: GPL-2.0-only */
#include "watchdog.h"

#include "core/spec.h"
#include "core/time.h"

#define SECOND_NS 1000000000ull

/* Under d->lock, or while nothing of d runs. */
static void update(struct dom *d, const struct irx_time_scale *time)
{
    const uint64_t *deadline = d->rec->watchdog;
    tsc_t next = TSC_NEVER;

    for (unsigned int i = 0; i < ARRAY_SIZE(d->rec->watchdog); i++)
        if (deadline[i])
            next = MIN(next, time_to_tsc(time, deadline[i]));
    __atomic_store_n(&d->watchdog_tsc, next, __ATOMIC_SEQ_CST);
}

void watchdog_load(struct dom *d)
{
    update(d, &d->vcpus[0].rec->time); /* system time is one for all */
}

/* Under d->lock. */
static int64_t set(const struct vcpu *v, uint32_t id, uint32_t seconds)
{
    uint64_t *deadline = v->d->rec->watchdog;
    uint64_t then = time_now(v) + seconds * SECOND_NS;

    if (id > ARRAY_SIZE(v->d->rec->watchdog))
        return -SHIM_EINVAL;
    if (id == 0) {
        while (id < ARRAY_SIZE(v->d->rec->watchdog) && deadline[id])
            id++;
        if (id == ARRAY_SIZE(v->d->rec->watchdog))
            return (uint32_t)-SHIM_ENOSPC; /* as domain_watchdog() mixes int and uint32_t */
        deadline[id] = then;
        return id + 1;
    }
    id = index_nospec(id - 1, ARRAY_SIZE(v->d->rec->watchdog));
    if (!deadline[id])
        return -SHIM_EINVAL;
    deadline[id] = seconds ? then : 0;
    return 0;
}

int64_t watchdog_op(struct pcpu *pc, struct vcpu *v, uint32_t id, uint32_t seconds)
{
    int64_t rc;

    lock_take(&v->d->lock, pc->index);
    rc = set(v, id, seconds);
    update(v->d, &v->rec->time);
    lock_drop(&v->d->lock);
    return rc;
}

bool watchdog_expired(const struct vcpu *v, tsc_t now)
{
    return now >= __atomic_load_n(&v->d->watchdog_tsc, __ATOMIC_RELAXED);
}
