/* SPDX-License-Identifier: GPL-2.0-only */
/* Domains as paused shells around memory that stayed in place; rebuild.h. */

#include <xen/domain_page.h>
#include <xen/event.h>
#include <xen/sched.h>
#include <xen/softirq.h>

#include <asm/hap.h>
#include <asm/p2m.h>
#include <asm/paging.h>
#include <asm/time.h>
#include <public/domctl.h>
#include <xsm/xsm.h>

#include "../mm/mm-locks.h"
#include "adopt.h"
#include "cpupools.h"
#include "evtchn_rebuild.h"
#include "grants.h"
#include "rebuild.h"
#include "tsc.h"

#define SOFTIRQ_EVERY 1024u /* extents between two looks at softirqs */

uint32_t interrex_domain_label(struct domain *d)
{
    struct xen_domctl_getdomaininfo info = {};

    xsm_security_domaininfo(d, &info);

    return info.ssidref;
}

void interrex_domain_describe(struct domain *d, struct irx_domain_record *out)
{
    const struct cpu_policy *policy = d->arch.cpu_policy;

    *out = (struct irx_domain_record){
        .domid = d->domain_id,
        .disposition = d->controller_pause_count ? IRX_DISPOSITION_PAUSED
                                                 : IRX_DISPOSITION_RUN,
        .flags = d->options,
        .max_vcpus = d->max_vcpus,
        .max_evtchn_port = d->max_evtchn_port,
        .cpupool_id = interrex_cpupools_id_of(d),
        .emulation_flags = d->arch.emulation_flags,
        .misc_flags = d->arch.msr_relaxed ? XEN_X86_MSR_RELAXED : 0,
        .tsc_mode = d->arch.tsc_mode,
        .max_pages = d->max_pages,
        .paging_pool_pages = d->arch.paging.hap.total_pages +
                             d->arch.paging.hap.p2m_pages,
        .time_offset_seconds = d->time_offset.seconds,
        .tsc_khz = d->arch.tsc_khz,
        .tsc_incarnation = d->arch.incarnation,
        .vtsc_offset = d->arch.vtsc_offset,
        .shutdown_code = d->is_shut_down ? d->shutdown_code : ~0U,
        .controller_pause_count = d->controller_pause_count,
        .vm_assist = d->vm_assist,
        .suspend_evtchn = d->suspend_evtchn,
        .vmtrace_size = d->vmtrace_size,
        .hv_limit = policy->hv_limit,
        .hv2_limit = policy->hv2_limit,
        .ssidref = interrex_domain_label(d),
        .node_affinity = d->auto_node_affinity ? 0 : d->node_affinity.bits[0],
        .target = d->target ? d->target->domain_id : ~0U,
        .virqs = interrex_global_virqs(d),
    };
    BUILD_BUG_ON(sizeof(d->node_affinity) != sizeof(out->node_affinity));
    memcpy(out->handle, d->handle, sizeof(out->handle));
    interrex_gnttab_limits(d, out);
}

int interrex_domain_config(const struct irx_domain_record *rec,
                           const struct irx_domain *slot,
                           struct xen_domctl_createdomain *cfg)
{
    if ( rec->domid != slot->domid || rec->max_vcpus != slot->vcpu_count ||
         memcmp(rec->handle, slot->handle, sizeof(rec->handle)) ||
         !interrex_global_virqs_ok(rec->virqs) )
        return -EINVAL;

    *cfg = (struct xen_domctl_createdomain){
        .ssidref = rec->ssidref,
        .flags = rec->flags,
        .iommu_opts = rec->iommu_opts,
        .max_vcpus = rec->max_vcpus,
        .max_evtchn_port = rec->max_evtchn_port,
        .max_grant_frames = rec->max_grant_frames,
        .max_maptrack_frames = rec->max_maptrack_frames,
        .grant_opts = rec->grant_opts,
        .vmtrace_size = rec->vmtrace_size,
        .cpupool_id = 0, /* for now: others have no CPUs yet (cpupools.h) */
        .arch = {
            .emulation_flags = rec->emulation_flags,
            .misc_flags = rec->misc_flags,
        },
    };
    memcpy(cfg->handle, rec->handle, sizeof(cfg->handle));

