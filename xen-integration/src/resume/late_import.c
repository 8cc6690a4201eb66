/* SPDX-License-Identifier: GPL-2.0-only */
/* The late section's reader: which domain is made of which records, in which order. */
#include <xen/err.h>
#include <xen/init.h>
#include <xen/sched.h>
#include <xen/softirq.h>
#include <xen/xmalloc.h>

#include <public/domctl.h>

#include "lend/lend.h"
#include "region/region.h"
#include "resume/resume.h"
#include "state/state.h"

/* What was validated: the section, and the domain of each entry of R's table. */
static struct irx_stream __initdata late;
static struct irx_domain_view *__initdata views;

/* A domain that comes back: its record, and its entry with the arrays. */
struct incoming {
    struct irx_domain_record rec;
    const struct irx_domain_view *view;
};

#define for_each_incoming(rec)                                                \
    for ( (rec) = NULL; ((rec) = irx_late_next_domain(&late, rec)) != NULL; )

static void __init read_incoming(const struct irx_record *rec,
                                 struct incoming *c)
{
    irx_record_copy(rec, &c->rec, sizeof(c->rec));
    c->view = &views[c->rec.entry];
}

/* One that the section names. */
static void __init find_incoming(domid_t domid, struct incoming *c)
{
    read_incoming(irx_stream_find(&late, IRX_REC_DOMAIN, domid, NULL), c);
}

/* Every entry that is in use. */
static int __init validate_domains(void)
{
    const struct irx_anchor *a = interrex_anchor();
    unsigned int i;
    int rc = 0;

    for ( i = 0; !rc && i < a->domains.count; i++ )
    {
        if ( !irx_domain_in_use(a, interrex_domain_rec(i)) )
            continue;
        rc = interrex_domain_validate_memory(i, &views[i]);
        if ( !rc )
            rc = interrex_domain_validate_rest(i, IRX_STAGE_HANDOVER,
                                               &views[i]);
        process_pending_softirqs();
    }

    return rc;
}

static int __init validate_links(void)
{
    struct irx_live_error err;
    int rc = irx_links_validate(views, interrex_anchor()->domains.count, &err);

    return interrex_validated(rc, &err);
}

/* The section, by itself and with the entries; VIRQs are what this Xen has of them. */
static int __init validate_section(void)
{
    const struct irx_anchor *a = interrex_anchor();
    const struct irx_limits limits = interrex_limits();
    const struct irx_record *rec;
    struct irx_stream_error form;
    struct irx_live_error err;
    int rc = irx_stream_validate(&late, interrex_at(a->late.off), a->late_used,
                                 IRX_SECTION_LATE, &form);

    if ( rc )
        return interrex_stream_validated(rc, &form);

    rc = irx_late_validate(&late, a, &limits, &err);
    if ( rc )
        return interrex_validated(rc, &err);

    for_each_incoming(rec)
    {
        struct xen_domctl_createdomain cfg;
        struct incoming c;

        read_incoming(rec, &c);
        rc = rc ?: interrex_domain_config(&c.rec, &cfg);
    }

    return rc;
}

int __init interrex_late_validate(void)
{
    views = xzalloc_array(struct irx_domain_view,
                          interrex_anchor()->domains.count);
    if ( !views )
        return -ENOMEM;

    return interrex_cpu_list_validate() ?: validate_domains()
                                        ?: validate_section()
                                        ?: validate_links();
}

void __init interrex_late_done(void)
{
    XFREE(views);
}

/* Everything of d that no other domain is needed for. */
static int __init import_own(struct domain *d, const struct incoming *c)
{
    int rc = interrex_domain_import(d, &c->rec, c->view->d);

    if ( !rc )
        rc = interrex_grants_import_table(&late, d);
    if ( !rc )
        rc = interrex_shared_info_import(d, c->view->d);
    if ( !rc )
        rc = interrex_vcpus_create(d);
    if ( !rc )
        rc = interrex_policy_import(d, c->view);
    if ( !rc )
        rc = interrex_memory_import(d, c->view);
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
        struct incoming c;
        struct domain *d;

        if ( !rec->instance )
            continue; /* dom0 comes by the way of every dom0 */

        read_incoming(rec, &c);
        rc = interrex_domain_config(&c.rec, &cfg);
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

unsigned int __init interrex_late_entry(domid_t domid)
{
    struct incoming c;

    find_incoming(domid, &c);

    return c.rec.entry;
}

unsigned int __init interrex_late_pauses(domid_t domid)
{
    struct incoming c;

    find_incoming(domid, &c);

    return c.rec.controller_pause_count;
}

int __init interrex_dom0_config(struct xen_domctl_createdomain *cfg)
{
    struct incoming c;

    find_incoming(0, &c);

    return interrex_domain_config(&c.rec, cfg);
}

int __init interrex_dom0_import(struct domain *d)
{
    struct incoming c;
    int rc;

    find_incoming(d->domain_id, &c);
    rc = import_own(d, &c);
    if ( !rc )
        rc = interrex_e820_import(&late, d);
    if ( !rc )
        rc = interrex_vioapics_import(&late, d);

    return rc;
}

int __init interrex_late_ports(struct domain *d)
{
    struct incoming c;

    find_incoming(d->domain_id, &c);

    return interrex_ports_import(d, c.view);
}

int __init interrex_late_scheduling(struct domain *d)
{
    struct incoming c;

    find_incoming(d->domain_id, &c);

    return interrex_scheduling_import(&late, d, c.rec.cpupool_id);
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
    int rc;

    read_incoming(rec, &c);
    rc = interrex_mappings_import(d, c.view);
    if ( !rc )
        rc = interrex_grants_import_mappings(&late, d);
    for_each_vcpu (d, v)
        if ( !rc )
            rc = interrex_vcpu_info_import(
                v, interrex_vcpu_rec(c.view->d->vcpu_first + v->vcpu_id));

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
