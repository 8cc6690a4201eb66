/* SPDX-License-Identifier: GPL-2.0-only */
/* Domain entries in R, and a domain as a whole: see interrex/live.h. */
#include "live_internal.h"

#define VCPUS_MAX    4096u
#define LEAF_SIZE    24u   /* xen_cpuid_leaf_t, public/arch-x86/xen.h */
#define MSR_SIZE     16u   /* xen_msr_entry_t */
#define PORTS_2L     4096u /* EVTCHN_2L_NR_CHANNELS: bits of a 64-bit word, squared */
#define FIFO_PAGES   (IRX_PORTS_FIFO / IRX_FIFO_WORDS)
#define VECTOR_MAX   255u
#define NR_WATCHDOGS 2u
#define FIP_PARAM    36u    /* HVM_PARAM_X87_FIP_WIDTH, public/hvm/params.h */
#define WEIGHT_MAX   65535u /* CSCHED2's and CSCHED's are 16 bits wide: public/domctl.h */
#define CAP_EACH     100u   /* percent, of each vCPU: csched2_dom_cntl() */

static bool state_fits(const struct irx_domain *d, uint32_t stage)
{
    bool stays = d->flags & (IRX_DOMF_DOM0 | IRX_DOMF_PV); /* it never runs in the shim */

    switch (d->state) {
    case IRX_DOM_SAVED:
        return stays;
    case IRX_DOM_RUNNING:
    case IRX_DOM_FREEZING:
    case IRX_DOM_FROZEN:
        return stage != IRX_STAGE_HANDOVER ? !(d->flags & IRX_DOMF_PV) : !stays;
    case IRX_DOM_PREPARED:
    case IRX_DOM_ENTERING:
    case IRX_DOM_CLAIMED:
        return stage != IRX_STAGE_HANDOVER && !(d->flags & IRX_DOMF_PV);
    default:
        return stage == IRX_STAGE_PREPARE;
    }
}

static int check_identity(const struct irx_anchor *a, const struct irx_domain *d, uint32_t entry,
                          uint32_t stage, struct irx_live_error *err)
{
    const uint32_t flags = IRX_DOMF_SHINFO_32BIT | IRX_DOMF_CALLBACK_VECTOR | IRX_DOMF_DOM0 |
                           IRX_DOMF_VTSC | IRX_DOMF_PAUSED | IRX_DOMF_PV;
    int rc = irx_live_at_most(err, "domain.state", entry, d->state, IRX_DOM_SAVED);

    if (rc)
        return rc;
    if (d->generation != a->generation)
        return irx_live_refuse(err, IRX_LE_RANGE, "domain.generation", entry, d->generation,
                               a->generation);
    if (d->flags & ~flags)
        return irx_live_refuse(err, IRX_LE_RANGE, "domain.flags", entry, d->flags, flags);
    if (!state_fits(d, stage))
        return irx_live_refuse(err, IRX_LE_STATE, "domain.state", entry, d->state,
                               stage == IRX_STAGE_HANDOVER ? IRX_DOM_RUNNING : IRX_DOM_ENTERING);
    rc = irx_live_at_most(err, "domain.domid", entry, d->domid, IRX_DOMID_LIMIT - 1);
    if (!rc)
        rc = irx_live_errno(err, "domain.error", entry, d->error);
    if (!rc)
        rc = irx_live_at_most(err, "domain.vcpu_count", entry, d->vcpu_count, VCPUS_MAX);
    if (rc)
        return rc;
    if (!d->vcpu_count || d->vcpu_first >= a->vcpus.count ||
        d->vcpu_count > a->vcpus.count - d->vcpu_first)
        return irx_live_refuse(err, IRX_LE_BOUNDS, "domain.vcpu_first", entry, d->vcpu_first,
                               a->vcpus.count);
    return irx_live_reserved(err, &irx_layout_irx_domain, d, entry);
}