    return 0;
}

static int set_paging_pool(struct domain *d, uint64_t pages)
{
    bool preempted;
    int rc;

    if ( pages != (unsigned int)pages )
        return -EINVAL;

    do
    {
        preempted = false;
        paging_lock(d);
        rc = hap_set_allocation(d, pages, &preempted);
        paging_unlock(d);
        process_pending_softirqs();
    } while ( !rc && preempted );

    return rc;
}

static int set_time(struct domain *d, const struct irx_domain_record *rec,
                    const struct irx_domain *slot)
{
    int rc = tsc_set_info(d, rec->tsc_mode, 0, rec->tsc_khz,
                          rec->tsc_incarnation - 1);

    /* tsc_set_info() derives it from this Xen's own start. */
    d->arch.vtsc_offset = rec->vtsc_offset;
    d->time_offset.seconds = rec->time_offset_seconds;
    d->time_offset.set = !!rec->time_offset_seconds;

    return rc ?: interrex_tsc_rebuild(d, slot);
}

/* Nodes that this host does not have are no reason to stop: then it stays automatic. */
static void set_node_affinity(struct domain *d, uint64_t nodes)
{
    nodemask_t mask = NODE_MASK_NONE;

    mask.bits[0] = nodes;
    if ( nodes && domain_set_node_affinity(d, &mask) )
        printk(XENLOG_WARNING "Interrex: node affinity of %pd is automatic\n",
               d);
}

int interrex_rebuild_limits(struct domain *d,
                            const struct irx_domain_record *rec,
                            const struct irx_domain *slot)
{
    int rc = -EINVAL;

    if ( rec->max_pages != (unsigned int)rec->max_pages ||
         (rec->shutdown_code != ~0U &&
          rec->shutdown_code != (uint8_t)rec->shutdown_code) ||
         !rec->tsc_incarnation ||
         rec->hv_limit !=
             (typeof(d->arch.cpu_policy->hv_limit))rec->hv_limit ||
         rec->hv2_limit !=
             (typeof(d->arch.cpu_policy->hv2_limit))rec->hv2_limit )
        return rc;

    d->max_pages = rec->max_pages;
    d->arch.has_32bit_shinfo = slot->flags & IRX_DOMF_SHINFO_32BIT;
    d->arch.cpu_policy->hv_limit = rec->hv_limit;
    d->arch.cpu_policy->hv2_limit = rec->hv2_limit;
    d->vm_assist = rec->vm_assist;
    d->suspend_evtchn = rec->suspend_evtchn;

    set_node_affinity(d, rec->node_affinity);

    if ( rec->shutdown_code != ~0U )
    {
        d->shutdown_code = rec->shutdown_code;
        d->is_shutting_down = true;
        d->is_shut_down = true;
    }

    rc = set_paging_pool(d, rec->paging_pool_pages);

    return rc ?: set_time(d, rec, slot);
}

int interrex_rebuild_shared_info(struct domain *d,
                                 const struct irx_domain *slot)
{
    void *fresh = d->shared_info, *adopted;
    int rc = interrex_adopt_xen_page(d, _mfn(slot->shared_info_mfn), &adopted);

    if ( rc )
        return rc;

    d->shared_info = adopted;

    /* dom0 has its first vCPU already (alloc_dom0_vcpu0()). */
    if ( d->vcpu[0] )
        d->vcpu[0]->vcpu_info = (vcpu_info_t *)&shared_info(d, vcpu_info[0]);

    interrex_unshare_xen_page(d, fresh);

    return 0;
}

int interrex_rebuild_vcpus(struct domain *d)
{
    unsigned int i;

    for ( i = 0; i < d->max_vcpus; i++ )
        if ( !d->vcpu[i] && !vcpu_create(d, i) )
            return -ENOMEM;

    domain_update_node_affinity(d);

    return 0;
}

