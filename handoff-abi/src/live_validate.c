/* SPDX-License-Identifier: GPL-2.0-only */
/* CPUs, domains and vCPUs in R: see interrex/live.h. */
#include <interrex/crc32c.h>

#include "live_internal.h"

#define VCPUS_MAX      4096u
#define LEAF_SIZE      24u        /* xen_cpuid_leaf_t, public/arch-x86/xen.h */
#define MSR_SIZE       16u        /* xen_msr_entry_t */
#define PORTS_2L       4096u      /* EVTCHN_2L_NR_CHANNELS of a 64-bit guest */
#define PORTS_FIFO     (1u << 17) /* EVTCHN_FIFO_NR_CHANNELS */
#define FIFO_PAGES     128u       /* PORTS_FIFO event words of 4 bytes */
#define CONTROL_SIZE   72u        /* struct evtchn_fifo_control_block */
#define VCPU_INFO_SIZE 64u        /* struct vcpu_info */
#define VECTOR_MIN     16u        /* Xen refuses lower ones: HVMOP_set_evtchn_upcall_vector */
#define VECTOR_MAX     255u
#define RUNSTATE_MAX   3u       /* RUNSTATE_offline, public/vcpu.h */
#define PERIOD_MIN     1000000u /* ns: VCPUOP_set_periodic_timer refuses shorter ones */
#define XSAVE_MIN      24u      /* struct hvm_hw_cpu_xsave before save_area */
#define TSC_MODE_MAX   2u       /* TSC_MODE_NEVER_EMULATE, asm-x86/time.h; 3 was PVRDTSCP */
#define SHIFT_MAX      32       /* of a scale: struct irx_time_scale */
#define ACCESS_RWX     7u       /* p2m_access_rwx, xen/mem_access.h */
#define NOWHERE        (~0ull)
#define NO_CPU         0xffffffffu

int irx_cpu_validate(const struct irx_cpu *cpu, uint32_t index, struct irx_live_error *err)
{
    if (cpu->state > IRX_CPU_RELEASED)
        return irx_live_refuse(err, IRX_LE_RANGE, "cpu.state", index, cpu->state, IRX_CPU_RELEASED);
    if (cpu->request > IRX_CPU_REQ_RELEASE)
        return irx_live_refuse(err, IRX_LE_RANGE, "cpu.request", index, cpu->request,
                               IRX_CPU_REQ_RELEASE);
    return irx_live_reserved(err, &irx_layout_irx_cpu, cpu, index);
}

/* ---- Domains ---- */

static int check_identity(const struct irx_anchor *a, const struct irx_domain *d, uint32_t slot,
                          struct irx_live_error *err)
{
    const uint32_t flags = IRX_DOMF_SHINFO_32BIT | IRX_DOMF_CALLBACK_VECTOR | IRX_DOMF_DOM0 |
                           IRX_DOMF_X2APIC | IRX_DOMF_VTSC | IRX_DOMF_PAUSED;

    if (d->state > IRX_DOM_SAVED)
        return irx_live_refuse(err, IRX_LE_RANGE, "domain.state", slot, d->state, IRX_DOM_SAVED);
    if (d->generation != a->generation)
        return irx_live_refuse(err, IRX_LE_RANGE, "domain.generation", slot, d->generation,
                               a->generation);
    if (d->domid >= IRX_DOMID_LIMIT)
        return irx_live_refuse(err, IRX_LE_RANGE, "domain.domid", slot, d->domid,
                               IRX_DOMID_LIMIT - 1);
    if (d->flags & ~flags)
        return irx_live_refuse(err, IRX_LE_RANGE, "domain.flags", slot, d->flags, flags);
    if (d->vcpu_count > VCPUS_MAX)
        return irx_live_refuse(err, IRX_LE_RANGE, "domain.vcpu_count", slot, d->vcpu_count,
                               VCPUS_MAX);
    if (!d->vcpu_count || d->vcpu_first >= a->vcpus.count ||
        d->vcpu_count > a->vcpus.count - d->vcpu_first)
        return irx_live_refuse(err, IRX_LE_BOUNDS, "domain.vcpu_first", slot, d->vcpu_first,
                               a->vcpus.count);
    if (d->tsc_mode > TSC_MODE_MAX)
        return irx_live_refuse(err, IRX_LE_RANGE, "domain.tsc_mode", slot, d->tsc_mode,
                               TSC_MODE_MAX);
    return irx_live_reserved(err, &irx_layout_irx_domain, d, slot);
}

