/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Carry: a quarantined guest stays where it is while another update begins beside it. The
 * next Xen is told of it what this one was told, and what has changed since.
 */
#include "hold/hold.h"
#include "lend/lend.h"
#include "state/state.h"

/* Nobody has its grants here, though the shim goes on with who had mapped them. */
static bool lacks_grants(domid_t domid)
{
    const struct interrex_hold *h;
    unsigned int i;

    for ( i = 0; i < interrex_anchor()->domains.count; i++ )
        if ( (h = interrex_hold_at(i)) != NULL && h->d->domain_id == domid )
            return interrex_grants_lost(i);

    return interrex_mappings_kept(domid);
}

/*
 * The next Xen would map these pages for it again, and nothing here keeps their owner from
 * giving them away.
 */
static bool maps_lost_grants(const struct interrex_hold *h)
{
    const struct irx_domain *r = interrex_domain_rec(h->entry);
    const struct irx_extent *e = interrex_at(r->extents);
    unsigned int i;

    for ( i = 0; i < r->extent_count; i++ )
        if ( (e[i].type == IRX_P2M_GRANT_RW ||
              e[i].type == IRX_P2M_GRANT_RO) &&
             lacks_grants(e[i].owner) )
            return true;

    return false;
}

bool interrex_is_carried(const struct interrex_hold *h)
{
    return h->came && h->held && interrex_quarantined(h->entry) &&
           interrex_quarantine_complete(h->entry) && !maps_lost_grants(h);
}

/* 0: those of R have the entries that this Xen would give them, and none is on its way. */
static int check_cpus(void)
{
    unsigned int i;

    for ( i = 0; i < interrex_anchor()->cpus.count; i++ )
    {
        const struct irx_cpu *c = interrex_cpu_rec(i);
        uint32_t state = interrex_load_acquire(&c->state);

        if ( state == IRX_CPU_LENT )
            return -EBUSY;
        if ( state != IRX_CPU_XEN && c->xen_cpu != i ) /* lend.c */
            return -EOPNOTSUPP;
    }

    return interrex_held_cpus() ? 0 : -ENODEV;
}

int interrex_may_carry(void)
{
    const struct interrex_hold *h;
    unsigned int i, carried = 0;

    for ( i = 0; i < interrex_anchor()->domains.count; i++ )
    {
        if ( !(h = interrex_hold_at(i)) )
            continue;
        if ( !interrex_is_carried(h) )
            return -EBUSY;
        carried++;
    }

    return carried ? check_cpus() : -EBUSY;
}
