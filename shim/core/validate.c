/* SPDX-License-Identifier: GPL-2.0-only */
#include "validate.h"

#include <interrex/live.h>

#include "fpu.h"
#include "log.h"
#include "npt.h"
#include "policy.h"
#include "xenabi.h"

#define GFN_BITS 36u /* four levels of nested tables */
#define NO_FRAME (~0ull)

/* A piece: some tens of microseconds. */
#define CHECK_EXTENTS 2048u
#define CHECK_PORTS   4096u

static int refuse(const struct irx_live_error *err, int rc)
{
    if (rc)
        log_line("%s[%u] %s: %lx, limit %lx", err->what, err->index, irx_live_error_text(err->code),
                 err->value, err->expected);
    return rc;
}

int anchor_validate(const struct irx_anchor *a, paddr_t at)
{
    return irx_anchor_validate(a, at, a->region_size, NULL);
}

void anchor_take(struct irx_anchor *a, struct shim *s)
{
    s->anchor = a;
    s->region_base = a->region_base;
    s->region_size = a->region_size;
    s->cpus = a->region_base + a->cpus.off;
    s->cpu_stride = a->cpus.stride;
    s->cpu_count = a->cpus.count;
    s->domains = a->region_base + a->domains.off;
    s->domain_stride = a->domains.stride;
    s->domain_count = a->domains.count;
    s->vcpus = a->region_base + a->vcpus.off;
    s->vcpu_stride = a->vcpus.stride;
    s->vcpu_count = a->vcpus.count;
    s->tsc_khz = a->tsc_khz;
}

/* ---- prepare ---- */

/* The host's physical addresses, and what nested tables can map of the guest's. */
static struct irx_limits limits(void)
{
    return (struct irx_limits){.end_mfn = 1ull << (shim.host.phys_bits - PAGE_SHIFT),
                               .end_gfn = 1ull << GFN_BITS};
}

int domain_check(struct dom *d)
{
    const struct irx_limits host = limits();
    struct irx_live_error err = {.what = ""};
    struct irx_domain_view view;
    int rc = irx_domain_validate_memory_some(shim.anchor, d->index, &host, &d->walk, CHECK_EXTENTS,
                                             &view, &err);

    if (rc > 0)
        return rc;
    if (rc)
        return refuse(&err, rc);
    if (view.d->flags & (IRX_DOMF_DOM0 | IRX_DOMF_PV)) /* it never runs here */
        return -SHIM_ENOTSUP;
    if (view.d->vcpu_count > MAX_VCPUS)
        return -SHIM_EINVAL;
    return 0;
}

/* An array of irx_anchor.data, which has been validated. */
static void *array_at(irx_off_t off)
{
    return (void *)(uintptr_t)(shim.region_base + off);
}

void domain_take(struct irx_domain *r, struct dom *d)
{
    d->rec = r;
    d->domid = r->domid;
    d->vcpu_count = r->vcpu_count;
    d->extents = array_at(r->extents);
    d->extent_count = r->extent_count;
    d->leaves = array_at(r->leaves);
    d->leaf_count = r->leaf_count;
    d->msrs = array_at(r->msrs);
    d->msr_count = r->msr_count;
    policy_take(d);
}

/* ---- enter ---- */

/* `gfn` is the guest's own writable page, and it is `mfn` (NO_FRAME: any). */
static bool frame_ok(const struct dom *d, uint64_t gfn, uint64_t mfn)
{
    bool writable;
    mfn_t found;

    return npt_lookup(d, GFN(gfn), &found, &writable) && writable &&
           (mfn == NO_FRAME || found.v == mfn);
}

/* A shared_info that the guest has not mapped is only Xen's. */
static bool shared_info_ok(const struct dom *d)
{
    const struct irx_domain *r = d->rec;

    return r->shared_info_gfn == NO_FRAME || frame_ok(d, r->shared_info_gfn, r->shared_info_mfn);
}

static bool fifo_pages_ok(const struct dom *d, const struct irx_domain_view *view)
{
    for (uint32_t i = 0; i < view->d->fifo_array_count; i++)
        if (view->fifo_array[i] != NO_FRAME && !frame_ok(d, view->fifo_array[i], NO_FRAME))
            return false;
    return true;
}

/* Modes that are never run here. */
static bool modes_ok(const struct hvm_hw_cpu *c)
{
    const uint64_t efer = EFER_SCE | EFER_LME | EFER_LMA | EFER_NXE | EFER_FFXSE;

    return !(c->msr_efer & ~efer) && !(c->cr4 & (X86_CR4_LA57 | X86_CR4_CET));
}

