/* SPDX-License-Identifier: GPL-2.0-only */
/* The late section's reader, and the rebuilding from it; see late.h. */

#include <xen/err.h>
#include <xen/init.h>
#include <xen/xmalloc.h>

#include <public/domctl.h>

#include <interrex/crc32c.h>
#include <interrex/abi/early.h>
#include <interrex/abi/stream.h>
#include <interrex/stream.h>

#include "affinity_record.h"
#include "cpupools.h"
#include "dom0_irq.h"
#include "dom0_pci.h"
#include "evtchn_rebuild.h"
#include "grants.h"
#include "internal.h"
#include "late.h"
#include "policy.h"
#include "rebuild.h"
#include "stray.h"

static struct irx_stream __initdata late;

/* A domain that comes back: its record, its slot, and the slot's arrays. */
struct coming {
    struct irx_domain_record rec;
    const struct irx_domain *slot;
    const struct irx_extent *extents;
    const xen_cpuid_leaf_t *leaves;
    const xen_msr_entry_t *msrs;
};

/* The array of n elements at off, if it lies in R's data; else NULL. */
static const void *__init data_array(irx_off_t off, uint64_t n, uint64_t size)
{
    const struct irx_span *data = &interrex_anchor()->data;
    uint64_t end = data->off + data->size;

    if ( off < data->off || off > end || off % 8 || n > (end - off) / size )
        return NULL;

    return interrex_at(off);
}

static int __init find_arrays(struct coming *c)
{
    const struct irx_domain *slot = c->slot;
    uint32_t crc;

    c->extents = data_array(slot->extents, slot->extent_count,
                            sizeof(*c->extents));
    c->leaves = data_array(slot->leaves, slot->leaf_count, sizeof(*c->leaves));
    c->msrs = data_array(slot->msrs, slot->msr_count, sizeof(*c->msrs));
    if ( !c->extents || !c->leaves || !c->msrs )
        return -EINVAL;

    if ( irx_crc32c(0, c->extents, slot->extent_count * sizeof(*c->extents)) !=
         slot->extents_crc )
        return -EILSEQ;

    crc = irx_crc32c(0, c->leaves, slot->leaf_count * sizeof(*c->leaves));
    crc = irx_crc32c(crc, c->msrs, slot->msr_count * sizeof(*c->msrs));

    return crc == slot->policy_crc ? 0 : -EILSEQ;
}

/* Fills in c from a record of type DOMAIN. */
static int __init coming_domain(const struct irx_record *rec, struct coming *c)
{
    const struct irx_anchor *a = interrex_anchor();
    struct xen_domctl_createdomain cfg;
    int rc;

    irx_record_copy(rec, &c->rec, sizeof(c->rec));
    if ( c->rec.domid != rec->instance || c->rec.entry >= a->domains.count )
        return -EINVAL;

    c->slot = interrex_dom(c->rec.entry);
    if ( c->slot->generation != a->generation ||
         c->slot->vcpu_first > a->vcpus.count ||
         c->slot->vcpu_count > a->vcpus.count - c->slot->vcpu_first )
        return -EINVAL;

    rc = interrex_domain_config(&c->rec, c->slot, &cfg);

    return rc ?: find_arrays(c);
}

#define for_each_coming(rec)                                                  \
    for ( rec = NULL; (rec = next_coming(rec)) != NULL; )

static const struct irx_record *__init
next_coming(const struct irx_record *prev)
{
    while ( (prev = irx_stream_next(&late, prev)) != NULL &&
            prev->type != IRX_REC_DOMAIN )
        ;

    return prev;
}

static int __init find_coming(domid_t domid, struct coming *c)
{
    const struct irx_record *rec = irx_stream_find(&late, IRX_REC_DOMAIN,
                                                   domid, NULL);

    return rec ? coming_domain(rec, c) : -ENOENT;
}