/* Since 1.1: what an older table has in this place is another entry. */
static int check_answers(const struct irx_anchor *a, const struct irx_domain *d, uint32_t entry,
                         struct irx_live_error *err)
{
    const uint32_t flags = IRX_ANSWER_DEFAULT_POLICY | IRX_ANSWER_MSR_RELAXED | IRX_ANSWER_NO_VPMU |
                           IRX_ANSWER_RUNSTATE_FLAG | IRX_ANSWER_NO_CONSOLE;

    if (a->version < IRX_VERSION(1, 1) || !(d->answers.flags & ~flags))
        return 0;
    return irx_live_refuse(err, IRX_LE_RANGE, "domain.answers.flags", entry, d->answers.flags,
                           flags);
}

/* ---- Time ---- */

/* Half of a pair of scales. 0: it may be computed with. */
static int check_factor(const char *what, uint32_t mul, int32_t shift, bool needed, uint32_t entry,
                        struct irx_live_error *err)
{
    if (needed && !mul)
        return irx_live_refuse(err, IRX_LE_RANGE, what, entry, 0, 1);
    return irx_live_shift(err, what, entry, shift);
}

static int check_time(const struct irx_domain *d, uint32_t entry, struct irx_live_error *err)
{
    const struct irx_guest_time *t = &d->guest_time;
    bool vtsc = d->flags & IRX_DOMF_VTSC;
    int rc = irx_live_at_most(err, "domain.tsc_mode", entry, d->tsc_mode,
                              IRX_TSC_MODE_MAX - (vtsc ? 1 : 0));
    uint32_t i;

    if (!rc)
        rc = check_factor("domain.guest_time.to_tsc", t->to_tsc_mul, t->to_tsc_shift, vtsc, entry,
                          err);
    if (!rc)
        rc = check_factor("domain.guest_time.to_ns", t->to_ns_mul, t->to_ns_shift,
                          !(d->flags & IRX_DOMF_PV), entry, err);
    for (i = 0; !rc && i < NR_WATCHDOGS; i++)
        rc = irx_live_at_most(err, "domain.watchdog", entry, d->watchdog[i], IRX_STIME_MAX);
    if (!rc && d->wallclock_sec) /* reserved for later */
        rc = irx_live_refuse(err, IRX_LE_RESERVED, "domain.wallclock_sec", entry, d->wallclock_sec,
                             0);
    return rc;
}

/* ---- CPU time ---- */

/* A version 1.0 has none, and its reader takes it for the default. */
static int check_sched(const struct irx_anchor *a, const struct irx_domain *d, uint32_t entry,
                       struct irx_live_error *err)
{
    int rc;

    if (a->version < IRX_VERSION(1, 1))
        return 0;
    rc = irx_live_at_most(err, "domain.sched_weight", entry, d->sched_weight, WEIGHT_MAX);
    return rc ? rc
              : irx_live_at_most(err, "domain.sched_cap", entry, d->sched_cap,
                                 (uint64_t)d->vcpu_count * CAP_EACH);
}

/* ---- Arrays ---- */

#define NR_MEMORY_ARRAYS 3u
#define NR_ARRAYS        7u

/* Those of its memory first. */
static void get_arrays(const struct irx_domain *d, struct irx_piece *arrays)
{
    uint64_t bitmap = ((uint64_t)d->port_count + 63) / 64 * 8;
    const struct irx_piece all[NR_ARRAYS] = {
        {"domain.extents", d->extents, (uint64_t)d->extent_count * sizeof(struct irx_extent)},
        {"domain.leaves", d->leaves, (uint64_t)d->leaf_count * LEAF_SIZE},
        {"domain.msrs", d->msrs, (uint64_t)d->msr_count * MSR_SIZE},
        {"domain.ports", d->ports, (uint64_t)d->port_count * sizeof(struct irx_port)},
        {"domain.to_guest", d->to_guest, bitmap},
        {"domain.to_xen", d->to_xen, bitmap},
        {"domain.fifo_array", d->fifo_array, (uint64_t)d->fifo_array_count * sizeof(uint64_t)},
    };

    memcpy(arrays, all, sizeof(all));
}

