/* SPDX-License-Identifier: GPL-2.0-only */
/* vCPUs in R: see interrex/live.h. */
#include "live_internal.h"

#define VCPU_INFO_SIZE 64u /* struct vcpu_info, public/xen.h */
#define INFO_ALIGN     4u  /* of a 32-bit guest: map_vcpu_info(), common/domain.c */
#define CONTROL_SIZE   72u /* struct evtchn_fifo_control_block */
#define VECTOR_MIN     16u /* HVMOP_set_evtchn_upcall_vector refuses lower ones */
#define VECTOR_MAX     255u
#define RUNSTATE_MAX   3u           /* RUNSTATE_offline, public/vcpu.h */
#define PERIOD_MIN     1000000ull   /* ns: VCPUOP_set_periodic_timer refuses shorter ones, */
#define PERIOD_MAX     (~0ull >> 2) /* and longer ones: STIME_DELTA_MAX */
#define XSAVE_MIN      24u          /* struct hvm_hw_cpu_xsave before save_area */
#define NO_CPU         0xffffffffu

/* Of the many reserved fields none is set. Here by name: the guest waits. */
static bool is_plain(const struct irx_vcpu *v)
{
    uint32_t set = v->reserved1;
    uint32_t i;

    for (i = 0; i < IRX_NR_MSRS; i++)
        set |= v->msrs[i].reserved;
    return !set;
}

static bool is_entered(const struct irx_domain *d)
{
    return d->state == IRX_DOM_ENTERING;
}

static int check_state(const struct irx_anchor *a, const struct irx_domain *d,
                       const struct irx_vcpu *v, uint32_t id, struct irx_live_error *err)
{
    const uint32_t flags = IRX_VCPUF_INTR_SHADOW | IRX_VCPUF_NMI_PENDING | IRX_VCPUF_NMI_BLOCKED |
                           IRX_VCPUF_SINGLESHOT | IRX_VCPUF_INITIALISED | IRX_VCPUF_POLL_DEADLINE |
                           IRX_VCPUF_XSAVE | IRX_VCPUF_MACHINE_CHECK | IRX_VCPUF_LOST;
    bool may_run = d->state == IRX_DOM_RUNNING || d->state == IRX_DOM_FREEZING;

    if (v->vcpu_id != id)
        return irx_live_refuse(err, IRX_LE_RANGE, "vcpu.vcpu_id", id, v->vcpu_id, id);
    if (v->state > IRX_VCPU_PARKED)
        return irx_live_refuse(err, IRX_LE_RANGE, "vcpu.state", id, v->state, IRX_VCPU_PARKED);
    if (v->state == IRX_VCPU_RUNNING && !may_run)
        return irx_live_refuse(err, IRX_LE_STATE, "vcpu.state", id, v->state, IRX_VCPU_RUNNABLE);
    if (v->state == IRX_VCPU_PARKED &&
        (d->flags & (IRX_DOMF_DOM0 | IRX_DOMF_PV))) /* it was never in the shim */
        return irx_live_refuse(err, IRX_LE_STATE, "vcpu.state", id, v->state, IRX_VCPU_BLOCKED);
    if (v->flags & ~flags)
        return irx_live_refuse(err, IRX_LE_RANGE, "vcpu.flags", id, v->flags, flags);
    if (v->state != IRX_VCPU_DOWN && !(v->flags & IRX_VCPUF_INITIALISED))
        return irx_live_refuse(err, IRX_LE_RANGE, "vcpu.flags", id, v->flags,
                               IRX_VCPUF_INITIALISED);
    if (v->state == IRX_VCPU_PARKED && v->park_class >= IRX_NR_EXITS)
        return irx_live_refuse(err, IRX_LE_RANGE, "vcpu.park_class", id, v->park_class,
                               IRX_NR_EXITS - 1);
    if (v->cpu_hint != NO_CPU && v->cpu_hint >= a->cpus.count)
        return irx_live_refuse(err, IRX_LE_RANGE, "vcpu.cpu_hint", id, v->cpu_hint, a->cpus.count);
    /* It does not go on, so it is not entered either. */
    if ((v->flags & IRX_VCPUF_LOST) && (a->version < IRX_VERSION(1, 1) || is_entered(d)))
        return irx_live_refuse(err, IRX_LE_STATE, "vcpu.flags", id, v->flags,
                               v->flags & ~IRX_VCPUF_LOST);
    return is_plain(v) ? 0 : irx_live_reserved(err, &irx_layout_irx_vcpu, v, id);
}

/* Since 1.1: in an older table another entry begins there. */
static int check_apic_timer(const struct irx_anchor *a, const struct irx_vcpu *v, uint32_t id,
                            struct irx_live_error *err)
{
    const uint32_t flags = IRX_APIC_TIMER_GIVEN | IRX_APIC_TIMER_ON | IRX_APIC_TIMER_ASSERTED;

    if (a->version < IRX_VERSION(1, 1) || !(v->apic_timer.flags & ~flags))
        return 0;
    return irx_live_refuse(err, IRX_LE_RANGE, "vcpu.apic_timer.flags", id, v->apic_timer.flags,
                           flags);
}