int __init interrex_late_open(void)
{
    const struct irx_anchor *a = interrex_anchor();
    const struct irx_record *rec;
    struct irx_stream_error err;
    struct coming c;
    int rc;

    if ( a->late_used > a->late.size )
        return -EINVAL;

    rc = irx_stream_validate(&late, interrex_at(a->late.off), a->late_used,
                             IRX_SECTION_LATE, &err);
    if ( rc )
    {
        printk(XENLOG_ERR "interrex: late section, record %u (type %#x) of "
                          "d%u, offset %#" PRIx64 ": %s (found %#" PRIx64
                          ", expected %#" PRIx64 ")\n",
               err.index, err.type, err.instance, err.offset,
               irx_stream_error_text(err.code), err.value, err.expected);
        return rc;
    }

    if ( !irx_stream_of_handoff(&late, a->handoff_id) )
    {
        printk(XENLOG_ERR "interrex: late section of another handoff\n");
        return -EINVAL;
    }

    for_each_coming(rec)
    {
        rc = coming_domain(rec, &c);
        if ( rc )
        {
            printk(XENLOG_ERR "interrex: d%u: slot or record damaged: %d\n",
                   rec->instance, rc);
            return rc;
        }
    }

    rc = find_coming(0, &c);

    return rc ?: interrex_cpupools_validate(&late);
}

static int __init restore_grant_table(struct domain *d)
{
    const struct irx_record *rec = irx_stream_find(&late, IRX_REC_GRANT_TABLE,
                                                   d->domain_id, NULL);
    struct irx_grant_table table;
    struct irx_grant_frame frame;
    size_t i;
    int rc;

    if ( !rec )
        return -ENOENT;

    irx_record_copy(rec, &table, sizeof(table));
    rc = interrex_gnttab_restore(d, &table);

    rec = irx_stream_find(&late, IRX_REC_GRANT_FRAMES, d->domain_id, NULL);
    if ( !rc &&
         (!rec || irx_record_count(&late, rec) !=
                      (uint64_t)table.nr_frames + table.nr_status_frames) )
        rc = -EINVAL;

    for ( i = 0; !rc && i < irx_record_count(&late, rec); i++ )
    {
        rc = irx_record_get(&late, rec, i, &frame, sizeof(frame));
        if ( !rc )
            rc = interrex_gnttab_adopt_frame(d, &frame);
    }

    return rc;
}

/* Everything of d that no other domain is needed for. */
static int __init rebuild_own(struct domain *d, const struct coming *c)
{
    int rc = interrex_rebuild_limits(d, &c->rec, c->slot);

    if ( !rc )
        rc = restore_grant_table(d);
    if ( !rc )
        rc = interrex_rebuild_shared_info(d, c->slot);
    if ( !rc )
        rc = interrex_rebuild_vcpus(d);
    if ( !rc )
        rc = interrex_policy_import(d, c->leaves, c->slot->leaf_count, c->msrs,
                                    c->slot->msr_count);
    if ( !rc )
        rc = interrex_rebuild_memory(d, c->extents, c->slot->extent_count);
    if ( rc )
        printk(XENLOG_ERR "interrex: %pd: cannot be rebuilt: %d\n", d, rc);

    return rc;
}

int __init interrex_rebuild_guests(void)
{
    const struct irx_record *rec;
    int rc = interrex_cpupools_import(&late);

    if ( rc )
        return rc;

    for_each_coming(rec)
    {
        struct xen_domctl_createdomain cfg;
        struct domain *d;
        struct coming c;

        if ( !rec->instance )
            continue; /* dom0 comes by the way of every dom0 */

        rc = coming_domain(rec, &c);
        if ( !rc )
            rc = interrex_domain_config(&c.rec, c.slot, &cfg);
        if ( rc )
            return rc;

        d = domain_create(c.rec.domid, &cfg, 0);
        if ( IS_ERR(d) )
        {
            printk(XENLOG_ERR "interrex: d%u: cannot be created: %ld\n",
                   c.rec.domid, PTR_ERR(d));
            return PTR_ERR(d);
        }

        rc = rebuild_own(d, &c);
        if ( rc )
            return rc;
    }

    return 0;
}

unsigned int __init interrex_late_pauses(domid_t domid)
{
    struct coming c;

    return find_coming(domid, &c) ? 0 : c.rec.controller_pause_count;
}

int __init interrex_dom0_config(struct xen_domctl_createdomain *cfg)
{
    struct coming c;
    int rc = find_coming(0, &c);

    return rc ?: interrex_domain_config(&c.rec, c.slot, cfg);
}

static int __init restore_e820(struct domain *d)
{
    const struct irx_record *rec = irx_stream_find(&late, IRX_REC_E820,
                                                   d->domain_id, NULL);
    size_t i, n = rec ? irx_record_count(&late, rec) : 0;

    if ( !n )
        return -ENOENT;

    xfree(d->arch.e820);
    d->arch.e820 = xzalloc_array(struct e820entry, n);
    if ( !d->arch.e820 )
        return -ENOMEM;

    for ( i = 0; i < n; i++ )
    {
        struct irx_memmap_entry e;
        int rc = irx_record_get(&late, rec, i, &e, sizeof(e));

        if ( rc )
            return rc;

        d->arch.e820[i] = (struct e820entry){
            .addr = e.addr,
            .size = e.size,
            .type = e.type,
        };
    }

    d->arch.nr_e820 = n;

    return 0;
}