struct irx_span irx_domain_data(const struct irx_domain *d)
{
    struct irx_piece arrays[NR_ARRAYS];
    struct irx_span all = {.off = IRX_NOWHERE};
    uint64_t end = 0;
    uint32_t i;

    get_arrays(d, arrays);
    for (i = 0; i < NR_ARRAYS; i++) {
        if (!arrays[i].size)
            continue;
        if (arrays[i].off < all.off)
            all.off = arrays[i].off;
        if (arrays[i].off + arrays[i].size > end)
            end = arrays[i].off + arrays[i].size;
    }
    all.size = end - all.off;
    return all;
}

/* An array of the domain lies in the used part of irx_anchor.data. */
static int check_array(const struct irx_anchor *a, const struct irx_piece *p, uint32_t entry,
                       struct irx_live_error *err)
{
    uint64_t end = a->data.off + (a->data_used ? a->data_used : a->data.size);

    if (!p->size)
        return 0;
    if (p->off % 8)
        return irx_live_refuse(err, IRX_LE_ALIGNMENT, p->name, entry, p->off, 8);
    if (p->off < a->data.off || p->off > end || p->size > end - p->off)
        return irx_live_refuse(err, IRX_LE_BOUNDS, p->name, entry, p->off, end);
    return 0;
}

static int check_arrays(const struct irx_anchor *a, const struct irx_domain *d, uint32_t entry,
                        uint32_t stage, struct irx_live_error *err)
{
    uint32_t n = stage == IRX_STAGE_PREPARE ? NR_MEMORY_ARRAYS : NR_ARRAYS;
    struct irx_piece arrays[NR_ARRAYS];
    uint32_t i;
    int rc = 0;

    get_arrays(d, arrays);
    for (i = 0; !rc && i < n; i++)
        rc = check_array(a, &arrays[i], entry, err);
    return rc ? rc : irx_live_disjoint(err, arrays, n);
}

/* ---- Events ---- */

static int check_channels(const struct irx_domain *d, uint32_t entry, struct irx_live_error *err)
{
    bool fifo = d->evtchn_abi == IRX_EVTCHN_FIFO;
    /* A guest may have made more than 1024 before it took the 32-bit layout: they stay. */
    uint32_t ports = fifo ? IRX_PORTS_FIFO : PORTS_2L;
    int rc = irx_live_at_most(err, "domain.evtchn_abi", entry, d->evtchn_abi, IRX_EVTCHN_FIFO);

    if (!rc && (!d->port_count || d->port_count > ports))
        rc = irx_live_refuse(err, IRX_LE_RANGE, "domain.port_count", entry, d->port_count, ports);
    return rc ? rc
              : irx_live_at_most(err, "domain.fifo_array_count", entry, d->fifo_array_count,
                                 fifo ? FIFO_PAGES : 0);
}

static int check_shared_info(const struct irx_anchor *a, const struct irx_domain *d, uint32_t entry,
                             const struct irx_limits *limits, struct irx_live_error *err)
{
    int rc = irx_live_frames(err, "domain.shared_info_mfn", entry, d->shared_info_mfn, 1,
                             IRX_LOW_FRAMES, a, limits);

    if (!rc)
        rc = irx_live_gfn(err, "domain.shared_info_gfn", entry, d->shared_info_gfn, limits);
    if (!rc && (d->flags & IRX_DOMF_CALLBACK_VECTOR) &&
        d->callback_vector > VECTOR_MAX) /* Xen takes any: hvm_set_callback_via() */
        rc = irx_live_refuse(err, IRX_LE_RANGE, "domain.callback_vector", entry, d->callback_vector,
                             VECTOR_MAX);
    return rc;
}

/* The one HVM parameter that the next Xen computes with. */
static int check_params(const struct irx_domain *d, uint32_t entry, struct irx_live_error *err)
{
    uint64_t fip = d->params[FIP_PARAM];

    if (fip != 0 && fip != 4 && fip != 8)
        return irx_live_refuse(err, IRX_LE_RANGE, "domain.params", entry, fip, 8);
    return 0;
}