/* Half of a pair of scales. 0: it may be computed with. */
static int check_factor(const char *what, uint32_t mul, int32_t shift, bool needed, uint32_t slot,
                        struct irx_live_error *err)
{
    if (needed && !mul)
        return irx_live_refuse(err, IRX_LE_RANGE, what, slot, 0, 1);
    if (shift < -SHIFT_MAX || shift > SHIFT_MAX)
        return irx_live_refuse(err, IRX_LE_RANGE, what, slot, (uint64_t)(int64_t)shift, SHIFT_MAX);
    return 0;
}

static int check_guest_time(const struct irx_domain *d, uint32_t slot, struct irx_live_error *err)
{
    const struct irx_guest_time *t = &d->guest_time;
    bool vtsc = d->flags & IRX_DOMF_VTSC;
    int rc;

    if (vtsc && d->tsc_mode == TSC_MODE_MAX)
        return irx_live_refuse(err, IRX_LE_RANGE, "domain.tsc_mode", slot, d->tsc_mode,
                               TSC_MODE_MAX - 1);
    rc = check_factor("domain.guest_time.to_tsc", t->to_tsc_mul, t->to_tsc_shift, vtsc, slot, err);
    return rc ? rc
              : check_factor("domain.guest_time.to_ns", t->to_ns_mul, t->to_ns_shift, true, slot,
                             err);
}

/* An array of the domain lies in the used part of irx_anchor.data. */
static int check_array(const struct irx_anchor *a, const struct irx_piece *p, uint32_t slot,
                       struct irx_live_error *err)
{
    uint64_t end = a->data.off + (a->data_used ? a->data_used : a->data.size);

    if (!p->size)
        return 0;
    if (p->off % 8)
        return irx_live_refuse(err, IRX_LE_ALIGNMENT, p->name, slot, p->off, 8);
    if (p->off < a->data.off || p->off > end || p->size > end - p->off)
        return irx_live_refuse(err, IRX_LE_BOUNDS, p->name, slot, p->off, end);
    return 0;
}

#define NR_ARRAYS 7u

static int check_arrays(const struct irx_anchor *a, const struct irx_domain *d, uint32_t slot,
                        uint32_t stage, struct irx_live_error *err)
{
    uint64_t bitmap = ((uint64_t)d->port_count + 63) / 64 * 8;
    uint64_t fifo = d->evtchn_abi == IRX_EVTCHN_FIFO ? d->fifo_array_count : 0;
    const struct irx_piece arrays[NR_ARRAYS] = {
        {"domain.extents", d->extents, (uint64_t)d->extent_count * sizeof(struct irx_extent)},
        {"domain.leaves", d->leaves, (uint64_t)d->leaf_count * LEAF_SIZE},
        {"domain.msrs", d->msrs, (uint64_t)d->msr_count * MSR_SIZE},
        {"domain.ports", d->ports, (uint64_t)d->port_count * sizeof(struct irx_port)},
        {"domain.to_guest", d->to_guest, bitmap},
        {"domain.to_xen", d->to_xen, bitmap},
        {"domain.fifo_array", d->fifo_array, fifo * sizeof(uint64_t)},
    };
    uint32_t n = stage == IRX_STAGE_PREPARE ? 3 : NR_ARRAYS;
    uint32_t i;
    int rc = 0;

    for (i = 0; !rc && i < n; i++)
        rc = check_array(a, &arrays[i], slot, err);
    return rc ? rc : irx_live_disjoint(err, arrays, n);
}