/* Two passes over the chips: all fit, then all are restored. */
static int __init restore_vioapics(struct domain *d)
{
    bool restore = false;

    do
    {
        const struct irx_record *rec = NULL;
        unsigned int i = 0;

        while ( (rec = irx_stream_find(&late, IRX_REC_VIOAPIC, d->domain_id,
                                       rec)) != NULL )
        {
            struct irx_vioapic chip;
            int rc = 0;

            irx_record_copy(rec, &chip, sizeof(chip));
            if ( restore )
                interrex_vioapic_restore(d, i, &chip);
            else
                rc = interrex_vioapic_validate(d, i, &chip);
            if ( rc )
                return rc;
            i++;
        }

        if ( i != d->arch.hvm.nr_vioapics )
            return -EINVAL;

        restore = !restore;
    } while ( restore );

    return 0;
}

/* Calls fn for each function that dom0 had, until one fails. */
static int __init for_each_function(struct domain *d,
                                    int (*fn)(struct domain *d,
                                              const struct irx_pci_device *in))
{
    const struct irx_record *rec = irx_stream_find(&late, IRX_REC_PCI_DEVICE,
                                                   d->domain_id, NULL);
    size_t i, n = rec ? irx_record_count(&late, rec) : 0;
    int rc = 0;

    for ( i = 0; !rc && i < n; i++ )
    {
        struct irx_pci_device f;

        rc = irx_record_get(&late, rec, i, &f, sizeof(f));
        if ( !rc )
            rc = fn(d, &f);
        if ( rc )
            printk(XENLOG_ERR "Interrex: %pp of %pd: %d\n",
                   &(pci_sbdf_t){ .sbdf = f.sbdf }, d, rc);
    }

    return rc;
}

static int __init cf_check validate_function(struct domain *d,
                                             const struct irx_pci_device *in)
{
    return interrex_pci_validate(in);
}

static int __init restore_functions(struct domain *d)
{
    const struct irx_record *rec = irx_stream_find(&late, IRX_REC_PCI_MSIX,
                                                   d->domain_id, NULL);
    size_t i, n = rec ? irx_record_count(&late, rec) : 0;
    int rc = for_each_function(d, validate_function)
                 ?: for_each_function(d, interrex_pci_restore);

    for ( i = 0; !rc && i < n; i++ )
    {
        struct irx_pci_msix entry;

        rc = irx_record_get(&late, rec, i, &entry, sizeof(entry));
        if ( !rc )
            rc = interrex_pci_restore_msix(d, &entry);
    }

    return rc;
}

int __init interrex_start_interrupts(struct domain *d)
{
    int rc = interrex_vioapic_bind(d);

    if ( !rc )
        rc = restore_functions(d);
    if ( !rc )
        rc = for_each_function(d, interrex_pci_start);
    if ( !rc )
    {
        interrex_dom0_irq_raise(d, false);
        interrex_stray_raise_all();
    }

    return rc;
}

int __init interrex_rebuild_dom0(struct domain *d)
{
    struct coming c;
    int rc = find_coming(d->domain_id, &c);

    if ( !rc )
        rc = rebuild_own(d, &c);
    if ( !rc )
        rc = restore_e820(d);
    if ( !rc )
        rc = restore_vioapics(d);

    return rc;
}

static int __init restore_sched(struct domain *d)
{
    const struct irx_record *rec = irx_stream_find(&late, IRX_REC_SCHED,
                                                   d->domain_id, NULL);
    struct irx_sched sched;
    struct coming c;
    int rc = rec ? find_coming(d->domain_id, &c) : -ENOENT;

    if ( rc )
        return rc;

    irx_record_copy(rec, &sched, sizeof(sched));

    return interrex_cpupools_adopt(d, c.rec.cpupool_id, &sched);
}

int __init interrex_rebuild_scheduling(struct domain *d)
{
    const struct irx_record *rec = irx_stream_find(&late, IRX_REC_AFFINITY,
                                                   d->domain_id, NULL);
    size_t i, n = rec ? irx_record_count(&late, rec) : 0;
    int rc = restore_sched(d);

    for ( i = 0; !rc && i < n; i++ )
    {
        struct irx_affinity affinity;
        struct vcpu *v;

        rc = irx_record_get(&late, rec, i, &affinity, sizeof(affinity));
        if ( rc )
            break;
        v = domain_vcpu(d, affinity.vcpu_id);
        rc = v ? interrex_affinity_import(v, &affinity) : -EINVAL;
    }

    return rc;
}

