/* SPDX-License-Identifier: GPL-2.0-only */
/* The late section's writer; see late.h. */

#include <xen/version.h>

#include <interrex/abi/early.h>
#include <interrex/abi/stream.h>
#include <interrex/stream.h>

#include "affinity_record.h"
#include "cpupools.h"
#include "dom0_irq.h"
#include "dom0_pci.h"
#include "grants.h"
#include "internal.h"
#include "late.h"
#include "rebuild.h"

static void put_domain_record(struct irx_writer *w, struct domain *d)
{
    struct irx_domain_record rec;

    interrex_domain_describe(d, &rec);
    rec.entry = interrex_slot_of(d)->slot;
    irx_writer_record(w, IRX_REC_DOMAIN, d->domain_id, &rec, sizeof(rec));
}

static void put_scheduling(struct irx_writer *w, struct domain *d)
{
    struct irx_affinity affinity;
    struct irx_sched sched;
    uint32_t pool_id;
    struct vcpu *v;

    interrex_cpupools_of(d, &pool_id, &sched);
    irx_writer_record(w, IRX_REC_SCHED, d->domain_id, &sched, sizeof(sched));

    irx_writer_begin(w, IRX_REC_AFFINITY, d->domain_id, 0);
    for_each_vcpu (d, v)
    {
        interrex_affinity_export(v, &affinity);
        irx_writer_put(w, &affinity, sizeof(affinity));
    }
    irx_writer_end(w);
}

static void put_frames(struct irx_writer *w, struct domain *d, bool status)
{
    struct irx_grant_frame f;
    unsigned int i;

    for ( i = 0; !interrex_gnttab_frame(d, i, status, &f); i++ )
        irx_writer_put(w, &f, sizeof(f));
}

static int put_grants(struct irx_writer *w, struct domain *d)
{
    struct irx_grant_table table;
    struct irx_grant_active active;
    struct irx_maptrack mapping;
    uint32_t ref = 0, handle = 0;
    int rc = 0;

    interrex_gnttab_describe(d, &table);
    irx_writer_record(w, IRX_REC_GRANT_TABLE, d->domain_id, &table,
                      sizeof(table));

    irx_writer_begin(w, IRX_REC_GRANT_FRAMES, d->domain_id, 0);
    put_frames(w, d, false);
    put_frames(w, d, true);
    irx_writer_end(w);

    irx_writer_begin(w, IRX_REC_GRANT_ACTIVE, d->domain_id, 0);
    while ( !rc && interrex_gnttab_next_active(d, &ref, &active) )
    {
        rc = interrex_gnttab_check_active(d, &active);
        irx_writer_put(w, &active, sizeof(active));
    }
    irx_writer_end(w);

    irx_writer_begin(w, IRX_REC_MAPTRACK, d->domain_id, 0);
    while ( interrex_gnttab_next_mapping(d, &handle, &mapping) )
        irx_writer_put(w, &mapping, sizeof(mapping));
    irx_writer_end(w);

    return rc;
}

/* The memory map that dom0 sees: it may ask again (XENMEM_memory_map). */
static void put_e820(struct irx_writer *w, const struct domain *d)
{
    unsigned int i;

    irx_writer_begin(w, IRX_REC_E820, d->domain_id, 0);
    for ( i = 0; i < d->arch.nr_e820; i++ )
    {
        const struct irx_memmap_entry e = {
            .addr = d->arch.e820[i].addr,
            .size = d->arch.e820[i].size,
            .type = d->arch.e820[i].type,
        };

        irx_writer_put(w, &e, sizeof(e));
    }
    irx_writer_end(w);
}

static int put_vioapics(struct irx_writer *w, const struct domain *d)
{
    struct irx_vioapic chip;
    unsigned int i;
    int rc;

    for ( i = 0; (rc = interrex_vioapic_export(d, i, &chip)) == 0; i++ )
        irx_writer_record(w, IRX_REC_VIOAPIC, d->domain_id, &chip,
                          sizeof(chip));

    return rc == -ENOENT ? 0 : rc;
}

static int put_all(struct irx_writer *w)
{
    struct domain *d;
    int rc = 0;

    /* domain_list is in ascending order of domid, as the section must be. */
    rcu_read_lock(&domlist_read_lock);
    for_each_domain (d)
    {
        if ( !interrex_slot_of(d) )
            rc = -ENOENT;
        else
        {
            put_domain_record(w, d);
            put_scheduling(w, d);
            rc = put_grants(w, d);
        }
        if ( !rc && is_hardware_domain(d) )
        {
            put_e820(w, d);
            rc = put_vioapics(w, d) ?: interrex_cpupools_export(w);
            interrex_pci_export(w, d);
        }
        if ( rc )
            break;
    }
    rcu_read_unlock(&domlist_read_lock);

    return rc;
}

int interrex_late_export(void)
{
    struct irx_anchor *a = interrex_anchor();
    uint8_t *buf = interrex_at(a->late.off);
    uint8_t build_id[20] = {};
    const void *id;
    unsigned int len;
    struct irx_writer w;
    struct irx_stream s;
    uint64_t total;
    int rc;

    if ( !xen_build_id(&id, &len) )
        memcpy(build_id, id, min_t(unsigned int, len, sizeof(build_id)));

    a->late_used = 0;

    rc = irx_writer_init(&w, buf, a->late.size, IRX_SECTION_LATE,
                         IRX_PRODUCER_XEN, build_id, a->handoff_id,
                         a->features, a->version);
    if ( !rc )
        rc = put_all(&w);
    if ( !rc )
        rc = irx_writer_finish(&w, &total, NULL);
    if ( !rc )
        rc = irx_stream_validate(&s, buf, total, IRX_SECTION_LATE, NULL);
    if ( !rc )
        rc = interrex_cpupools_validate(&s);
    if ( !rc )
        a->late_used = total;

    return rc;
}