static int check_enter(const struct irx_domain *d, uint32_t slot, struct irx_live_error *err)
{
    uint32_t ports = d->evtchn_abi == IRX_EVTCHN_FIFO ? PORTS_FIFO : PORTS_2L;

    if (d->evtchn_abi > IRX_EVTCHN_FIFO)
        return irx_live_refuse(err, IRX_LE_RANGE, "domain.evtchn_abi", slot, d->evtchn_abi,
                               IRX_EVTCHN_FIFO);
    if (!d->port_count || d->port_count > ports)
        return irx_live_refuse(err, IRX_LE_RANGE, "domain.port_count", slot, d->port_count, ports);
    if (d->evtchn_abi == IRX_EVTCHN_FIFO && d->fifo_array_count > FIFO_PAGES)
        return irx_live_refuse(err, IRX_LE_RANGE, "domain.fifo_array_count", slot,
                               d->fifo_array_count, FIFO_PAGES);
    if ((d->flags & IRX_DOMF_CALLBACK_VECTOR) &&
        (d->callback_vector < VECTOR_MIN || d->callback_vector > VECTOR_MAX))
        return irx_live_refuse(err, IRX_LE_RANGE, "domain.callback_vector", slot,
                               d->callback_vector, VECTOR_MAX);
    if (d->shared_info_mfn == NOWHERE)
        return irx_live_refuse(err, IRX_LE_RANGE, "domain.shared_info_mfn", slot,
                               d->shared_info_mfn, 0);
    return 0;
}

int irx_domain_validate(const struct irx_anchor *a, const struct irx_domain *d, uint32_t slot,
                        uint32_t stage, struct irx_live_error *err)
{
    int rc = check_identity(a, d, slot, err);

    if (!rc && (!d->extent_count || !d->leaf_count))
        rc = irx_live_refuse(err, IRX_LE_SIZE,
                             d->extent_count ? "domain.leaf_count" : "domain.extent_count", slot, 0,
                             1);
    if (!rc)
        rc = check_guest_time(d, slot, err);
    if (!rc && stage != IRX_STAGE_PREPARE)
        rc = check_enter(d, slot, err);
    return rc ? rc : check_arrays(a, d, slot, stage, err);
}

int irx_policy_validate(const struct irx_domain *d, const void *leaves, const void *msrs,
                        struct irx_live_error *err)
{
    uint32_t crc = irx_crc32c(0, leaves, (size_t)d->leaf_count * LEAF_SIZE);

    crc = irx_crc32c(crc, msrs, (size_t)d->msr_count * MSR_SIZE);
    if (crc == d->policy_crc)
        return 0;
    return irx_live_refuse(err, IRX_LE_CRC, "domain.policy_crc", 0, d->policy_crc, crc);
}

/* ---- Extents ---- */

static bool in_region(const struct irx_extent *e, const struct irx_extent_limits *l)
{
    uint64_t first = l->region_base / IRX_PAGE_SIZE;
    uint64_t end = first + l->region_size / IRX_PAGE_SIZE;

    return e->mfn < end && e->mfn + e->nr > first;
}

static int check_extent(const struct irx_extent *e, uint32_t i, uint64_t from,
                        const struct irx_extent_limits *l, struct irx_live_error *err)
{
    if (e->type > IRX_P2M_FOREIGN || (e->type == IRX_P2M_MMIO && !l->mmio))
        return irx_live_refuse(err, IRX_LE_RANGE, "extent.type", i, e->type, IRX_P2M_FOREIGN);
    if (e->access != ACCESS_RWX)
        return irx_live_refuse(err, IRX_LE_RANGE, "extent.access", i, e->access, ACCESS_RWX);
    if (!e->nr)
        return irx_live_refuse(err, IRX_LE_RANGE, "extent.nr", i, 0, 1);
    if (e->gfn < from)
        return irx_live_refuse(err, IRX_LE_ORDER, "extent.gfn", i, e->gfn, from);
    if (e->gfn >= l->end_gfn || e->nr > l->end_gfn - e->gfn)
        return irx_live_refuse(err, IRX_LE_BOUNDS, "extent.gfn", i, e->gfn, l->end_gfn);
    if (e->mfn >= l->end_mfn || e->nr > l->end_mfn - e->mfn)
        return irx_live_refuse(err, IRX_LE_BOUNDS, "extent.mfn", i, e->mfn, l->end_mfn);
    if (e->mfn < l->first_mfn)
        return irx_live_refuse(err, IRX_LE_BOUNDS, "extent.mfn", i, e->mfn, l->first_mfn);
    if (in_region(e, l))
        return irx_live_refuse(err, IRX_LE_OVERLAP, "extent.mfn", i, e->mfn,
                               l->region_base / IRX_PAGE_SIZE);
    if (e->owner != l->domid && (e->type == IRX_P2M_RAM_RW || e->type == IRX_P2M_RAM_RO))
        return irx_live_refuse(err, IRX_LE_OWNER, "extent.owner", i, e->owner, l->domid);
    return 0;
}

