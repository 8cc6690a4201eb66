/* SPDX-License-Identifier: GPL-2.0-only */
/* The late section's reader: which domain is made of which records, in which order. */
#include <xen/err.h>
#include <xen/init.h>
#include <xen/sched.h>

#include <public/domctl.h>

#include <interrex/crc32c.h>

#include "lend/lend.h"
#include "region/region.h"
#include "resume/resume.h"
#include "state/state.h"

static struct irx_stream __initdata late;

/* A domain that comes back: its record, its entry in R, and the entry's arrays. */
struct incoming {
    struct irx_domain_record rec;
    const struct irx_domain *r;
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

static int __init find_arrays(struct incoming *c)
{
    const struct irx_domain *r = c->r;
    uint32_t crc;

    c->extents = data_array(r->extents, r->extent_count, sizeof(*c->extents));
    c->leaves = data_array(r->leaves, r->leaf_count, sizeof(*c->leaves));
    c->msrs = data_array(r->msrs, r->msr_count, sizeof(*c->msrs));
    if ( !c->extents || !c->leaves || !c->msrs )
        return -EINVAL;

    if ( irx_crc32c(0, c->extents, r->extent_count * sizeof(*c->extents)) !=
         r->extents_crc )
        return -EILSEQ;

    crc = irx_crc32c(0, c->leaves, r->leaf_count * sizeof(*c->leaves));
    crc = irx_crc32c(crc, c->msrs, r->msr_count * sizeof(*c->msrs));

    return crc == r->policy_crc ? 0 : -EILSEQ;
}

/* Fills in c from a record of type DOMAIN. */
static int __init read_incoming(const struct irx_record *rec,
                                struct incoming *c)
{
    const struct irx_anchor *a = interrex_anchor();
    struct xen_domctl_createdomain cfg;
    int rc;

    irx_record_copy(rec, &c->rec, sizeof(c->rec));
    if ( c->rec.domid != rec->instance || c->rec.entry >= a->domains.count )
        return -EINVAL;

    c->r = interrex_domain_rec(c->rec.entry);
    if ( c->r->generation != a->generation ||
         c->r->vcpu_first > a->vcpus.count ||
         c->r->vcpu_count > a->vcpus.count - c->r->vcpu_first )
        return -EINVAL;

    rc = interrex_domain_config(&c->rec, c->r, &cfg);

