/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Prepare: all that takes time and can fail, while the guest still runs here.
 * Memory, CPU policy and the room for event channels go into R, then the shim
 * validates them and builds the nested page tables.
 */
#include <xen/err.h>
#include <xen/version.h>

#include "hold/hold.h"
#include "state/state.h"

/* Runs that may come up between counting and writing. */
#define SPARE_EXTENTS 64

void interrex_fill_settings(struct domain *d, struct irx_domain *r)
{
    r->flags = interrex_domain_flags(d);
    interrex_shared_info_export(d, r);
    interrex_tsc_export(d, r);
    if ( is_pv_domain(d) )
        return; /* no HVM parameters, and nobody answers for it */
    interrex_params_export(d, r);
    interrex_answers_export(d, r);
}

/* Everything but the extents, for which there is room: so many, and some more. */
static int begin(struct interrex_hold *h, unsigned long count)
{
    struct domain *d = h->d;
    struct irx_domain *r = interrex_domain_rec(h->entry);
    uint64_t evtchn, leaves, msrs;
    irx_off_t off;
    int rc;

    count += SPARE_EXTENTS;
    leaves = ROUNDUP(INTERREX_MAX_LEAVES * sizeof(xen_cpuid_leaf_t), 64);
    msrs = ROUNDUP(INTERREX_MAX_MSRS * sizeof(xen_msr_entry_t), 64);
    evtchn = ROUNDUP(interrex_evtchn_size(d), 64);

    rc = interrex_data_alloc(h, leaves + msrs + evtchn +
                                    count * sizeof(struct irx_extent));
    if ( rc )
        return rc;

    off = h->data_off;
    r->leaves = off;
    r->msrs = off += leaves;
    interrex_evtchn_layout(d, r, off += msrs);
    r->extents = off + evtchn;

    r->xen_version = (xen_major_version() << 16) | xen_minor_version();
    interrex_fill_settings(d, r);

    rc = interrex_policy_export(d, r);
    if ( !rc )
        h->room = count;

    return rc;
}

/* A PVH dom0's extents, when it was looked at last: one look less while it stands still for the jump. */
static long dom0_extents;

int interrex_fill_domain(struct interrex_hold *h, s_time_t give_way)
{
    const bool dom0 = is_hardware_domain(h->d) && is_hvm_domain(h->d);
    struct irx_domain *r = interrex_domain_rec(h->entry);
    const bool known = dom0 && dom0_extents;
    int rc = 0;

    if ( !h->room )
    {
        long count = known ? dom0_extents : interrex_memory_count(h, give_way);

        rc = count < 0 ? count : begin(h, count);
    }
    rc = rc ?: interrex_memory_export(h, r, h->room, give_way);
    if ( rc == -ERESTART )
        return rc;

    h->room = 0;
    if ( dom0 )
        dom0_extents = rc ? 0 : r->extent_count;
    if ( rc == -E2BIG && known ) /* it has become more: counted then */
        return interrex_fill_domain(h, give_way);

    return rc ?: interrex_domain_seal_memory(h->entry);
}

void interrex_prepare_undo(struct interrex_hold *h)
{
    interrex_set_state(h, IRX_DOM_WITH_XEN);
    interrex_hold_free(h);
}

/* What is to be validated. *h: d's, or NULL at first. */
static int fill(struct domain *d, struct interrex_hold **h)
{
    const s_time_t give_way = NOW() + INTERREX_PIECE;
    int rc;

    if ( !*h )
        *h = interrex_hold_new(d);
    if ( IS_ERR(*h) )
        return PTR_ERR(*h);

    rc = interrex_fill_domain(*h, give_way);
    if ( rc == -ERESTART )
        return rc;
    if ( rc )
        interrex_hold_free(*h);
    else
        interrex_set_state(*h, IRX_DOM_PREPARING);

    return rc;
}

int interrex_prepare(struct domain *d, const struct irx_op_domain *op)
{
    struct interrex_hold *h = interrex_hold_of(d);
    int rc;

    if ( !h || interrex_domain_rec(h->entry)->state == IRX_DOM_WITH_XEN )
    {
        rc = fill(d, &h);
        if ( rc )
            return rc;
    }

    rc = interrex_wait_state(h, IRX_DOM_PREPARING, IRX_DOM_PREPARED,
                             op->timeout_ms, 0);
    if ( rc && rc != -ERESTART )
        interrex_prepare_undo(h);

    return rc;
}
