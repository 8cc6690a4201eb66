/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Check: every reason why this host, or a domain of it, cannot be carried
 * through an update now. Changes nothing.
 */
#include <xen/event.h>
#include <xen/grant_table.h>
#include <xen/guest_access.h>
#include <xen/iommu.h>
#include <xen/ioreq.h>
#include <xen/mem_access.h>
#include <xen/monitor.h>
#include <xen/rangeset.h>
#include <xen/sched.h>
#include <xen/vm_event.h>

#include <asm/altp2m.h>
#include <asm/hvm/hvm.h>
#include <asm/hvm/nestedhvm.h>
#include <asm/hvm/save.h>
#include <asm/p2m.h>
#include <asm/paging.h>
#include <asm/xstate.h>

#include "handover/handover.h"
#include "hold/hold.h"
#include "lend/lend.h"
#include "op/op.h"
#include "pv/pv.h"
#include "region/region.h"
#include "state/state.h"
#include "vendor/vendor.h"

struct list {
    struct irx_op_reason *reasons;
    unsigned int capacity, count;
    domid_t domid;
};

static void add(struct list *l, uint16_t code, uint64_t detail)
{
    if ( l->count < l->capacity )
        l->reasons[l->count] = (struct irx_op_reason){
            .domid = l->domid,
            .code = code,
            .detail = detail,
        };
    l->count++;
}

#define ADD_IF(list, condition, code, detail)                                 \
    do                                                                        \
    {                                                                         \
        if ( condition )                                                      \
            add(list, code, detail);                                          \
    } while ( 0 )

/* Here so that a new kind of state in struct domain meets somebody who asks for it. */
#define UNKNOWN_IF(list, condition)                                           \
    ADD_IF(list, condition, IRX_REASON_UNKNOWN, __LINE__)

static void check_memory(struct list *l, struct domain *d)
{
    struct p2m_domain *p2m = p2m_get_hostp2m(d);

    ADD_IF(l, !paging_mode_hap(d), IRX_REASON_SHADOW, 0);
    ADD_IF(l, paging_mode_log_dirty(d), IRX_REASON_LOG_DIRTY, 0);
    ADD_IF(l, p2m->pod.entry_count || p2m->pod.count, IRX_REASON_POD,
           p2m->pod.entry_count);
    /* Allowed is enough: the guest can turn it on at any time. */
    ADD_IF(l, altp2m_active(d) || d->arch.hvm.params[HVM_PARAM_ALTP2M],
           IRX_REASON_ALTP2M, 0);
#ifdef CONFIG_MEM_SHARING
    ADD_IF(l, mem_sharing_enabled(d), IRX_REASON_MEM_SHARING, 0);
#endif
#ifdef CONFIG_MEM_PAGING
    ADD_IF(l, vm_event_check_ring(d->vm_event_paging), IRX_REASON_MEM_PAGING,
           0);
#endif
    ADD_IF(l, vm_event_check_ring(d->vm_event_monitor), IRX_REASON_VM_EVENT,
           0);
}

static uint64_t xsave_size(const struct domain *d)
{
    uint64_t most = 0;
    const struct vcpu *v;

    for_each_vcpu (d, v)
        if ( cpu_has_xsave && xsave_enabled(v) )
            most = max_t(uint64_t, most,
                         offsetof(struct hvm_hw_cpu_xsave, save_area) +
                             xstate_ctxt_size(v->arch.xcr0_accum));

    return most;
}

/*
 * Not if the CPU scales it. Nor if it is emulated and stops with the vCPU: in
 * this mode guest time stands still while a vCPU waits for a CPU. dom0 has
 * this mode and never runs in the shim.
 */
static bool tsc_can_be_held(const struct domain *d)
{
    if ( !d->arch.vtsc )
        return !hvm_tsc_scaling_supported ||
               d->arch.hvm.tsc_scaling_ratio == hvm_default_tsc_scaling_ratio;

    return is_hardware_domain(d) || d->arch.hvm.params[HVM_PARAM_TIMER_MODE] !=
                                        HVMPTM_delay_for_missed_ticks;
}

/*
 * A machine check for the guest that it has not yet read, or settings for some. Not mcg_status:
 * a guest writes there what it likes, and Xen's own migration leaves it behind.
 */
static bool has_machine_check(const struct vcpu *v)
{
    static const struct vmce_bank none;
    unsigned int i;

    for ( i = 0; i < ARRAY_SIZE(v->arch.vmce.bank); i++ )
        if ( memcmp(&v->arch.vmce.bank[i], &none, sizeof(none)) )
            return true;

    return v->arch.vmce.mcg_ext_ctl;
}