    return rc ?: find_arrays(c);
}

#define for_each_incoming(rec)                                                \
    for ( (rec) = NULL; ((rec) = next_incoming(rec)) != NULL; )

static const struct irx_record *__init
next_incoming(const struct irx_record *prev)
{
    while ( (prev = irx_stream_next(&late, prev)) != NULL &&
            prev->type != IRX_REC_DOMAIN )
        ;

    return prev;
}

static int __init find_incoming(domid_t domid, struct incoming *c)
{
    const struct irx_record *rec = irx_stream_find(&late, IRX_REC_DOMAIN,
                                                   domid, NULL);

    return rec ? read_incoming(rec, c) : -ENOENT;
}

int __init interrex_late_validate(void)
{
    const struct irx_anchor *a = interrex_anchor();
    const struct irx_record *rec;
    struct irx_stream_error err;
    struct incoming c;
    int rc;

    if ( a->late_used > a->late.size )
        return -EINVAL;

    rc = irx_stream_validate(&late, interrex_at(a->late.off), a->late_used,
                             IRX_SECTION_LATE, &err);
    if ( rc )
    {
        printk(XENLOG_ERR "Interrex: late section, record %u (type %#x) of "
                          "d%u, offset %#" PRIx64 ": %s (found %#" PRIx64
                          ", expected %#" PRIx64 ")\n",
               err.index, err.type, err.instance, err.offset,
               irx_stream_error_text(err.code), err.value, err.expected);
        return rc;
    }

    if ( !irx_stream_of_handoff(&late, a->handoff_id) )
    {
        printk(XENLOG_ERR "Interrex: late section of another handoff\n");
        return -EINVAL;
    }

    for_each_incoming(rec)
    {
        rc = read_incoming(rec, &c);
        if ( rc )
        {
            printk(XENLOG_ERR "Interrex: d%u: entry or record damaged: %d\n",
                   rec->instance, rc);
            return rc;
        }
    }

    rc = find_incoming(0, &c);

    return rc ?: interrex_cpupools_validate(&late);
}

/* Everything of d that no other domain is needed for. */
static int __init import_own(struct domain *d, const struct incoming *c)
{
    int rc = interrex_domain_import(d, &c->rec, c->r);

    if ( !rc )
        rc = interrex_grants_import_table(&late, d);
    if ( !rc )
        rc = interrex_shared_info_import(d, c->r);
    if ( !rc )
        rc = interrex_vcpus_create(d);
    if ( !rc )
        rc = interrex_policy_import(d, c->leaves, c->r->leaf_count, c->msrs,
                                    c->r->msr_count);
    if ( !rc )
        rc = interrex_memory_import(d, c->extents, c->r->extent_count);
    if ( rc )
        printk(XENLOG_ERR "Interrex: %pd: cannot be imported: %d\n", d, rc);

    return rc;
}

int __init interrex_guests_import(void)
{
    const struct irx_record *rec;
    int rc = interrex_cpupools_import(&late);

    if ( rc )
        return rc;

    for_each_incoming(rec)
    {
        struct xen_domctl_createdomain cfg;
        struct domain *d;
        struct incoming c;

        if ( !rec->instance )
            continue; /* dom0 comes by the way of every dom0 */

        rc = read_incoming(rec, &c);
        if ( !rc )
            rc = interrex_domain_config(&c.rec, c.r, &cfg);
        if ( rc )
            return rc;

        d = domain_create(c.rec.domid, &cfg, 0);
        if ( IS_ERR(d) )
        {
            printk(XENLOG_ERR "Interrex: d%u: cannot be created: %ld\n",
                   c.rec.domid, PTR_ERR(d));
            return PTR_ERR(d);
        }

        rc = import_own(d, &c);
        if ( rc )
            return rc;
    }

    return 0;
}

unsigned int __init interrex_late_pauses(domid_t domid)
{
    struct incoming c;

    return find_incoming(domid, &c) ? 0 : c.rec.controller_pause_count;
}

int __init interrex_dom0_config(struct xen_domctl_createdomain *cfg)
{
    struct incoming c;
    int rc = find_incoming(0, &c);

    return rc ?: interrex_domain_config(&c.rec, c.r, cfg);
}

int __init interrex_dom0_import(struct domain *d)
{
    struct incoming c;
    int rc = find_incoming(d->domain_id, &c);

    if ( !rc )
        rc = import_own(d, &c);
    if ( !rc )
        rc = interrex_e820_import(&late, d);
    if ( !rc )
        rc = interrex_vioapics_import(&late, d);

    return rc;
}

int __init interrex_late_scheduling(struct domain *d)
{
    struct incoming c;
    int rc = find_incoming(d->domain_id, &c);

    return rc ?: interrex_scheduling_import(&late, d, c.rec.cpupool_id);
}

int __init interrex_late_interrupts(struct domain *d)
{
    int rc = interrex_vioapics_start(d);

    if ( !rc )
        rc = interrex_pci_import(&late, d);
    if ( !rc )
        rc = interrex_pci_start(&late, d);
    if ( !rc )
    {
        interrex_dom0_irq_raise(d, false);
        interrex_stray_raise_all();
    }

    return rc;
}

/* Calls fn for every domain that came back, with its record, until one fails. */
static int __init for_each_came(int (*fn)(struct domain *d,
                                          const struct irx_record *rec))
{
    const struct irx_record *rec;
    int rc = 0;

    for_each_incoming(rec)
    {
        struct domain *d = get_domain_by_id(rec->instance);

        rc = d ? fn(d, rec) : -ENOENT;
        if ( d )
            put_domain(d);
        if ( rc )
        {
            printk(XENLOG_ERR "Interrex: d%u: cannot be linked up: %d\n",
                   rec->instance, rc);
            break;
        }
    }

    return rc;
}

static int __init cf_check import_active(struct domain *d,
                                         const struct irx_record *rec)
{
    return interrex_grants_import_active(&late, d);
}

static int __init cf_check import_mappings(struct domain *d,
                                           const struct irx_record *rec)
{
    struct incoming c;
    struct vcpu *v;
    int rc = read_incoming(rec, &c);

    if ( !rc )
        rc = interrex_mappings_import(d, c.extents, c.r->extent_count);
    if ( !rc )
        rc = interrex_grants_import_mappings(&late, d);
    for_each_vcpu (d, v)
        if ( !rc )
            rc = interrex_vcpu_info_import(
                v, interrex_vcpu_rec(c.r->vcpu_first + v->vcpu_id));

    return rc ?: interrex_domain_links_import(d, &c.rec);
}

static int __init cf_check import_pins(struct domain *d,
                                       const struct irx_record *rec)
{
    return interrex_grants_import_pins(&late, d);
}

int __init interrex_links_import(void)
{
    return for_each_came(import_active) ?: for_each_came(import_mappings)
               ?: for_each_came(import_pins);
}
