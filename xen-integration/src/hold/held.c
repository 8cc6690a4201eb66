/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What others may do to a domain that the shim runs. Its memory and its vCPUs
 * are the shim's: what would change them, or answer from what Xen last knew of
 * them, is refused until the domain is claimed.
 */
#include <xen/sched.h>

#include <public/domctl.h>
#include <public/sched.h>

#include "hold/hold.h"
#include "region/region.h"

static bool is_held(const struct interrex_hold *h)
{
    return h && read_atomic(&h->held);
}

int interrex_change(const struct domain *d)
{
    return is_held(read_atomic(&d->arch.interrex)) ? -EBUSY : 0;
}

/* Counted first: enter, which sets `held` and then compares, sees one or the other. */
int interrex_p2m_change(const struct domain *d)
{
    struct interrex_hold *h = read_atomic(&d->arch.interrex);

    if ( !h )
        return 0;

    write_atomic(&h->p2m_changes, h->p2m_changes + 1);
    smp_mb();

    return is_held(h) ? -EBUSY : 0;
}

/*
 * What concerns only what stays in Xen: the scheduler's settings, limits, names, the end. Not
 * get_cpu_policy and gettscinfo, which only a save asks of a domain that runs: it reads the policy
 * before it asks the guest to suspend, and so ends there. Later it would wait for a guest that
 * cannot obey, give up, and leave it suspended once it is claimed.
 */
static bool is_harmless(uint32_t cmd)
{
    switch ( cmd )
    {
    case XEN_DOMCTL_destroydomain:
    case XEN_DOMCTL_getdomaininfo:
    case XEN_DOMCTL_getvcpuinfo:
    case XEN_DOMCTL_getvcpuaffinity:
    case XEN_DOMCTL_setvcpuaffinity:
    case XEN_DOMCTL_getnodeaffinity:
    case XEN_DOMCTL_setnodeaffinity:
    case XEN_DOMCTL_scheduler_op:
    case XEN_DOMCTL_max_mem:
    case XEN_DOMCTL_subscribe:
    case XEN_DOMCTL_set_virq_handler:
    case XEN_DOMCTL_get_address_size:
    case XEN_DOMCTL_get_paging_mempool_size:
        return true;
    }

    return false;
}

/* Domains that somebody has begun to save: until they are resumed or destroyed. */
static DECLARE_BITMAP(saves, DOMID_FIRST_RESERVED);

/* A save begins by asking for the policy, which nobody else asks of a domain that runs. */
static void note_save(const struct domain *d, uint32_t cmd)
{
    switch ( cmd )
    {
    case XEN_DOMCTL_get_cpu_policy:
        if ( d->creation_finished )
            set_bit(d->domain_id, saves);
        break;

    case XEN_DOMCTL_resumedomain:
    case XEN_DOMCTL_destroydomain:
        clear_bit(d->domain_id, saves);
        break;
    }
}

bool interrex_is_saved(const struct domain *d)
{
    return d->is_shut_down && d->shutdown_code == SHUTDOWN_suspend &&
           test_bit(d->domain_id, saves);
}

int interrex_domctl(const struct domain *d, uint32_t cmd)
{
    int rc = 0;

    if ( !d || d->domain_id >= DOMID_FIRST_RESERVED )
        return 0;
    if ( !is_harmless(cmd) )
        rc = interrex_change(d);
    if ( !rc )
        note_save(d, cmd);

    return rc;
}
