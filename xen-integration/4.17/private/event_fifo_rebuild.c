/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The part of Interrex that is compiled inside common/event_fifo.c: a domain's
 * control blocks and event array, mapped again where they lie. d's event_lock
 * is held.
 */
#include "private.h"

int interrex_fifo_import(struct domain *d)
{
    struct vcpu *v;
    int rc = d->evtchn_fifo ? -EEXIST : 0;

    for_each_vcpu (d, v)
        if ( !rc )
            rc = setup_control_block(v);

    rc = rc ?: setup_event_array(d);
    if ( !rc )
        d->evtchn_port_ops = &evtchn_port_ops_fifo;

    return rc;
}

int interrex_fifo_import_control(struct vcpu *v, uint64_t gfn, uint32_t offset)
{
    return map_control_block(v, gfn, offset);
}

/* Before the ports: nothing is raised again. */
int interrex_fifo_import_page(struct domain *d, uint64_t gfn)
{
    return add_page_to_event_array(d, gfn);
}