/* Of any domain's vCPUs. */
static void check_vcpus(struct list *l, struct domain *d)
{
    uint64_t xsave = xsave_size(d);
    const struct vcpu *v;

    ADD_IF(l, xsave > IRX_XSAVE_MAX, IRX_REASON_XSAVE_SIZE, xsave);
    for_each_vcpu (d, v)
    {
        UNKNOWN_IF(l, vpmu_is_set(vcpu_vpmu(v), VPMU_CONTEXT_ALLOCATED));
        UNKNOWN_IF(l, has_machine_check(v));
    }
}

static void check_cpu(struct list *l, struct domain *d)
{
    ADD_IF(l, nestedhvm_enabled(d), IRX_REASON_NESTED, 0);
    ADD_IF(l, is_viridian_domain(d), IRX_REASON_VIRIDIAN, 0);
    ADD_IF(l, !tsc_can_be_held(d), IRX_REASON_TSC_MODE, d->arch.tsc_mode);
    UNKNOWN_IF(l, d->arch.hvm.is_s3_suspended);
    check_vcpus(l, d);
}

/* A device, or a part of one: its I/O memory, ports or interrupts. */
static bool has_host_devices(const struct domain *d)
{
    return is_iommu_enabled(d) || !rangeset_is_empty(d->iomem_caps) ||
           !rangeset_is_empty(d->irq_caps) ||
           !rangeset_is_empty(d->arch.ioport_caps) ||
           !list_empty(&d->arch.hvm.g2m_ioport_list);
}

static void check_devices(struct list *l, struct domain *d)
{
    uint32_t allowed = is_hardware_domain(d)
                           ? XEN_X86_EMU_LAPIC | XEN_X86_EMU_IOAPIC |
                                 XEN_X86_EMU_VPCI
                           : XEN_X86_EMU_LAPIC;

    ADD_IF(l, d->arch.emulation_flags & ~allowed, IRX_REASON_DEVICE_MODEL,
           d->arch.emulation_flags);
    ADD_IF(l, !is_hardware_domain(d) && has_host_devices(d),
           IRX_REASON_PASSTHROUGH, 0);
#ifdef CONFIG_IOREQ_SERVER
    ADD_IF(l, domain_has_ioreq_server(d), IRX_REASON_IOREQ, 0);
#endif
    ADD_IF(l,
           d->monitor.guest_request_enabled ||
               d->arch.monitor.write_ctrlreg_enabled ||
               d->arch.monitor.singlestep_enabled ||
               d->arch.monitor.software_breakpoint_enabled ||
               d->arch.monitor.msr_bitmap,
           IRX_REASON_MONITOR, 0);
}

/*
 * Ports whose other end is code of this Xen, or an interrupt that it bound for them. A guest
 * binds any without a permission, and there is none behind it.
 */
static bool has_ports_of_xen(struct domain *d)
{
    bool found = false;
    unsigned int i;

    read_lock(&d->event_lock);
    for ( i = 1; !found && port_is_valid(d, i); i++ )
    {
        const struct evtchn *chn = evtchn_from_port(d, i);

        found = chn->xen_consumer ||
                (chn->state == ECS_PIRQ && is_hardware_domain(d));
    }
    read_unlock(&d->event_lock);

    return found;
}

static void check_pv(struct list *l, struct domain *d)
{
    unsigned int from = 0;
    uint64_t detail;
    uint16_t code;

    ADD_IF(l, is_pv_32bit_domain(d) && is_hardware_domain(d),
           IRX_REASON_DOM0_NOT_PVH, 0);
    while ( (code = interrex_pv_reason(d, &from, &detail)) != 0 )
        add(l, code, detail);
    check_vcpus(l, d);
}

/* Neither PV, nor dying. */
static void check_hvm(struct list *l, struct domain *d)
{
    const unsigned int before = l->count;

    UNKNOWN_IF(l, d->vnuma);
    UNKNOWN_IF(l, !list_empty(&d->arch.hvm.pinned_cacheattr_ranges));
    check_memory(l, d);
    check_cpu(l, d);
    check_devices(l, d);
    /* An I/O request server or a ring of events has such ports, and a reason of its own. */
    UNKNOWN_IF(l, l->count == before && has_ports_of_xen(d));
}

static void check_domain(struct list *l, struct domain *d)
{
    const struct interrex_hold *h = interrex_hold_of(d);
    uint64_t bytes;

    if ( h && interrex_quarantined(h->entry) )
    {
        /* What stands for it here is no domain to look at. */
        add(l, IRX_REASON_QUARANTINED,
            interrex_quarantined(h->entry) |
                (interrex_is_carried(h) ? IRX_QUARANTINE_CARRIED : 0));
        return;
    }

    ADD_IF(l, d->is_dying, IRX_REASON_DYING, 0);
    ADD_IF(l, interrex_is_saved(d), IRX_REASON_SUSPENDED, 0);
    if ( d->is_dying )
        return;

    ADD_IF(l, interrex_domain_label(d), IRX_REASON_LABEL,
           interrex_domain_label(d));
    bytes = interrex_room_excess(d);
    ADD_IF(l, bytes, IRX_REASON_REGION_SHARE, bytes);
    if ( is_pv_domain(d) )
        check_pv(l, d);
    else if ( d->max_vcpus && d->vcpu && d->vcpu[0] )
        check_hvm(l, d);
    else
        UNKNOWN_IF(l, true);
}