static int __init for_each_active(struct domain *d,
                                  int (*fn)(struct domain *d,
                                            const struct irx_grant_active *a))
{
    const struct irx_record *rec = irx_stream_find(&late, IRX_REC_GRANT_ACTIVE,
                                                   d->domain_id, NULL);
    size_t i, n = rec ? irx_record_count(&late, rec) : 0;
    int rc = 0;

    for ( i = 0; !rc && i < n; i++ )
    {
        struct irx_grant_active active;

        rc = irx_record_get(&late, rec, i, &active, sizeof(active));
        if ( !rc )
            rc = fn(d, &active);
    }

    return rc;
}

static int __init restore_maptrack(struct domain *d)
{
    const struct irx_record *rec = irx_stream_find(&late, IRX_REC_GRANT_TABLE,
                                                   d->domain_id, NULL);
    struct irx_grant_table table;
    struct irx_maptrack *m;
    size_t i, n;
    int rc = 0;

    if ( !rec )
        return -ENOENT;

    irx_record_copy(rec, &table, sizeof(table));
    rec = irx_stream_find(&late, IRX_REC_MAPTRACK, d->domain_id, NULL);
    n = rec ? irx_record_count(&late, rec) : 0;

    m = xzalloc_array(struct irx_maptrack, n ?: 1);
    if ( !m )
        return -ENOMEM;

    for ( i = 0; !rc && i < n; i++ )
        rc = irx_record_get(&late, rec, i, &m[i], sizeof(m[i]));
    if ( !rc )
        rc = interrex_gnttab_restore_mappings(d, table.maptrack_limit, m, n);

    xfree(m);

    return rc;
}

static bool __init in_shared_info(const struct vcpu *v,
                                  const struct irx_vcpu *r)
{
    return v->vcpu_info != &dummy_vcpu_info &&
           r->vcpu_info_mfn == virt_to_mfn(v->domain->shared_info) &&
           r->vcpu_info_offset == ((unsigned long)v->vcpu_info & ~PAGE_MASK);
}

static int __init restore_vcpu_info(struct domain *d,
                                    const struct irx_domain *slot)
{
    struct vcpu *v;
    int rc = 0;

    for_each_vcpu (d, v)
    {
        const struct irx_vcpu *r = interrex_vcpu(slot->vcpu_first +
                                                 v->vcpu_id);

        /* In shared_info it is where it was: only the guest can move it, once. */
        if ( r->vcpu_info_gfn != ~0ULL && !in_shared_info(v, r) )
            rc = interrex_rebuild_vcpu_info(v, _gfn(r->vcpu_info_gfn),
                                            r->vcpu_info_offset);
        if ( rc )
            break;
    }

    return rc;
}

int __init interrex_rebuild_links(void)
{
    const struct irx_record *rec;
    struct domain *d;
    struct coming c;
    int rc = 0;

    for_each_coming(rec)
    {
        d = get_domain_by_id(rec->instance);
        rc = d ? for_each_active(d, interrex_gnttab_restore_active) : -ENOENT;
        if ( d )
            put_domain(d);
        if ( rc )
            goto out;
    }

    for_each_coming(rec)
    {
        d = get_domain_by_id(rec->instance);
        rc = d ? coming_domain(rec, &c) : -ENOENT;
        if ( !rc )
            rc = interrex_rebuild_mappings(d, c.extents, c.slot->extent_count);
        if ( !rc )
            rc = restore_maptrack(d);
        if ( !rc )
            rc = restore_vcpu_info(d, c.slot);
        if ( !rc )
            rc = interrex_rebuild_target(d, c.rec.target);
        if ( !rc )
            rc = interrex_global_virqs_set(d, c.rec.virqs);
        if ( d )
            put_domain(d);
        if ( rc )
            goto out;
    }

    for_each_coming(rec)
    {
        d = get_domain_by_id(rec->instance);
        rc = d ? for_each_active(d, interrex_gnttab_restore_pins) : -ENOENT;
        if ( d )
            put_domain(d);
        if ( rc )
            goto out;
    }

out:
    if ( rc )
        printk(XENLOG_ERR "interrex: d%u: cannot be linked up: %d\n",
               rec->instance, rc);

    return rc;
}
