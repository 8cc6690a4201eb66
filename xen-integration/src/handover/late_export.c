/* SPDX-License-Identifier: GPL-2.0-only */
/* The late section's writer: which records, in which order. */
#include <xen/sched.h>

#include "handover/handover.h"
#include "lend/lend.h"
#include "pv/pv.h"
#include "region/region.h"
#include "state/state.h"

/*
 * One that this Xen could not make as it was: what the Xen before said of it, but for what the
 * toolstack may have changed here.
 */
static void as_given(struct irx_domain_record *rec,
                     const struct irx_domain_record *given)
{
    const struct irx_domain_record here = *rec;

    *rec = *given;
    rec->disposition = here.disposition;
    rec->controller_pause_count = here.controller_pause_count;
    rec->max_pages = here.max_pages;
    rec->node_affinity = here.node_affinity;
    rec->target = here.target;
    rec->virqs = here.virqs;
}

static void export_domain(struct irx_writer *w, struct domain *d,
                          const struct interrex_hold *h)
{
    const struct interrex_kept *kept = interrex_quarantine_kept(h->entry);
    struct irx_domain_record rec;

    interrex_domain_export(d, &rec);
    if ( kept )
        as_given(&rec, &kept->rec);
    rec.entry = h->entry;
    rec.cpupool_id = interrex_cpupools_id_of(d);
    irx_writer_record(w, IRX_REC_DOMAIN, d->domain_id, &rec, sizeof(rec));
}

/* What only dom0 has, and what is the host's. */
static int export_dom0(struct irx_writer *w, struct domain *d)
{
    int rc = 0;

    if ( is_hvm_domain(d) )
    {
        interrex_e820_export(w, d);
        rc = interrex_vioapics_export(w, d);
    }
    else
        rc = interrex_pirqs_export(w, d);
    rc = rc ?: interrex_cpupools_export(w);
    interrex_pci_export(w, d);

    return rc;
}

/* What only a PV domain has. */
static int export_pv(struct irx_writer *w, struct domain *d,
                     const struct interrex_hold *h)
{
    interrex_pv_domain_export(w, d);
    interrex_pv_frames_export(w, d);

    return interrex_pv_vcpus_export(w, d, interrex_domain_rec(h->entry));
}

int interrex_late_write(struct irx_writer *w, uint64_t *total)
{
    struct domain *d;
    int rc = 0;

    /* domain_list is in ascending order of domid, as the section must be. */
    rcu_read_lock(&domlist_read_lock);
    for_each_domain (d)
    {
        const struct interrex_hold *h = interrex_hold_of(d);

        if ( h )
        {
            export_domain(w, d, h);
            interrex_scheduling_export(w, d);
            rc = interrex_grants_export(w, d);
        }
        else
            rc = -ENOENT;
        if ( !rc && is_hardware_domain(d) )
            rc = export_dom0(w, d);
        if ( !rc && is_pv_domain(d) )
            rc = export_pv(w, d, h);
        if ( rc )
            break;
    }
    rcu_read_unlock(&domlist_read_lock);

    return rc ?: irx_writer_finish(w, total, NULL);
}

/* As the next Xen does, before it is too late. */
static int validate(uint64_t size)
{
    const struct irx_anchor *a = interrex_anchor();
    const struct irx_limits limits = interrex_limits();
    struct irx_stream_error form;
    struct irx_live_error err;
    struct irx_stream s;
    int rc = irx_stream_validate(&s, interrex_at(a->late.off), size,
                                 IRX_SECTION_LATE, &form);

    if ( rc )
        return interrex_stream_validated(rc, &form);

    rc = irx_late_validate(&s, a, &limits, &err);

    return interrex_validated(rc, &err);
}

int interrex_late_export(void)
{
    struct irx_anchor *a = interrex_anchor();
    struct irx_writer w;
    uint64_t total;
    int rc;

    a->late_used = 0;

    rc = interrex_section_begin(&w, &a->late, IRX_SECTION_LATE);
    if ( !rc )
        rc = interrex_late_write(&w, &total);
    if ( !rc )
        rc = validate(total);
    if ( !rc )
        a->late_used = total;

    return rc;
}