int interrex_rebuild_target(struct domain *d, uint32_t domid)
{
    struct domain *e;

    if ( domid == ~0U )
        return 0;

    e = domid < DOMID_FIRST_RESERVED ? get_domain_by_id(domid) : NULL;
    if ( !e )
        return -ENOENT;
    if ( e == d || d->target || !is_hvm_domain(e) )
    {
        put_domain(e);
        return -EINVAL;
    }
    d->target = e; /* with the reference */

    return 0;
}

static bool is_own_extent(const struct irx_extent *e)
{
    return e->type == IRX_P2M_RAM_RW || e->type == IRX_P2M_RAM_RO ||
           e->type == IRX_P2M_XEN_PAGE || e->type == IRX_P2M_MMIO;
}

static bool extent_bounds_ok(const struct domain *d,
                             const struct irx_extent *e)
{
    const unsigned long limit = 1UL << (paddr_bits - PAGE_SHIFT);

    return e->nr && e->nr <= limit && e->mfn <= limit - e->nr &&
           e->gfn <=
               (1UL << (d->arch.cpu_policy->extd.maxphysaddr - PAGE_SHIFT)) -
                   e->nr &&
           e->access == p2m_access_rwx;
}

/* Is every page of e what its type says, and nobody's yet? */
static int check_extent(struct domain *d, const struct irx_extent *e)
{
    uint64_t i;

    if ( !extent_bounds_ok(d, e) )
        return -EINVAL;

    if ( e->type == IRX_P2M_MMIO )
        return is_hardware_domain(d) ? 0 : -EINVAL;

    for ( i = 0; i < e->nr; i++ )
    {
        mfn_t mfn = _mfn(e->mfn + i);
        const struct page_info *pg = mfn_to_page(mfn);

        if ( !mfn_valid(mfn) )
            return -EINVAL;

        if ( e->type == IRX_P2M_XEN_PAGE )
        {
            if ( page_get_owner(pg) != d || !is_xen_heap_page(pg) )
                return -EINVAL;
        }
        else if ( pg->count_info || page_get_owner(pg) )
            return -EBUSY;
    }

    return 0;
}

static p2m_type_t p2m_type_of(const struct irx_extent *e)
{
    switch ( e->type )
    {
    case IRX_P2M_RAM_RO:
        return p2m_ram_ro;
    case IRX_P2M_MMIO:
        return p2m_mmio_direct;
    case IRX_P2M_GRANT_RW:
        return p2m_grant_map_rw;
    case IRX_P2M_GRANT_RO:
        return p2m_grant_map_ro;
    case IRX_P2M_FOREIGN:
        return p2m_map_foreign;
    default:
        return p2m_ram_rw;
    }
}

/* The largest order that gfn and mfn are aligned to and nr pages fill. */
static unsigned int chunk_order(uint64_t gfn, uint64_t mfn, uint64_t nr)
{
    static const unsigned int orders[] = { PAGE_ORDER_1G, PAGE_ORDER_2M };
    unsigned int i;

    for ( i = 0; i < ARRAY_SIZE(orders); i++ )
        if ( nr >> orders[i] && !((gfn | mfn) & ((1UL << orders[i]) - 1)) )
            return orders[i];

    return PAGE_ORDER_4K;
}

static int map_extent(struct domain *d, const struct irx_extent *e)
{
    struct p2m_domain *p2m = p2m_get_hostp2m(d);
    bool m2p = e->type != IRX_P2M_MMIO && is_own_extent(e);
    uint64_t i, n;
    int rc = 0;

    p2m_lock(p2m);

    for ( i = 0; i < e->nr && !rc; i += n )
    {
        unsigned int order = chunk_order(e->gfn + i, e->mfn + i, e->nr - i);
        uint64_t j;

        n = 1UL << order;
        rc = p2m_set_entry(p2m, _gfn(e->gfn + i), _mfn(e->mfn + i), order,
                           p2m_type_of(e), p2m_access_rwx);
        for ( j = i; !rc && m2p && j < i + n; j++ )
            set_gpfn_from_mfn(e->mfn + j, e->gfn + j);
    }

    p2m_unlock(p2m);

    return rc;
}