/* What irx_vcpu_validate() cannot see: the host's CPU, and frames in the nested tables. */
static bool vcpu_ok(const struct dom *d, const struct irx_vcpu *r)
{
    if (!(r->flags & IRX_VCPUF_INITIALISED)) /* never brought up: it has no registers */
        return true;
    if (!modes_ok((const struct hvm_hw_cpu *)r->cpu) || !fpu_validate(d, r))
        return false;
    if (r->vcpu_info_mfn != NO_FRAME && r->vcpu_info_gfn != NO_FRAME &&
        !frame_ok(d, r->vcpu_info_gfn, r->vcpu_info_mfn))
        return false;
    return d->rec->evtchn_abi != IRX_EVTCHN_FIFO || r->fifo_control_gfn == NO_FRAME ||
           frame_ok(d, r->fifo_control_gfn, NO_FRAME);
}

/* Of the ports that were just looked at. */
static void note_timers(struct dom *d, uint32_t from)
{
    const struct irx_port *ports = array_at(d->rec->ports);

    for (uint32_t i = from; i < d->walk.seen; i++)
        if (ports[i].state == IRX_PORT_VIRQ && ports[i].remote_port == VIRQ_TIMER &&
            ports[i].notify_vcpu < d->vcpu_count && !d->vcpus[ports[i].notify_vcpu].timer_port)
            d->vcpus[ports[i].notify_vcpu].timer_port = i;
}

int domain_enter_check(struct dom *d)
{
    const struct irx_limits host = limits();
    struct irx_live_error err = {.what = ""};
    struct irx_domain_view view = {.d = NULL};
    uint32_t from = d->walk.seen;
    int rc;

    for (uint32_t i = 0; !from && i < d->vcpu_count; i++)
        d->vcpus[i].timer_port = 0;
    rc = irx_domain_validate_events_some(shim.anchor, d->index, IRX_STAGE_ENTER, &host, &d->walk,
                                         CHECK_PORTS, &view, &err);
    if (rc >= 0)
        note_timers(d, from);
    if (rc > 0)
        return rc;
    if (!rc && (view.d->vcpu_count != d->vcpu_count || view.d->domid != d->domid ||
                !shared_info_ok(d) || !fifo_pages_ok(d, &view)))
        return -SHIM_EINVAL;
    if (!rc)
        rc = irx_domain_validate_vcpus(shim.anchor, &view, &host, &err);
    for (uint32_t i = 0; !rc && i < d->vcpu_count; i++)
        if (!vcpu_ok(d, d->vcpus[i].rec)) {
            log_line("d%uv%u: bad registers or frames", d->domid, i);
            return -SHIM_EINVAL;
        }
    return refuse(&err, rc);
}

void domain_enter_take(struct dom *d)
{
    const struct irx_domain *r = d->rec;
    const uint64_t *gfns = array_at(r->fifo_array);
    bool writable;

    d->ports = array_at(r->ports);
    d->port_count = r->port_count;
    d->port_words = (uint32_t)DIV_UP(r->port_count, 64u);
    d->to_guest = array_at(r->to_guest);
    d->to_xen = array_at(r->to_xen);
    d->fifo = r->evtchn_abi == IRX_EVTCHN_FIFO;
    d->shinfo_32bit = r->flags & IRX_DOMF_SHINFO_32BIT;
    d->vtsc = r->flags & IRX_DOMF_VTSC;
    d->paused = r->flags & IRX_DOMF_PAUSED;
    d->callback_vector = r->flags & IRX_DOMF_CALLBACK_VECTOR ? r->callback_vector : 0;
    d->shared_info = MFN(r->shared_info_mfn);
    d->lowest_last = 0;
    d->stopped = 0;
    d->fifo_pages = d->fifo ? r->fifo_array_count : 0;
    for (uint32_t i = 0; i < d->fifo_pages; i++) {
        mfn_t mfn = MFN(NO_FRAME);

        if (gfns[i] != NO_FRAME)
            npt_lookup(d, GFN(gfns[i]), &mfn, &writable);
        d->fifo_mfn[i] = mfn.v;
    }
    for (uint32_t i = 0; i < d->vcpu_count; i++) {
        struct vcpu *v = &d->vcpus[i];

        if (v->rec->flags & IRX_VCPUF_MACHINE_CHECK) /* taken back while it waited to be claimed */
            d->stopped = 1;
        v->info_mfn = MFN(v->rec->vcpu_info_mfn);
        v->info_offset = v->rec->vcpu_info_offset;
        v->control_mfn = MFN(NO_FRAME);
        v->control_offset = v->rec->fifo_control_offset;
        if (d->fifo && v->rec->fifo_control_gfn != NO_FRAME)
            npt_lookup(d, GFN(v->rec->fifo_control_gfn), &v->control_mfn, &writable);
    }
}