int irx_domain_validate(const struct irx_anchor *a, const struct irx_domain *d, uint32_t entry,
                        uint32_t stage, const struct irx_limits *limits, struct irx_live_error *err)
{
    int rc = check_identity(a, d, entry, stage, err);

    if (!rc && (!d->extent_count || !d->leaf_count))
        rc = irx_live_refuse(err, IRX_LE_SIZE,
                             d->extent_count ? "domain.leaf_count" : "domain.extent_count", entry,
                             0, 1);
    if (!rc)
        rc = check_answers(a, d, entry, err);
    if (!rc)
        rc = check_time(d, entry, err);
    if (!rc)
        rc = check_sched(a, d, entry, err);
    if (!rc && stage != IRX_STAGE_PREPARE)
        rc = check_channels(d, entry, err);
    if (!rc && stage != IRX_STAGE_PREPARE)
        rc = check_shared_info(a, d, entry, limits, err);
    if (!rc && stage == IRX_STAGE_HANDOVER)
        rc = check_params(d, entry, err);
    return rc ? rc : check_arrays(a, d, entry, stage, err);
}

/* ---- A domain as a whole ---- */

/* Where an array lies. The place of an empty one has no meaning, and may be anything. */
static const void *array_at(const struct irx_anchor *a, irx_off_t off, uint32_t count)
{
    return (const uint8_t *)a + (count ? off : 0);
}

/* Says whose it is. */
static int of_domain(int rc, const struct irx_domain *d, struct irx_live_error *err)
{
    if (rc < 0 && err)
        err->domid = d->domid;
    return rc;
}

static struct irx_domain_view view_of_memory(const struct irx_anchor *a, const struct irx_domain *d)
{
    return (struct irx_domain_view){.d = d,
                                    .extents = array_at(a, d->extents, d->extent_count),
                                    .leaves = array_at(a, d->leaves, d->leaf_count),
                                    .msrs = array_at(a, d->msrs, d->msr_count)};
}

/* That the array is the one that the walk began with. `n` is not 0. */
static int same_array(struct irx_walk *w, const char *what, irx_off_t array, uint32_t n,
                      struct irx_live_error *err)
{
    if (!w->count) {
        w->array = array;
        w->count = n;
    }
    if (w->array != array)
        return irx_live_refuse(err, IRX_LE_MISMATCH, what, 0, array, w->array);
    return w->count == n ? 0 : irx_live_refuse(err, IRX_LE_MISMATCH, what, 0, n, w->count);
}

int irx_domain_validate_memory_some(const struct irx_anchor *a, uint32_t entry,
                                    const struct irx_limits *limits, struct irx_walk *walk,
                                    uint32_t budget, struct irx_domain_view *view,
                                    struct irx_live_error *err)
{
    const struct irx_domain *d = irx_domain_entry(a, entry);
    int rc = irx_domain_validate(a, d, entry, IRX_STAGE_PREPARE, limits, err);

    *view = (struct irx_domain_view){.d = NULL};
    if (!rc && !walk->count)
        rc = irx_policy_validate(d, array_at(a, d->leaves, d->leaf_count),
                                 array_at(a, d->msrs, d->msr_count), err);
    if (!rc)
        rc = same_array(walk, "domain.extents", d->extents, d->extent_count, err);
    if (!rc)
        rc = irx_extents_some(a, d, array_at(a, d->extents, d->extent_count), limits, walk, budget,
                              err);
    if (!rc)
        *view = view_of_memory(a, d);
    return of_domain(rc, d, err);
}

int irx_domain_validate_memory(const struct irx_anchor *a, uint32_t entry,
                               const struct irx_limits *limits, struct irx_domain_view *view,
                               struct irx_live_error *err)
{
    struct irx_walk walk = {.count = 0};

    /* R is below 4 GiB: no domain has so many that there were more. */
    return irx_domain_validate_memory_some(a, entry, limits, &walk, ~0u, view, err);
}