int irx_extents_validate(const struct irx_extent *extents, uint32_t count, uint32_t crc,
                         const struct irx_extent_limits *limits, struct irx_live_error *err)
{
    uint32_t found = irx_crc32c(0, extents, (size_t)count * sizeof(*extents));
    uint64_t from = 0;
    uint32_t i;
    int rc;

    if (found != crc)
        return irx_live_refuse(err, IRX_LE_CRC, "domain.extents_crc", 0, crc, found);
    for (i = 0; i < count; i++) {
        rc = check_extent(&extents[i], i, from, limits, err);
        if (rc)
            return rc;
        from = extents[i].gfn + extents[i].nr;
    }
    return 0;
}

/* ---- Event channels ---- */

static int check_port(const struct irx_domain *d, const struct irx_port *p, uint32_t i,
                      struct irx_live_error *err)
{
    if (p->state > IRX_PORT_IPI && p->state != IRX_PORT_RESERVED)
        return irx_live_refuse(err, IRX_LE_RANGE, "port.state", i, p->state, IRX_PORT_IPI);
    if (p->flags & ~(IRX_PORT_F_PENDING | IRX_PORT_F_CONSUMER))
        return irx_live_refuse(err, IRX_LE_RANGE, "port.flags", i, p->flags,
                               IRX_PORT_F_PENDING | IRX_PORT_F_CONSUMER);
    if (p->priority >= IRX_FIFO_QUEUES || p->last_priority >= IRX_FIFO_QUEUES)
        return irx_live_refuse(err, IRX_LE_RANGE, "port.priority", i, p->priority,
                               IRX_FIFO_QUEUES - 1);
    if (p->notify_vcpu >= d->vcpu_count || p->last_vcpu >= d->vcpu_count)
        return irx_live_refuse(err, IRX_LE_RANGE, "port.notify_vcpu", i, p->notify_vcpu,
                               d->vcpu_count - 1);
    if (p->state == IRX_PORT_INTERDOMAIN &&
        (p->remote_domid >= IRX_DOMID_LIMIT || p->remote_port >= PORTS_FIFO))
        return irx_live_refuse(err, IRX_LE_RANGE, "port.remote_port", i, p->remote_port,
                               PORTS_FIFO - 1);
    return 0;
}

int irx_ports_validate(const struct irx_domain *d, const struct irx_port *ports,
                       struct irx_live_error *err)
{
    uint32_t i;
    int rc;

    for (i = 0; i < d->port_count; i++) {
        rc = check_port(d, &ports[i], i, err);
        if (!rc)
            rc = irx_live_reserved(err, &irx_layout_irx_port, &ports[i], i);
        if (rc)
            return rc;
    }
    return 0;
}

/* ---- vCPUs ---- */

static int check_state(const struct irx_anchor *a, const struct irx_vcpu *v, uint32_t id,
                       struct irx_live_error *err)
{
    const uint32_t flags = IRX_VCPUF_INTR_SHADOW | IRX_VCPUF_NMI_PENDING | IRX_VCPUF_NMI_BLOCKED |
                           IRX_VCPUF_SINGLESHOT | IRX_VCPUF_INITIALISED | IRX_VCPUF_POLL_DEADLINE |
                           IRX_VCPUF_XSAVE;

