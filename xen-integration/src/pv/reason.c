/* SPDX-License-Identifier: GPL-2.0-only */
/* Why a PV domain cannot stand still over a jump and go on in the next Xen; see pv.h. */
#include <xen/mem_access.h>
#include <xen/rangeset.h>
#include <xen/sched.h>
#include <xen/vm_event.h>

#include <asm/paging.h>

#include <interrex/abi/op.h>

#include "pv/pv.h"

/* Somebody is still making it: it has pages and vCPUs that nobody has told all of. */
static bool is_unfinished(const struct domain *d)
{
    return !d->max_vcpus || !d->vcpu || !d->vcpu[0] ||
           !d->vcpu[0]->is_initialised;
}

/* A device, or a part of one: its I/O memory, ports or interrupts. */
static bool has_host_devices(const struct domain *d)
{
    return is_iommu_enabled(d) || !rangeset_is_empty(d->iomem_caps) ||
           !rangeset_is_empty(d->irq_caps) ||
           !rangeset_is_empty(d->arch.ioport_caps);
}

static bool has_unknown(const struct domain *d)
{
    return d->vnuma || d->target || vm_event_check_ring(d->vm_event_monitor);
}

/* The n-th thing that may be so; 0: it is not. ~0: there are no more. */
static uint16_t reason(struct domain *d, unsigned int n, uint64_t *detail)
{
    const bool guest = !is_hardware_domain(d);

    *detail = 0;
    switch ( n )
    {
    case 0:
        *detail = 32;
        return guest && is_pv_32bit_domain(d) ? IRX_REASON_PV : 0;
    case 1:
        return paging_mode_enabled(d) ? IRX_REASON_SHADOW : 0;
    case 2:
        return paging_mode_log_dirty(d) ? IRX_REASON_LOG_DIRTY : 0;
    case 3:
        return guest && is_unfinished(d) ? IRX_REASON_UNFINISHED : 0;
    case 4:
        return guest && has_host_devices(d) ? IRX_REASON_PASSTHROUGH : 0;
    case 5:
        *detail = guest ? interrex_pv_tables_excess(d) : 0;
        return *detail ? IRX_REASON_PV_TABLES : 0;
    case 6:
        *detail = __LINE__;
        return has_unknown(d) ? IRX_REASON_UNKNOWN : 0;
    }

    return ~0;
}

uint16_t interrex_pv_reason(struct domain *d, unsigned int *from,
                            uint64_t *detail)
{
    uint16_t code;

    do
        code = reason(d, (*from)++, detail);
    while ( !code );

    return code == (uint16_t)~0 ? 0 : code;
}
