/* SPDX-License-Identifier: GPL-2.0-only */
/* The late section's reader: which domain is made of which records, in which order. */
#include <xen/err.h>
#include <xen/init.h>
#include <xen/sched.h>
#include <xen/softirq.h>
#include <xen/xmalloc.h>

#include <public/domctl.h>

#include "lend/lend.h"
#include "pv/pv.h"
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

/*
 * What of an incoming domain was refused, if rc is not 0: a guest is quarantined, and
 * that is no error; without dom0 there is no host.
 */
static int __init refuse(const struct irx_domain *r, uint32_t what, int rc)
{
    if ( !rc || (r->flags & IRX_DOMF_DOM0) )
        return rc;
    interrex_quarantine(interrex_entry_of(r), what, rc);

    return 0;
}

/* Every entry that is in use. The Xen before has found it sound; what the shim writes may not be. */
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
            rc = interrex_domain_validate_events(i, IRX_STAGE_HANDOVER,
                                                 &views[i]);
        if ( !rc )
            rc = refuse(views[i].d, IRX_QUARANTINE_STATE,
                        interrex_domain_validate_vcpus(&views[i]));
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

/* The section, by itself and with the entries. */
static int __init validate_section(void)
{
    const struct irx_anchor *a = interrex_anchor();
    const struct irx_limits limits = interrex_limits();
    struct irx_stream_error form;
    struct irx_live_error err;
    int rc = irx_stream_validate(&late, interrex_at(a->late.off), a->late_used,
                                 IRX_SECTION_LATE, &form);

    if ( rc )
        return interrex_stream_validated(rc, &form);

    rc = irx_late_validate(&late, a, &limits, &err);

    return interrex_validated(rc, &err);
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

static unsigned int __init frames_of(domid_t domid,
                                     const struct irx_record **rec)
{
    *rec = irx_stream_find(&late, IRX_REC_GRANT_FRAMES, domid, NULL);

    return *rec ? irx_record_count(&late, *rec) : 0;
}

/* What the next Xen has to be told of a guest that is not whole here. NULL: no memory. */
static struct interrex_kept *__init keep(const struct incoming *c)
{
    const struct irx_record *frames, *table;
    unsigned int i, nr = frames_of(c->rec.domid, &frames);
    struct interrex_kept *kept = xzalloc_flex_struct(struct interrex_kept,
                                                     frames, nr);

    if ( !kept )
        return NULL;

    kept->rec = c->rec;
    table = irx_stream_find(&late, IRX_REC_GRANT_TABLE, c->rec.domid, NULL);
    irx_record_copy(table, &kept->table, sizeof(kept->table));
    kept->nr_frames = nr;
    for ( i = 0; i < nr; i++ )
        (void)irx_record_get(&late, frames, i, &kept->frames[i],
                             sizeof(kept->frames[i]));

    return kept;
}

void __init interrex_late_done(void)
{
    const struct irx_record *rec;

    for_each_incoming(rec)
    {
        struct incoming c;

        read_incoming(rec, &c);
        if ( interrex_quarantine_final(c.rec.entry) )
            interrex_quarantine_keep(c.rec.entry, keep(&c));
    }
    XFREE(views);
}

static bool __init has_vcpus(const struct domain *d)
{
    unsigned int i;

    for ( i = 0; i < d->max_vcpus; i++ )
        if ( !d->vcpu || !d->vcpu[i] )
            return false;

    return true;
}

/*
 * Everything of d that no other domain is needed for. Of a guest as much as can be: what
 * others have of it, its events and its pages, is there for them though it is quarantined.
 */
static int __init import_own(struct domain *d, const struct incoming *c)
{
    const struct irx_domain *r = c->view->d;
    int rc = refuse(r, IRX_QUARANTINE_SHELL,
                    interrex_domain_import(d, &c->rec, r));

    /* One that could not be created as it was has a table of another size. */
    if ( !rc && !interrex_quarantine_is(c->rec.entry, IRX_QUARANTINE_CREATE) )
        rc = refuse(r, IRX_QUARANTINE_GRANTS,
                    interrex_grants_import_table(&late, d));
    if ( !rc )
        rc = refuse(r, IRX_QUARANTINE_SHELL,
                    interrex_shared_info_import(d, r)
                        ?: interrex_vcpus_create(d));
    if ( rc || !has_vcpus(d) )
        return rc;
    rc = refuse(r, IRX_QUARANTINE_MEMORY, interrex_memory_import(d, c->view));
    if ( !rc && is_pv_domain(d) )
    {
        interrex_pv_frames_import(&late, d);
        rc = refuse(r, IRX_QUARANTINE_SHELL,
                    interrex_pv_domain_import(&late, d));
    }

    return rc
               ?: refuse(r, IRX_QUARANTINE_POLICY,
                         interrex_policy_import(d, c->view));
}

/*
 * As it was, or, where this Xen does not make such domains any more, one that stands for
 * it: quarantined, with what any guest may have.
 */
static struct domain *__init create(const struct incoming *c)
{
    struct xen_domctl_createdomain cfg;
    int rc = interrex_domain_config(&c->rec, &cfg);
    struct domain *d = rc ? ERR_PTR(rc) : domain_create(c->rec.domid, &cfg, 0);

    if ( !IS_ERR(d) )
        return d;

    interrex_quarantine(c->rec.entry, IRX_QUARANTINE_CREATE, PTR_ERR(d));
    interrex_domain_plain_config(&c->rec, &cfg);

    return domain_create(c->rec.domid, &cfg, 0);
}

int __init interrex_guests_import(void)
{
    const struct irx_record *rec;
    int rc = interrex_cpupools_import(&late);

    for_each_incoming(rec)
    {
        struct incoming c;
        struct domain *d;

        if ( rc )
            break;
        if ( !rec->instance )
            continue; /* dom0 comes by the way of every dom0 */

        read_incoming(rec, &c);
        d = create(&c);
        rc = IS_ERR(d) ? PTR_ERR(d) : import_own(d, &c);
        if ( rc )
            printk(XENLOG_ERR "Interrex: d%u: cannot be created: %d\n",
                   c.rec.domid, rc);
    }

    return rc;
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
    const struct xen_domctl_createdomain own = *cfg;
    struct incoming c;
    int rc;

    find_incoming(0, &c);
    rc = interrex_domain_config(&c.rec, cfg);

    /* Those of its grant table are what this Xen's options say, as in every boot. */
    cfg->max_grant_frames = own.max_grant_frames;
    cfg->max_maptrack_frames = own.max_maptrack_frames;
    cfg->grant_opts = own.grant_opts;

    return rc;
}

int __init interrex_dom0_import(struct domain *d)
{
    struct incoming c;
    int rc;

    find_incoming(d->domain_id, &c);
    rc = import_own(d, &c);
    if ( !rc && is_hvm_domain(d) )
        rc = interrex_e820_import(&late, d)
                 ?: interrex_vioapics_import(&late, d);

    return rc;
}

/* The Xen before failed in its boot: what it took of dom0's interrupts, from R or from a device, is lost. */
static bool __init took_some(void)
{
    return interrex_abi(1) && interrex_anchor()->attempts;
}

int __init interrex_late_vcpu(struct vcpu *v, const struct irx_vcpu *r)
{
    int rc = is_pv_vcpu(v) ? interrex_pv_vcpu_import(&late, v, r) : 0;

    return rc ?: interrex_vcpu_import(v, r);
}

int __init interrex_late_eoi_map(struct domain *d)
{
    return interrex_pv_eoi_map_import(&late, d);
}

void __init interrex_late_give_up(struct domain *d)
{
    struct incoming c;
    struct vcpu *v;
    int rc;

    find_incoming(d->domain_id, &c);
    if ( atomic_read(&d->arch.pv.nr_l4_pages) ) /* its tables were taken */
        for_each_vcpu (d, v)
            if ( !v->is_initialised )
                interrex_pv_vcpu_drop(&late, v);
    do
    {
        rc = interrex_memory_reclaim(d, c.view->d);
        process_pending_softirqs();
    } while ( rc == -ERESTART );
    if ( rc )
        printk(XENLOG_ERR "Interrex: %pd: memory is lost: %d\n", d, rc);
}

int __init interrex_late_interrupts(struct domain *d)
{
    int rc = is_pv_domain(d) ? interrex_late_eoi_map(d)
                             : interrex_vioapics_start(d);

    if ( !rc )
        rc = interrex_pci_import(&late, d);
    if ( !rc && is_pv_domain(d) )
        rc = interrex_pirqs_import(&late, d);
    if ( !rc )
        rc = interrex_pci_start(&late, d);
    if ( !rc )
    {
        interrex_cmos_clock_keep();
        interrex_dom0_irq_raise(d, took_some());
        interrex_stray_raise_all();
    }

    return rc;
}

/*
 * Calls fn for every domain that came back, with its record. A guest for which it fails is
 * quarantined: `what` of it.
 */
static int __init for_each_came(int (*fn)(struct domain *d,
                                          const struct irx_record *rec),
                                uint32_t what)
{
    const struct irx_record *rec;
    int rc = 0;

    for_each_incoming(rec)
    {
        struct domain *d = get_domain_by_id(rec->instance);
        struct incoming c;

        read_incoming(rec, &c);
        if ( !d )
            return -ENOENT;
        if ( has_vcpus(d) )
            rc = refuse(c.view->d, what, fn(d, rec));
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

    read_incoming(rec, &c);

    return interrex_mappings_import(d, c.view)
               ?: interrex_grants_import_mappings(&late, d);
}

/* With all memory and every page of Xen's in place, before anything else takes a page's type. */
static int __init cf_check import_tables(struct domain *d,
                                         const struct irx_record *rec)
{
    return is_pv_domain(d) ? interrex_pv_tables_import(&late, d) : 0;
}

static int __init cf_check import_vcpu_info(struct domain *d,
                                            const struct irx_record *rec)
{
    struct incoming c;
    struct vcpu *v;
    int rc = 0;

    read_incoming(rec, &c);
    if ( interrex_quarantine_is(c.rec.entry, IRX_QUARANTINE_STATE) )
        return 0; /* what its vCPUs say is not to be believed */
    for_each_vcpu (d, v)
        rc = rc
                 ?: interrex_vcpu_info_import(
                        v,
                        interrex_vcpu_rec(c.view->d->vcpu_first + v->vcpu_id));

    return rc;
}

static int __init cf_check import_rights(struct domain *d,
                                         const struct irx_record *rec)
{
    struct incoming c;

    read_incoming(rec, &c);

    return interrex_domain_links_import(d, &c.rec);
}

static int __init cf_check import_pins(struct domain *d,
                                       const struct irx_record *rec)
{
    return interrex_grants_import_pins(&late, d);
}

static int __init cf_check import_ports(struct domain *d,
                                        const struct irx_record *rec)
{
    struct incoming c;

    read_incoming(rec, &c);
    if ( interrex_quarantine_is(c.rec.entry, IRX_QUARANTINE_STATE) )
        return 0;

    return interrex_ports_import(d, c.view);
}

static int __init cf_check settle_ports(struct domain *d,
                                        const struct irx_record *rec)
{
    interrex_ports_settle(d);

    return 0;
}

static int __init cf_check import_scheduling(struct domain *d,
                                             const struct irx_record *rec)
{
    struct incoming c;

    read_incoming(rec, &c);

    return interrex_scheduling_import(&late, d, c.rec.cpupool_id);
}

int __init interrex_links_import(void)
{
    static const struct {
        int (*fn)(struct domain *d, const struct irx_record *rec);
        uint32_t what;
    } links[] = {
        { import_active, IRX_QUARANTINE_GRANTS },
        { import_tables, IRX_QUARANTINE_MEMORY },
        { import_mappings, IRX_QUARANTINE_MEMORY },
        { import_vcpu_info, IRX_QUARANTINE_STATE },
        { import_rights, IRX_QUARANTINE_SETTING },
        { import_pins, IRX_QUARANTINE_GRANTS },
        { import_ports, IRX_QUARANTINE_EVENTS },
        { settle_ports, IRX_QUARANTINE_EVENTS },
        { import_scheduling, IRX_QUARANTINE_SETTING },
    };
    unsigned int i;
    int rc = 0;

    for ( i = 0; !rc && i < ARRAY_SIZE(links); i++ )
        rc = for_each_came(links[i].fn, links[i].what);

    return rc;
}

static int __init cf_check settle_frames(struct domain *d,
                                         const struct irx_record *rec)
{
    if ( is_pv_domain(d) )
        interrex_pv_frames_settle(&late, d);

    return 0;
}

int __init interrex_late_settle(void)
{
    return for_each_came(settle_frames, IRX_QUARANTINE_MEMORY);
}