static void check_pools(struct list *l)
{
    unsigned int from = 0;
    uint64_t detail;
    uint16_t code;

    while ( (code = interrex_cpupools_reason(&from, &detail)) != 0 )
        add(l, code, detail);
}

/*
 * Once guests are prepared it is known where they are: whether the next Xen can boot beside
 * them, and whether R has room for what the jump writes.
 */
static int look_for_room(struct interrex_lack *lack)
{
    unsigned int i = 0, count = interrex_anchor()->domains.count;

    while ( i < count && !interrex_hold_at(i) )
        i++;
    if ( i == count || interrex_anchor()->host_state != IRX_HOST_HOLDING )
        return 0;

    return interrex_rehearse(lack, NOW() + INTERREX_PIECE);
}

static void check_host(struct list *l, const struct interrex_lack *lack)
{
    const struct irx_anchor *a = interrex_anchor();
    unsigned int from = 0;
    uint64_t need;
    uint16_t code;

    ADD_IF(l, interrex_has_deaf(), IRX_REASON_DEAF_CPU, a->watch.deaf - 1);
    if ( !a )
        add(l, IRX_REASON_NO_REGION, 0);
    else if ( !interrex_ready() )
    {
        static struct irx_anchor layout;

        add(l, IRX_REASON_REGION_SMALL,
            interrex_layout(&layout, interrex_region.size, &need) ? need : 0);
    }
    else
    {
        ADD_IF(l, a->host_state == IRX_HOST_IDLE, IRX_REASON_NOT_LOADED, 0);
        while ( (code = interrex_limits_reason(&from, &need)) != 0 )
            add(l, code, need);
        ADD_IF(l, lack->boot, IRX_REASON_FRAGMENTED, lack->boot);
        ADD_IF(l, lack->region, IRX_REASON_REGION_SMALL, lack->region);
    }

    ADD_IF(l, !interrex_vendor() || !hvm_enabled || !hvm_hap_supported(),
           IRX_REASON_CPU_VENDOR, 0);
    ADD_IF(l, !interrex_lendable() && !(a && a->host_state > IRX_HOST_LOADED),
           IRX_REASON_NO_CPU, num_online_cpus());
    ADD_IF(l, iommu_enabled, IRX_REASON_IOMMU, 0);
    check_pools(l);
}

unsigned int interrex_check_domain(struct domain *d,
                                   struct irx_op_reason *reasons,
                                   unsigned int capacity)
{
    struct list l = {
        .reasons = reasons,
        .capacity = capacity,
        .domid = d->domain_id,
    };

    check_domain(&l, d);

    return l.count;
}

void interrex_check_end(void)
{
    interrex_rehearse_end();
    interrex_room_end();
}

/* As many as one answer carries at most; what is above is still counted. */
#define MAX_REASONS 512
static struct irx_op_reason all_reasons[MAX_REASONS];

int interrex_check(struct irx_op_check *check)
{
    struct list l = {
        .reasons = all_reasons,
        .capacity = MAX_REASONS,
        .domid = IRX_DOMID_HOST,
    };
    XEN_GUEST_HANDLE_PARAM(char)
    out = guest_handle_from_ptr((void *)check->reasons, char);
    struct interrex_lack lack = {};
    struct domain *d;
    uint32_t size;

    if ( interrex_ready() &&
         (interrex_room_look(NOW() + INTERREX_PIECE) || look_for_room(&lack)) )
        return -ERESTART;

    check_host(&l, &lack);

    rcu_read_lock(&domlist_read_lock);
    if ( interrex_ready() )
        for_each_domain (d)
        {
            l.domid = d->domain_id;
            check_domain(&l, d);
        }
    rcu_read_unlock(&domlist_read_lock);
    interrex_check_end();

    check->count = l.count;
    size = min(min(l.count, l.capacity), check->capacity) * sizeof(*l.reasons);

    return size && copy_to_guest(out, (char *)all_reasons, size) ? -EFAULT : 0;
}

int interrex_walks(struct irx_op_walks *walks)
{
    const struct domain *d;

    if ( interrex_room_look(NOW() + INTERREX_PIECE) )
        return -ERESTART;

    *walks = (struct irx_op_walks){ .pv_tables = interrex_room_tables() };
    rcu_read_lock(&domlist_read_lock);
    for_each_domain (d)
        if ( is_pv_domain(d) )
            walks->pv_pages += domain_tot_pages(d);
    rcu_read_unlock(&domlist_read_lock);
    interrex_room_end();

    return 0;
}
