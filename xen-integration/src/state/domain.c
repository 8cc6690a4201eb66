/* SPDX-License-Identifier: GPL-2.0-only */
/* A domain as a paused shell: what domain_create() and the toolstack were told. */
#include <xen/event.h>
#include <xen/softirq.h>

#include <asm/hap.h>
#include <asm/p2m.h>
#include <asm/paging.h>
#include <asm/time.h>
#include <public/domctl.h>
#include <xsm/xsm.h>

#include "../../mm/mm-locks.h"
#include "private/private.h"
#include "state/state.h"

uint32_t interrex_domain_flags(const struct domain *d)
{
    uint32_t flags = 0;

    if ( d->arch.has_32bit_shinfo )
        flags |= IRX_DOMF_SHINFO_32BIT;
    if ( is_hardware_domain(d) )
        flags |= IRX_DOMF_DOM0;
    if ( is_pv_domain(d) )
        flags |= IRX_DOMF_PV;
    if ( d->controller_pause_count || d->is_shut_down )
        flags |= IRX_DOMF_PAUSED;

    return flags;
}

uint32_t interrex_domain_label(struct domain *d)
{
    struct xen_domctl_getdomaininfo info = {};

    xsm_security_domaininfo(d, &info);

    return info.ssidref;
}

void interrex_domain_export(struct domain *d, struct irx_domain_record *out)
{
    const struct cpu_policy *policy = d->arch.cpu_policy;

    *out = (struct irx_domain_record){
        .domid = d->domain_id,
        .disposition = d->controller_pause_count ? IRX_DISPOSITION_PAUSED
                                                 : IRX_DISPOSITION_RUN,
        .flags = d->options,
        .max_vcpus = d->max_vcpus,
        .max_evtchn_port = d->max_evtchn_port,
        .emulation_flags = d->arch.emulation_flags,
        .misc_flags = d->arch.msr_relaxed ? XEN_X86_MSR_RELAXED : 0,
        .tsc_mode = d->arch.tsc_mode,
        .max_pages = d->max_pages,
        .paging_pool_pages = is_pv_domain(d)
                                 ? 0
                                 : d->arch.paging.hap.total_pages +
                                       d->arch.paging.hap.p2m_pages,
        .time_offset_seconds = d->time_offset.seconds,
        .tsc_khz = d->arch.tsc_khz,
        /* A PV dom0 has none: tsc_set_info() */
        .tsc_incarnation = d->arch.incarnation ?: 1,
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
        .virqs = interrex_global_virqs_export(d),
    };
    BUILD_BUG_ON(sizeof(d->node_affinity) != sizeof(out->node_affinity));
    memcpy(out->handle, d->handle, sizeof(out->handle));
    interrex_gnttab_export_limits(d, out);
}

int interrex_domain_config(const struct irx_domain_record *rec,
                           struct xen_domctl_createdomain *cfg)
{
    if ( !interrex_global_virqs_validate(rec->virqs) )
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
        .cpupool_id = 0, /* for now: others have no CPUs yet (lend.h) */
        .arch = {
            .emulation_flags = rec->emulation_flags,
            .misc_flags = rec->misc_flags,
        },
    };
    memcpy(cfg->handle, rec->handle, sizeof(cfg->handle));

    return 0;
}

void interrex_domain_plain_config(const struct irx_domain_record *rec,
                                  struct xen_domctl_createdomain *cfg)
{
    *cfg = (struct xen_domctl_createdomain){
        .flags = rec->flags & (XEN_DOMCTL_CDF_hvm | XEN_DOMCTL_CDF_hap),
        .max_vcpus = rec->max_vcpus,
        .max_evtchn_port = rec->max_evtchn_port,
        .max_grant_frames = -1, /* as many as this Xen gives anybody */
        .max_maptrack_frames = -1,
        .grant_opts = XEN_DOMCTL_GRANT_version(1),
        .arch.emulation_flags = rec->emulation_flags,
    };
    memcpy(cfg->handle, rec->handle, sizeof(cfg->handle));
}

static int set_paging_pool(struct domain *d, unsigned int pages)
{
    bool preempted;
    int rc;

    if ( is_pv_domain(d) )
        return pages ? -EINVAL : 0;

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
                    const struct irx_domain *r)
{
    int rc = tsc_set_info(d, rec->tsc_mode, 0, rec->tsc_khz,
                          rec->tsc_incarnation - 1);

    /* tsc_set_info() derives it from this Xen's own start. */
    d->arch.vtsc_offset = rec->vtsc_offset;
    d->time_offset.seconds = rec->time_offset_seconds;
    d->time_offset.set = !!rec->time_offset_seconds;

    return rc ?: interrex_tsc_mode_import(d, r);
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

int interrex_domain_import(struct domain *d,
                           const struct irx_domain_record *rec,
                           const struct irx_domain *r)
{
    int rc;

    d->max_pages = rec->max_pages;
    d->arch.has_32bit_shinfo = r->flags & IRX_DOMF_SHINFO_32BIT;
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

    return rc ?: set_time(d, rec, r);
}

int interrex_vcpus_create(struct domain *d)
{
    unsigned int i;

    for ( i = 0; i < d->max_vcpus; i++ )
        if ( !d->vcpu[i] && !vcpu_create(d, i) )
            return -ENOMEM;

    domain_update_node_affinity(d);

    return 0;
}

static int import_target(struct domain *d, uint32_t domid)
{
    struct domain *e;

    if ( domid == ~0U )
        return 0;

    e = get_domain_by_id(domid);
    if ( !e )
        return -ENOENT;
    if ( d->target || !is_hvm_domain(e) )
    {
        put_domain(e);
        return -EINVAL;
    }
    d->target = e; /* with the reference */

    return 0;
}

int interrex_domain_links_import(struct domain *d,
                                 const struct irx_domain_record *rec)
{
    return import_target(d, rec->target)
               ?: interrex_global_virqs_import(d, rec->virqs);
}
