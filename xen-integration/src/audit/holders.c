/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What has references to pages beside page tables: pages that Xen keeps mapped for a domain,
 * descriptor tables, CR3s, grants, and foreign pages in the p2m of a domain.
 */
#include <xen/grant_table.h>
#include <xen/ioreq.h>
#include <xen/vm_event.h>

#include <asm/p2m.h>
#include <asm/paging.h>

#include "private/private.h"
#include "audit/parts.h"

#define DESCRIPTOR_PAGES 16 /* of a GDT, and of an LDT */

static void count_writable(struct audit *a, mfn_t mfn)
{
    if ( !mfn_eq(mfn, INVALID_MFN) )
        audit_ref_and_type(a, mfn, IRX_AUDIT_WRITABLE);
}

/* ---- Of a vCPU ---- */

static void count_root(struct audit *a, pagetable_t root)
{
    if ( pagetable_is_null(root) )
        return;

    audit_ref_and_type(a, pagetable_get_mfn(root), IRX_AUDIT_L4);
    audit_walk(a, pagetable_get_mfn(root), IRX_AUDIT_L4);
}

/* A GDT is padded with a page of Xen's; of an LDT the pages that were used are there. */
static void count_descriptors(struct audit *a, const struct vcpu *v)
{
    const l1_pgentry_t *ptes = pv_gdt_ptes(v);
    const mfn_t padding = _mfn(virt_to_mfn(zero_page));
    unsigned int i;

    BUILD_BUG_ON(DESCRIPTOR_PAGES < FIRST_RESERVED_GDT_PAGE);

    for ( i = 0; i < 2 * DESCRIPTOR_PAGES; i++ )
    {
        /* Behind those of the GDT are Xen's own descriptors. */
        if ( i >= FIRST_RESERVED_GDT_PAGE && i < DESCRIPTOR_PAGES )
            continue;
        if ( (l1e_get_flags(ptes[i]) & _PAGE_PRESENT) &&
             !mfn_eq(l1e_get_mfn(ptes[i]), padding) )
            audit_ref_and_type(a, l1e_get_mfn(ptes[i]), IRX_AUDIT_SEGMENTS);
    }
}

/* A table that the guest let go, and that is not yet taken apart; its type may be gone already. */
static void count_old_table(struct audit *a, const struct vcpu *v)
{
    const struct page_info *pg = v->arch.old_guest_table;

    if ( !pg )
        return;
    if ( v->arch.old_guest_table_partial )
    {
        audit_ref(a, page_to_mfn(pg));
        return;
    }

    audit_ref_and_type(a, page_to_mfn(pg), audit_type(pg));
    audit_walk(a, page_to_mfn(pg), audit_type(pg));
}

static void count_vcpu(struct audit *a, const struct vcpu *v)
{
    unsigned int i;

    count_writable(a, v->vcpu_info_mfn);
    count_writable(a, interrex_fifo_control_mfn(v));
    for ( i = 0; v->vmtrace.pg && i < v->domain->vmtrace_size >> PAGE_SHIFT;
          i++ )
        count_writable(a, page_to_mfn(&v->vmtrace.pg[i]));

    if ( !is_pv_vcpu(v) )
        return;
    count_root(a, v->arch.guest_table);
    count_root(a, v->arch.guest_table_user);
    count_descriptors(a, v);
    count_old_table(a, v);
}

/* ---- Of a domain ---- */

static void count_ioreq_page(struct audit *a, const struct ioreq_page *p)
{
    if ( p->page )
        count_writable(a, page_to_mfn(p->page));
}

static void count_event_ring(struct audit *a,
                             const struct vm_event_domain *ved)
{
    if ( ved && ved->ring_page )
        count_writable(a, page_to_mfn(ved->ring_pg_struct));
}