static int take_extent(struct domain *d, const struct irx_extent *e)
{
    int rc = 0;

    if ( e->type == IRX_P2M_RAM_RW || e->type == IRX_P2M_RAM_RO )
        rc = e->nr == (unsigned int)e->nr
                 ? assign_pages(mfn_to_page(_mfn(e->mfn)), e->nr, d, 0)
                 : -EINVAL;

    return rc ?: map_extent(d, e);
}

int interrex_rebuild_memory(struct domain *d, const struct irx_extent *extents,
                            unsigned int count)
{
    const unsigned int max_pages = d->max_pages;
    unsigned int i;
    int rc = 0;

    for ( i = 0; i < count && !rc; i++ )
    {
        if ( is_own_extent(&extents[i]) )
            rc = check_extent(d, &extents[i]);
        if ( !(i % SOFTIRQ_EVERY) )
            process_pending_softirqs();
    }

    /*
     * A guest may have more than its limit: the toolstack lowers that before
     * the guest has given anything back. The limit is for what it asks next.
     */
    d->max_pages = UINT_MAX;
    for ( i = 0; i < count && !rc; i++ )
    {
        if ( is_own_extent(&extents[i]) )
            rc = take_extent(d, &extents[i]);
        if ( !(i % SOFTIRQ_EVERY) )
            process_pending_softirqs();
    }
    d->max_pages = max_pages;

    return rc;
}

/* A page mapped from another domain must be that domain's. */
static int check_mapping(struct domain *d, const struct irx_extent *e)
{
    struct domain *owner;
    uint64_t i;
    int rc = 0;

    if ( !extent_bounds_ok(d, e) || e->type > IRX_P2M_FOREIGN )
        return -EINVAL;

    owner = rcu_lock_domain_by_any_id(e->owner);
    if ( !owner )
        return -ENOENT;

    for ( i = 0; i < e->nr && !rc; i++ )
    {
        mfn_t mfn = _mfn(e->mfn + i);

        if ( !mfn_valid(mfn) || page_get_owner(mfn_to_page(mfn)) != owner )
            rc = -EINVAL;
    }

    rcu_unlock_domain(owner);

    return rc;
}

int interrex_rebuild_mappings(struct domain *d,
                              const struct irx_extent *extents,
                              unsigned int count)
{
    unsigned int i;
    int rc = 0;

    for ( i = 0; i < count && !rc; i++ )
        if ( !is_own_extent(&extents[i]) )
            rc = check_mapping(d, &extents[i]);

    for ( i = 0; i < count && !rc; i++ )
        if ( !is_own_extent(&extents[i]) )
            rc = map_extent(d, &extents[i]);

    return rc;
}

int interrex_rebuild_vcpu_info(struct vcpu *v, gfn_t gfn, unsigned int offset)
{
    struct domain *d = v->domain;
    unsigned int align = has_32bit_shinfo(d) ? alignof(v->vcpu_info->compat)
                                             : alignof(*v->vcpu_info);
    struct page_info *page;
    void *mapping;

    if ( offset > PAGE_SIZE - sizeof(*v->vcpu_info) ||
         (offset & (align - 1)) || !mfn_eq(v->vcpu_info_mfn, INVALID_MFN) )
        return -EINVAL;

    page = get_page_from_gfn(d, gfn_x(gfn), NULL, P2M_UNSHARE);
    if ( !page )
        return -EINVAL;

    if ( !get_page_type(page, PGT_writable_page) )
    {
        put_page(page);
        return -EINVAL;
    }

    mapping = __map_domain_page_global(page);
    if ( !mapping )
    {
        put_page_and_type(page);
        return -ENOMEM;
    }

    v->vcpu_info = mapping + offset;
    v->vcpu_info_mfn = page_to_mfn(page);

    return 0;
}
