/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Quarantine: domains that the shim runs and that this Xen cannot take, each with what
 * was refused. They stay held; Xen has a shell that stands for them.
 */
#include <xen/xmalloc.h>

#include "region/region.h"

static struct quarantined {
    uint32_t all;   /* bit IRX_QUARANTINE_*: was refused */
    uint32_t first; /* and this one first, with its error */
    int error;
    struct interrex_kept *kept;
} quarantined[INTERREX_MAX_DOMAINS];

/*
 * A shell that lacks any of these has all that others may change of it, and R has the rest. Of the others
 * it has some of its vCPUs, its memory or its ports, and cannot say which.
 */
#define COMPLETE_WITHOUT                                                      \
    ((1U << IRX_QUARANTINE_CREATE) | (1U << IRX_QUARANTINE_POLICY) |          \
     (1U << IRX_QUARANTINE_SETTING) | (1U << IRX_QUARANTINE_CLAIM))

void interrex_quarantine(unsigned int entry, uint32_t what, int rc)
{
    static const char *const names[] = {
        [IRX_QUARANTINE_CREATE] = "options that it was created with",
        [IRX_QUARANTINE_STATE] = "registers or timers",
        [IRX_QUARANTINE_SHELL] = "vCPUs, paging memory or time",
        [IRX_QUARANTINE_GRANTS] = "grants",
        [IRX_QUARANTINE_MEMORY] = "memory",
        [IRX_QUARANTINE_POLICY] = "CPU policy",
        [IRX_QUARANTINE_EVENTS] = "event channels",
        [IRX_QUARANTINE_SETTING] = "scheduling or rights",
        [IRX_QUARANTINE_CLAIM] = "state at claim",
    };
    const struct irx_domain *r = interrex_domain_rec(entry);
    struct quarantined *q = &quarantined[entry];

    BUILD_BUG_ON(ARRAY_SIZE(names) != IRX_QUARANTINE_MAX + 1);

    printk(XENLOG_ERR "Interrex: d%u is quarantined, %s: %s refused: %d\n",
           r->domid,
           r->flags & IRX_DOMF_PV ? "and has crashed" : "the shim runs it on",
           names[what], rc);

    q->all |= 1U << what;
    if ( !q->first )
    {
        q->first = what;
        q->error = rc;
    }
}

uint64_t interrex_quarantined(unsigned int entry)
{
    const struct quarantined *q = &quarantined[entry];

    return q->first ? q->first | (uint64_t)-q->error << 32 : 0;
}

bool interrex_quarantine_is(unsigned int entry, uint32_t what)
{
    return quarantined[entry].all & (1U << what);
}

bool interrex_grants_lost(unsigned int entry)
{
    return interrex_quarantine_is(entry, IRX_QUARANTINE_CREATE) ||
           interrex_quarantine_is(entry, IRX_QUARANTINE_SHELL) ||
           interrex_quarantine_is(entry, IRX_QUARANTINE_GRANTS) ||
           interrex_quarantine_is(entry, IRX_QUARANTINE_MEMORY);
}

bool interrex_quarantine_final(unsigned int entry)
{
    return quarantined[entry].all & ~(1U << IRX_QUARANTINE_CLAIM);
}

void interrex_quarantine_keep(unsigned int entry, struct interrex_kept *kept)
{
    xfree(quarantined[entry].kept);
    quarantined[entry].kept = kept;
}

const struct interrex_kept *interrex_quarantine_kept(unsigned int entry)
{
    return quarantined[entry].kept;
}

bool interrex_quarantine_complete(unsigned int entry)
{
    const struct quarantined *q = &quarantined[entry];

    return !(q->all & ~COMPLETE_WITHOUT) &&
           (q->kept || !interrex_quarantine_final(entry));
}

void interrex_quarantine_end(unsigned int entry)
{
    xfree(quarantined[entry].kept);
    quarantined[entry] = (struct quarantined){};
}