static void count_mapped_pages(struct audit *a, const struct domain *d)
{
    unsigned int i;

    for ( i = 0; i < interrex_fifo_pages(d); i++ )
        count_writable(a, interrex_fifo_page_mfn(d, i));

    if ( d->arch.pirq_eoi_map )
        count_writable(a, _mfn(d->arch.pirq_eoi_map_mfn));

    for ( i = 0; i < MAX_NR_IOREQ_SERVERS; i++ )
    {
        const struct ioreq_server *s = d->ioreq_server.server[i];

        if ( !s )
            continue;
        count_ioreq_page(a, &s->ioreq);
        count_ioreq_page(a, &s->bufioreq);
    }

    count_event_ring(a, d->vm_event_monitor);
}

/* ---- Grants that d has mapped ---- */

/* The page behind a mapping; false: its owner is gone, or it is I/O. */
static bool mapped_page(const struct irx_maptrack *m, struct domain *owner,
                        mfn_t *mfn)
{
    struct irx_grant_active active;
    uint32_t ref = m->ref;

    if ( !owner || !interrex_gnttab_next_active(owner, &ref, &active) ||
         active.ref != m->ref )
        return false;
    *mfn = _mfn(active.mfn);

    return mfn_valid(*mfn) && page_get_owner(mfn_to_page(*mfn)) != dom_io;
}

/* Of a PV domain's own mapping the page table entry has the reference. */
static void count_grant(struct audit *a, const struct domain *d,
                        const struct irx_maptrack *m)
{
    struct domain *owner = rcu_lock_domain_by_id(m->domid);
    const bool readonly = m->flags & GNTMAP_readonly;
    mfn_t mfn;

    a->op->mappings++;
    if ( mapped_page(m, owner, &mfn) )
    {
        if ( (m->flags & GNTMAP_device_map) && !readonly )
            count_writable(a, mfn);
        else if ( m->flags & GNTMAP_device_map )
            audit_ref(a, mfn);

        if ( (m->flags & GNTMAP_host_map) && paging_mode_external(d) )
        {
            if ( gnttab_host_mapping_get_page_type(readonly, d, owner) )
                count_writable(a, mfn);
            else
                audit_ref(a, mfn);
        }
    }
    if ( owner )
        rcu_unlock_domain(owner);
}

static int count_grants(struct audit *a, struct domain *d)
{
    struct irx_maptrack m;
    uint32_t handle = 0;
    int rc = 0;

    while ( !rc && interrex_gnttab_next_mapping(d, &handle, &m) )
    {
        count_grant(a, d, &m);
        rc = audit_goes_on(a);
    }

    return rc;
}

/* ---- Foreign pages that d has in its p2m ---- */

static int count_p2m(struct audit *a, struct domain *d)
{
    struct p2m_domain *p2m = p2m_get_hostp2m(d);
    unsigned long gfn = 0;
    unsigned int order = PAGE_ORDER_4K; /* without a p2m Xen leaves it alone */
    int rc = 0;

    while ( gfn <= p2m->max_mapped_pfn && !rc )
    {
        p2m_access_t access;
        p2m_type_t type;
        mfn_t mfn = get_gfn_type_access(p2m, gfn, &type, &access, 0, &order);

        put_gfn(d, gfn);
        if ( type == p2m_map_foreign )
        {
            a->op->mappings++;
            audit_ref(a, mfn);
        }
        gfn = (gfn | ((1UL << order) - 1)) + 1;
        rc = audit_goes_on(a);
    }

    return rc;
}

int audit_holders(struct audit *a, struct domain *d)
{
    struct vcpu *v;
    int rc = 0;

    if ( is_pv_domain(d) && (is_pv_32bit_domain(d) || paging_mode_enabled(d)) )
        return -EOPNOTSUPP;

    audit_listed(a, &d->page_list);
    audit_listed(a, &d->extra_page_list);
    audit_listed(a, &d->xenpage_list);
    for_each_vcpu (d, v)
    {
        count_vcpu(a, v);
        rc = rc ?: audit_goes_on(a);
    }
    count_mapped_pages(a, d);

    rc = rc ?: count_grants(a, d);

    return rc ?: is_hvm_domain(d) ? count_p2m(a, d) : 0;
}