    if (v->vcpu_id != id)
        return irx_live_refuse(err, IRX_LE_RANGE, "vcpu.vcpu_id", id, v->vcpu_id, id);
    if (v->state > IRX_VCPU_PARKED)
        return irx_live_refuse(err, IRX_LE_RANGE, "vcpu.state", id, v->state, IRX_VCPU_PARKED);
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
    if (v->runstate > RUNSTATE_MAX)
        return irx_live_refuse(err, IRX_LE_RANGE, "vcpu.runstate", id, v->runstate, RUNSTATE_MAX);
    return irx_live_reserved(err, &irx_layout_irx_vcpu, v, id);
}

static int check_time(const struct irx_vcpu *v, uint32_t id, struct irx_live_error *err)
{
    if (v->periodic_period && v->periodic_period < PERIOD_MIN)
        return irx_live_refuse(err, IRX_LE_RANGE, "vcpu.periodic_period", id, v->periodic_period,
                               PERIOD_MIN);
    if (v->poll_port < -1 || v->poll_port >= (int32_t)PORTS_FIFO)
        return irx_live_refuse(err, IRX_LE_RANGE, "vcpu.poll_port", id,
                               (uint64_t)(int64_t)v->poll_port, PORTS_FIFO - 1);
    return irx_live_scale(err, "vcpu.time.shift", id, &v->time);
}

static int check_places(const struct irx_domain *d, const struct irx_vcpu *v, uint32_t id,
                        struct irx_live_error *err)
{
    uint32_t q;

    if (v->vcpu_info_mfn != NOWHERE && v->vcpu_info_offset > IRX_PAGE_SIZE - VCPU_INFO_SIZE)
        return irx_live_refuse(err, IRX_LE_BOUNDS, "vcpu.vcpu_info_offset", id, v->vcpu_info_offset,
                               IRX_PAGE_SIZE - VCPU_INFO_SIZE);
    if (v->upcall_vector && (v->upcall_vector < VECTOR_MIN || v->upcall_vector > VECTOR_MAX))
        return irx_live_refuse(err, IRX_LE_RANGE, "vcpu.upcall_vector", id, v->upcall_vector,
                               VECTOR_MAX);
    if (d->evtchn_abi != IRX_EVTCHN_FIFO)
        return 0;
    if (v->fifo_control_gfn != NOWHERE &&
        (v->fifo_control_offset % 8 || v->fifo_control_offset > IRX_PAGE_SIZE - CONTROL_SIZE))
        return irx_live_refuse(err, IRX_LE_BOUNDS, "vcpu.fifo_control_offset", id,
                               v->fifo_control_offset, IRX_PAGE_SIZE - CONTROL_SIZE);
    for (q = 0; q < IRX_FIFO_QUEUES; q++)
        if (v->fifo_tail[q] >= PORTS_FIFO)
            return irx_live_refuse(err, IRX_LE_RANGE, "vcpu.fifo_tail[]", id, v->fifo_tail[q],
                                   PORTS_FIFO - 1);
    return 0;
}

static int check_records(const struct irx_vcpu *v, uint32_t id, struct irx_live_error *err)
{
    if (v->msr_count > IRX_NR_MSRS)
        return irx_live_refuse(err, IRX_LE_RANGE, "vcpu.msr_count", id, v->msr_count, IRX_NR_MSRS);
    if (v->xsave_size > IRX_XSAVE_MAX ||
        ((v->flags & IRX_VCPUF_XSAVE) && v->xsave_size < XSAVE_MIN))
        return irx_live_refuse(err, IRX_LE_RANGE, "vcpu.xsave_size", id, v->xsave_size,
                               IRX_XSAVE_MAX);
    return 0;
}

int irx_vcpu_validate(const struct irx_anchor *a, const struct irx_domain *d,
                      const struct irx_vcpu *v, uint32_t vcpu_id, struct irx_live_error *err)
{
    int rc = check_state(a, v, vcpu_id, err);

    if (!rc)
        rc = check_time(v, vcpu_id, err);
    if (!rc)
        rc = check_places(d, v, vcpu_id, err);
    return rc ? rc : check_records(v, vcpu_id, err);
}