int irx_domain_seal_memory(const struct irx_anchor *a, struct irx_domain *d, uint32_t entry,
                           const struct irx_limits *limits, struct irx_live_error *err)
{
    int rc = irx_domain_validate(a, d, entry, IRX_STAGE_PREPARE, limits, err);

    if (!rc)
        rc = irx_policy_contents(d, array_at(a, d->msrs, d->msr_count), err);
    if (!rc)
        rc = irx_extents_contents(a, d, array_at(a, d->extents, d->extent_count), limits, err);
    if (!rc) {
        d->policy_crc = irx_policy_crc(d, array_at(a, d->leaves, d->leaf_count),
                                       array_at(a, d->msrs, d->msr_count));
        d->extents_crc = irx_extents_crc(d, array_at(a, d->extents, d->extent_count));
    }
    return of_domain(rc, d, err);
}

static struct irx_domain_view view_of(const struct irx_anchor *a, const struct irx_domain *d)
{
    return (struct irx_domain_view){.d = d,
                                    .extents = array_at(a, d->extents, d->extent_count),
                                    .leaves = array_at(a, d->leaves, d->leaf_count),
                                    .msrs = array_at(a, d->msrs, d->msr_count),
                                    .ports = array_at(a, d->ports, d->port_count),
                                    .fifo_array = array_at(a, d->fifo_array, d->fifo_array_count)};
}

static int check_fifo_array(const struct irx_domain *d, const uint64_t *gfns,
                            const struct irx_limits *limits, struct irx_live_error *err)
{
    uint32_t i;

    for (i = 0; i < d->fifo_array_count; i++)
        if (gfns[i] >= limits->end_gfn && gfns[i] != IRX_NOWHERE) /* the guest gave it away */
            return irx_live_refuse(err, IRX_LE_BOUNDS, "domain.fifo_array[]", i, gfns[i],
                                   limits->end_gfn);
    return 0;
}

int irx_domain_validate_events_some(const struct irx_anchor *a, uint32_t entry, uint32_t stage,
                                    const struct irx_limits *limits, struct irx_walk *walk,
                                    uint32_t budget, struct irx_domain_view *view,
                                    struct irx_live_error *err)
{
    const struct irx_domain *d = irx_domain_entry(a, entry);
    int rc = irx_domain_validate(a, d, entry, stage, limits, err);

    if (!rc)
        rc = same_array(walk, "domain.ports", d->ports, d->port_count, err);
    if (!rc)
        rc = irx_ports_some(d, array_at(a, d->ports, d->port_count), stage, walk, budget, err);
    if (!rc)
        rc = check_fifo_array(d, array_at(a, d->fifo_array, d->fifo_array_count), limits, err);
    if (rc)
        return of_domain(rc, d, err);
    *view = view_of(a, d);
    return 0;
}

int irx_domain_validate_events(const struct irx_anchor *a, uint32_t entry, uint32_t stage,
                               const struct irx_limits *limits, struct irx_domain_view *view,
                               struct irx_live_error *err)
{
    struct irx_walk walk = {.count = 0};

    return irx_domain_validate_events_some(a, entry, stage, limits, &walk, ~0u, view, err);
}

int irx_domain_validate_claim(const struct irx_anchor *a, uint32_t entry,
                              const struct irx_limits *limits, struct irx_domain_view *view,
                              struct irx_live_error *err)
{
    const struct irx_domain *d = irx_domain_entry(a, entry);
    int rc = irx_domain_validate(a, d, entry, IRX_STAGE_ENTER, limits, err);

    if (!rc)
        rc = irx_ports_validate_moved(d, array_at(a, d->ports, d->port_count), err);
    if (rc)
        return of_domain(rc, d, err);
    *view = view_of(a, d);
    return 0;
}

int irx_domain_validate_vcpus(const struct irx_anchor *a, const struct irx_domain_view *view,
                              const struct irx_limits *limits, struct irx_live_error *err)
{
    uint32_t i;
    int rc = 0;

    for (i = 0; !rc && i < view->d->vcpu_count; i++)
        rc = irx_vcpu_validate(a, view->d, irx_vcpu_entry(a, view->d, i), i, limits, err);
    return of_domain(rc, view->d, err);
}