static int check_time(const struct irx_vcpu *v, uint32_t id, struct irx_live_error *err)
{
    int rc = irx_live_at_most(err, "vcpu.runstate", id, v->runstate, RUNSTATE_MAX);

    if (rc)
        return rc;
    if (v->periodic_period && (v->periodic_period < PERIOD_MIN || v->periodic_period > PERIOD_MAX))
        return irx_live_refuse(err, IRX_LE_RANGE, "vcpu.periodic_period", id, v->periodic_period,
                               PERIOD_MIN);
    if (v->poll_port < -1 || v->poll_port >= (int32_t)IRX_PORTS_FIFO)
        return irx_live_refuse(err, IRX_LE_RANGE, "vcpu.poll_port", id,
                               (uint64_t)(int64_t)v->poll_port, IRX_PORTS_FIFO - 1);
    return irx_live_scale(err, "vcpu.time.mul", "vcpu.time.shift", id, &v->time);
}

static int check_info(const struct irx_anchor *a, const struct irx_domain *d,
                      const struct irx_vcpu *v, uint32_t id, const struct irx_limits *limits,
                      struct irx_live_error *err)
{
    int rc = irx_live_gfn(err, "vcpu.vcpu_info_gfn", id, v->vcpu_info_gfn, limits);

    if (rc || v->vcpu_info_mfn == IRX_NOWHERE)
        return rc;
    if (v->vcpu_info_offset > IRX_PAGE_SIZE - VCPU_INFO_SIZE)
        return irx_live_refuse(err, IRX_LE_BOUNDS, "vcpu.vcpu_info_offset", id, v->vcpu_info_offset,
                               IRX_PAGE_SIZE - VCPU_INFO_SIZE);
    /* Of a 64-bit guest too: it may have registered it before it took that layout. */
    if (v->vcpu_info_offset % INFO_ALIGN)
        return irx_live_refuse(err, IRX_LE_ALIGNMENT, "vcpu.vcpu_info_offset", id,
                               v->vcpu_info_offset, INFO_ALIGN);
    if (v->vcpu_info_gfn == IRX_NOWHERE && v->vcpu_info_mfn != d->shared_info_mfn)
        return irx_live_refuse(err, IRX_LE_MISMATCH, "vcpu.vcpu_info_mfn", id, v->vcpu_info_mfn,
                               d->shared_info_mfn);
    return irx_live_frames(err, "vcpu.vcpu_info_mfn", id, v->vcpu_info_mfn, 1, IRX_LOW_FRAMES, a,
                           limits);
}

static int check_upcalls(const struct irx_domain *d, const struct irx_vcpu *v, uint32_t id,
                         const struct irx_limits *limits, struct irx_live_error *err)
{
    uint32_t words = d->fifo_array_count * IRX_FIFO_WORDS;
    uint32_t q;
    int rc;

    if (v->upcall_vector && (v->upcall_vector < VECTOR_MIN || v->upcall_vector > VECTOR_MAX))
        return irx_live_refuse(err, IRX_LE_RANGE, "vcpu.upcall_vector", id, v->upcall_vector,
                               VECTOR_MAX);
    if (d->evtchn_abi != IRX_EVTCHN_FIFO)
        return 0;
    rc = irx_live_gfn(err, "vcpu.fifo_control_gfn", id, v->fifo_control_gfn, limits);
    if (rc)
        return rc;
    if (v->fifo_control_gfn != IRX_NOWHERE &&
        (v->fifo_control_offset % 8 || v->fifo_control_offset > IRX_PAGE_SIZE - CONTROL_SIZE))
        return irx_live_refuse(err, IRX_LE_BOUNDS, "vcpu.fifo_control_offset", id,
                               v->fifo_control_offset, IRX_PAGE_SIZE - CONTROL_SIZE);
    for (q = 0; q < IRX_FIFO_QUEUES; q++)
        if (v->fifo_tail[q] && v->fifo_tail[q] >= words) /* it was linked by its word */
            return irx_live_refuse(err, IRX_LE_RANGE, "vcpu.fifo_tail", id, v->fifo_tail[q], words);
    return 0;
}

static int check_records(const struct irx_domain *d, const struct irx_vcpu *v, uint32_t id,
                         struct irx_live_error *err)
{
    int rc = irx_live_at_most(err, "vcpu.msr_count", id, v->msr_count, IRX_NR_MSRS);

    if (!rc)
        rc = irx_live_at_most(err, "vcpu.xsave_size", id, v->xsave_size, IRX_XSAVE_MAX);
    if (!rc && (v->flags & IRX_VCPUF_XSAVE) && v->xsave_size < XSAVE_MIN)
        rc = irx_live_refuse(err, IRX_LE_SIZE, "vcpu.xsave_size", id, v->xsave_size, XSAVE_MIN);
    /*
     * One that was never brought up has no registers, nobody loads those of one that is lost, and a PV
     * domain's are in its own record.
     */
    if (rc || !(v->flags & IRX_VCPUF_INITIALISED) || (v->flags & IRX_VCPUF_LOST))
        return rc;
    return d->flags & IRX_DOMF_PV ? irx_xsave_validate(v, id, err)
                                  : irx_registers_validate(v, id, err);
}

int irx_vcpu_validate(const struct irx_anchor *a, const struct irx_domain *d,
                      const struct irx_vcpu *v, uint32_t vcpu_id, const struct irx_limits *limits,
                      struct irx_live_error *err)
{
    int rc = check_state(a, d, v, vcpu_id, err);

    if (!rc)
        rc = check_time(v, vcpu_id, err);
    if (!rc)
        rc = check_apic_timer(a, v, vcpu_id, err);
    if (!rc)
        rc = check_info(a, d, v, vcpu_id, limits, err);
    if (!rc)
        rc = check_upcalls(d, v, vcpu_id, limits, err);
    return rc ? rc : check_records(d, v, vcpu_id, err);
}
