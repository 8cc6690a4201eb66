/* SPDX-License-Identifier: GPL-2.0-only */
/* The commands of op.h, as the played Xen answers them. */
#include "fake_parts.h"

#include <errno.h>
#include <string.h>

#define KHZ 1000000u

static void do_info(struct fake_xen *x, struct irx_op_info *info)
{
    const struct irx_anchor *a = fake_anchor(x);

    *info = (struct irx_op_info){.online_cpus = FAKE_CPUS - fake_lent(x) - fake_dead(x),
                                 .tsc = x->now,
                                 .tsc_khz = KHZ,
                                 .boot_tsc = x->boot_tsc,
                                 .dom0_tsc = x->dom0_tsc,
                                 .exec_tsc = x->exec_tsc,
                                 .rebuild_tsc = x->exec_tsc ? x->dom0_tsc - 100000000 : 0,
                                 .rebuilt_tsc = x->exec_tsc ? x->dom0_tsc - 20000000 : 0,
                                 .note = x->note};
    if (x->no_region)
        return;
    info->region_base = a->region_base;
    info->region_size = a->region_size;
    info->host_state = a->host_state;
    info->generation = a->generation;
    info->slot_base = FAKE_REGION + a->slots[x->number % 2].span.off;
    info->slot_size = a->slots[x->number % 2].span.size;
}

/* The next Xen cannot take one that was held when it came. */
static bool is_quarantined(struct fake_xen *x, uint32_t domid)
{
    const struct irx_domain *d = fake_domain(x, domid);

    if (!d || domid != x->quarantines || (x->taken_by && x->number >= x->taken_by))
        return false;
    for (uint32_t i = 0; i < FAKE_DOMAINS; i++)
        if (fake_domain_entry(x, i) == d)
            return x->came & 1u << i;
    return false;
}

static bool all_are_carried(struct fake_xen *x)
{
    return x->carries && fake_held(x) == 1 && is_quarantined(x, x->quarantines);
}

/* A target may be loaded. */
static bool is_loaded(struct fake_xen *x)
{
    return fake_anchor(x)->host_state == IRX_HOST_LOADED || x->beside;
}

static int do_load(struct fake_xen *x, const struct irx_op_load *load)
{
    struct irx_anchor *a = fake_anchor(x);

    if (a->host_state == IRX_HOST_CLAIMING && !load->image_size && all_are_carried(x)) {
        a->deadman = (struct irx_deadman){0};
        x->beside = true;
        return 0;
    }
    if (a->host_state > IRX_HOST_LOADED)
        return -EBUSY;
    if (!load->image_size || load->image_size > load->mem_size || load->entry >= load->image_size)
        return -EINVAL;
    if (load->note.producer != IRX_PRODUCER_SHIM)
        return -EINVAL;
    if (load->mem_size > a->shim.size)
        return -ENOSPC;
    a->generation++;
    a->deadman = (struct irx_deadman){0};
    a->host_state = IRX_HOST_LOADED;
    a->shim_release = load->note.release;
    x->changes++;
    return 0;
}

static int do_check(struct fake_xen *x, struct irx_op_check *check, struct irx_op_reason *out)
{
    bool loaded = fake_anchor(x)->host_state != IRX_HOST_IDLE;
    unsigned int count = x->reason_count - (loaded ? 0 : x->reasons_after_load);
    struct irx_op_reason no_room = {.domid = IRX_DOMID_HOST, .code = x->no_room};
    struct irx_op_reason takes_room = {
        .domid = (uint16_t)x->takes_room, .code = IRX_REASON_REGION_SHARE, .detail = 2000 << 10};
    struct irx_op_reason not_loaded = {.domid = IRX_DOMID_HOST, .code = IRX_REASON_NOT_LOADED};

    for (unsigned int i = 0; i < count && i < check->capacity; i++)
        out[i] = x->reasons[i];
    if (x->no_room && fake_anchor(x)->host_state == IRX_HOST_HOLDING) {
        out[count++] = no_room; /* it sees that once guests are prepared */
        if (x->takes_room)
            out[count++] = takes_room;
    }
    if (fake_anchor(x)->host_state == IRX_HOST_IDLE) {
        if (count < check->capacity)
            out[count] = not_loaded;
        count++;
    }
    if (is_quarantined(x, x->quarantines) && count < check->capacity)
        out[count++] = (struct irx_op_reason){
            .domid = (uint16_t)x->quarantines,
            .code = IRX_REASON_QUARANTINED,
            .detail = (x->carries ? IRX_QUARANTINE_POLICY | IRX_QUARANTINE_CARRIED
                                  : IRX_QUARANTINE_GRANTS) |
                      (uint64_t)EINVAL << 32,
        };
    check->count = count + x->reasons_untold;
    return 0;
}

static bool asked_for(const struct irx_op_cpus *cpus, uint32_t cpu)
{
    for (uint32_t i = 0; i < cpus->count; i++)
        if (cpus->cpu[i] == cpu)
            return true;
    return cpus->count == 0;
}

static bool is_lent(struct fake_xen *x, uint32_t cpu)
{
    return fake_cpu(x, cpu)->state != IRX_CPU_XEN && fake_cpu(x, cpu)->state != IRX_CPU_DEAD;
}

/* vCPUs a CPU, times 100; none without a CPU. */
static unsigned int crowd(unsigned int vcpus, unsigned int cpus)
{
    return cpus ? vcpus * 100 / cpus : vcpus ? ~0u : 0;
}

/* Notes how crowded either side was at most. */
static void fake_crowd(struct fake_xen *x)
{
    unsigned int held = 0, all = 0, lent = fake_lent(x), here, there;

    for (unsigned int i = 0; i < FAKE_DOMAINS; i++) {
        const struct irx_domain *d = x->guests[i].domid ? fake_domain(x, x->guests[i].domid) : NULL;

        all += x->guests[i].domid ? x->guests[i].vcpus : 0;
        held += d && d->state == IRX_DOM_RUNNING ? d->vcpu_count : 0;
    }
    here = crowd(all - held, FAKE_CPUS - lent);
    there = crowd(held, lent);
    x->crowd_here = here > x->crowd_here ? here : x->crowd_here;
    x->crowd_there = there > x->crowd_there ? there : x->crowd_there;
}

static int do_lend(struct fake_xen *x, struct irx_op_cpus *cpus)
{
    struct irx_anchor *a = fake_anchor(x);
    uint32_t max = cpus->max && !x->abi_1_0 ? cpus->max : FAKE_CPUS, left = 0;

    if (!is_loaded(x) && (x->abi_1_0 || a->host_state != IRX_HOST_HOLDING))
        return a->host_state == IRX_HOST_IDLE ? -ENOENT : -EBUSY;
    for (uint32_t i = 0; i < cpus->count; i++)
        if (cpus->cpu[i] == 0 || cpus->cpu[i] >= FAKE_CPUS)
            return -EINVAL;
    for (uint32_t i = 1; i < FAKE_CPUS; i++) {
        if (!asked_for(cpus, i) || fake_cpu(x, i)->state != IRX_CPU_XEN)
            continue;
        if (max == 0) {
            left++;
            continue;
        }
        *fake_cpu(x, i) = (struct irx_cpu){
            .state = IRX_CPU_HELD, .apic_id = i, .xen_cpu = i, .package_core = i};
        max--;
    }
    if (!x->abi_1_0)
        cpus->left = left;
    a->host_state = IRX_HOST_HOLDING;
    a->shim_state = IRX_SHIM_READY;
    x->changes++;
    fake_log(x, "shim: ready\n");
    fake_crowd(x);
    return 0;
}

static int do_prepare(struct fake_xen *x, const struct fake_guest *g)
{
    const struct irx_anchor *a = fake_anchor(x);
    uint32_t first = 0;

    if (a->host_state != IRX_HOST_HOLDING)
        return -ENODEV;
    if (g->pv)
        return -EOPNOTSUPP;
    for (uint32_t i = 0; i < FAKE_DOMAINS; i++) {
        struct irx_domain *d = fake_domain_entry(x, i);

        if (d->generation) {
            first += d->vcpu_count;
            continue;
        }
        *d = (struct irx_domain){.state = IRX_DOM_PREPARED,
                                 .domid = (uint16_t)g->domid,
                                 .generation = a->generation,
                                 .vcpu_first = first,
                                 .vcpu_count = g->vcpus,
                                 .extent_count = 7 * g->domid};
        x->changes++;
        return 0;
    }
    return -ENOSPC;
}

static int do_enter(struct fake_xen *x, const struct fake_guest *g, struct irx_op_domain *op)
{
    struct irx_domain *d = fake_domain(x, g->domid);

    if (!d || d->state != IRX_DOM_PREPARED)
        return -ENOENT;
    op->start_tsc = x->now;
    for (uint32_t i = 0; i < g->vcpus; i++) {
        struct irx_vcpu *v = fake_vcpu(x, d->vcpu_first + i);
        bool parks = g->parks && i == g->vcpus - 1;

        *v = (struct irx_vcpu){.vcpu_id = i, .stop_tsc = x->now, .flags = IRX_VCPUF_INITIALISED};
        v->state = parks ? IRX_VCPU_PARKED : g->idle ? IRX_VCPU_BLOCKED : IRX_VCPU_RUNNING;
        v->first_tsc = g->idle ? 0 : x->now + 200000 + i * 100000;
        v->served[IRX_EXIT_HLT] = 7;
        v->max_wait_tsc = g->wait_shim_ns;
        v->xen_wait_ns = i == g->vcpus - 1 ? g->wait_xen_ns : 0;
        v->events_in = 3;
        if (parks) {
            v->park_class = IRX_EXIT_IO;
            v->park_detail = 0x64;
            v->park_tsc = x->now + 400000;
            v->parked[IRX_EXIT_IO] = 1;
        }
    }
    x->now += 500000;
    op->end_tsc = x->now;
    d->state = IRX_DOM_RUNNING;
    x->changes++;
    fake_crowd(x);
    return 0;
}

/* A vCPU of it is: the others are of no interest once they are claimed. */
static bool is_lost(struct fake_xen *x, const struct irx_domain *d)
{
    for (uint32_t i = 0; i < d->vcpu_count; i++)
        if (fake_vcpu(x, d->vcpu_first + i)->flags & IRX_VCPUF_LOST)
            return true;
    return false;
}

static int do_claim(struct fake_xen *x, const struct fake_guest *g, struct irx_op_domain *op)
{
    struct irx_domain *d = fake_domain(x, g->domid);

    if (!d)
        return -ENOENT;
    if (is_quarantined(x, d->domid))
        return -EOPNOTSUPP;
    if (d->state == IRX_DOM_RUNNING) {
        op->start_tsc = x->now;
        for (uint32_t i = 0; i < d->vcpu_count; i++) {
            struct irx_vcpu *v = fake_vcpu(x, d->vcpu_first + i);

            v->last_tsc = v->first_tsc ? x->now + 50000 : 0;
            if (g->waits) {
                v->state = IRX_VCPU_RUNNABLE;
                v->last_tsc = x->now - 7000000;
            }
            v->resume_tsc = x->now + 300000;
        }
        x->now += 300000;
        op->end_tsc = x->now;
    } else if (d->state != IRX_DOM_PREPARED) {
        return -EBUSY;
    }
    d->state = IRX_DOM_WITH_XEN; /* what R says of it stays until the next load */
    if (!is_lost(x, d))
        *d = (struct irx_domain){0};
    x->changes++;
    fake_crowd(x);
    return 0;
}

static int do_abandon(struct fake_xen *x, const struct fake_guest *g, struct irx_op_domain *op)
{
    struct irx_domain *d = fake_domain(x, g->domid);

    if (!d)
        return -ENOENT;
    op->start_tsc = op->end_tsc = x->now;
    *d = (struct irx_domain){0};
    x->changes++;
    return 0;
}

static int do_domain(struct fake_xen *x, uint32_t cmd, struct irx_op_domain *op)
{
    const struct fake_guest *g = fake_guest_of(x, op->domid);

    if (!g || !op->domid)
        return -ESRCH;
    switch (cmd) {
    case IRX_OP_PREPARE:
        return do_prepare(x, g);
    case IRX_OP_ENTER:
        return do_enter(x, g, op);
    case IRX_OP_ABANDON:
        return do_abandon(x, g, op);
    default:
        return do_claim(x, g, op);
    }
}

static int do_return(struct fake_xen *x, const struct irx_op_cpus *cpus)
{
    struct irx_anchor *a = fake_anchor(x);
    bool one = cpus->max && !x->abi_1_0;

    if (a->host_state <= IRX_HOST_LOADED)
        return -ENODEV;
    if (fake_held(x) && !one)
        for (uint32_t i = 2; i < FAKE_CPUS; i++) /* all are on the first held one */
            if (is_lent(x, i))
                *fake_cpu(x, i) = (struct irx_cpu){0};
    if (fake_held(x) && !one && all_are_carried(x) && a->host_state == IRX_HOST_HOLDING)
        a->host_state = IRX_HOST_CLAIMING;
    if (fake_held(x) && (!one || fake_lent(x) < 2))
        return -EBUSY;
    for (uint32_t i = 0; i < FAKE_CPUS; i++) {
        if (!is_lent(x, i))
            continue;
        *fake_cpu(x, i) = (struct irx_cpu){0};
        if (one)
            break;
    }
    x->changes++;
    fake_crowd(x);
    if (fake_lent(x))
        return 0;
    a->host_state = x->number ? IRX_HOST_IDLE : IRX_HOST_LOADED;
    return 0;
}

static int do_read(struct fake_xen *x, const struct irx_op_read *read, void *buffer)
{
    const struct irx_anchor *a = fake_anchor(x);
    uint64_t end = a->data.off + a->data.size;

    if (read->size > MIB || read->off > end || read->size > end - read->off)
        return -EINVAL;
    memcpy(buffer, x->region + read->off, read->size);
    return 0;
}

static int do_fallback(struct fake_xen *x, struct irx_op_fallback *op)
{
    struct irx_anchor *a = fake_anchor(x);

    if (!x->takes_fallback)
        return -EOPNOTSUPP;
    op->dest = FAKE_REGION + a->slots[0].span.off;
    op->room = x->fallback_room;
    op->need = x->fallback_need;
    if (!op->image_size)
        return 0;
    if (!is_loaded(x))
        return -EBUSY;
    if (op->image_size > op->room || op->entry >= op->image_size || op->image_size % 4096)
        return -ENOSPC;
    a->fallback_used = op->image_size;
    a->attempts = 0;
    a->attempts_max = op->attempts_max;
    a->watch.limit = a->tsc_khz * op->silence_ms;
    return 0;
}

static int do_deadman(struct fake_xen *x, const struct irx_op_deadman *op)
{
    struct irx_anchor *a = fake_anchor(x);

    if (x->no_deadman)
        return -EOPNOTSUPP;
    if (!is_loaded(x))
        return -EBUSY;
    if (op->limit_ms > IRX_DEADMAN_LIMIT_MAX_MS || op->reserved)
        return -EINVAL;
    a->deadman.limit_ms = op->limit_ms;
    return 0;
}

void fake_deadman(struct fake_xen *x)
{
    struct irx_deadman *d = &fake_anchor(x)->deadman;
    const struct irx_op_cpus all = {0};
    unsigned int lent = fake_lent(x);

    if (!d->limit_ms || fake_anchor(x)->host_state != IRX_HOST_CLAIMING)
        return;
    d->start_tsc = x->now += d->limit_ms * 1000000ull;
    for (unsigned int i = 0; i < FAKE_DOMAINS; i++) {
        struct irx_op_domain claim = {.domid = x->guests[i].domid};

        if (claim.domid && fake_domain(x, claim.domid) && !do_claim(x, &x->guests[i], &claim))
            d->claimed++;
    }
    do_return(x, &all);
    d->cpus += lent - fake_lent(x);
    d->left = fake_held(x);
    d->end_tsc = x->now += 1000000;
}

static int do_audit(struct fake_xen *x, struct irx_op_audit *op, void *payload)
{
    const uint32_t capacity = op->capacity;
    uint64_t count;

    x->spoil = op->spoil;
    if (!x->audit)
        return -EOPNOTSUPP;
    if (x->audits_again) {
        x->audits_again--;
        return -EAGAIN;
    }
    *op = *x->audit;
    count = op->count < capacity ? op->count : capacity;
    if (count)
        memcpy(payload, x->differences, count * sizeof(*x->differences));
    return 0;
}

static int dispatch(struct fake_xen *x, struct irx_op *op, void *payload)
{
    struct irx_anchor *a = fake_anchor(x);
    int rc;

    x->now += FAKE_OP_NS;
    if (op->cmd == IRX_OP_PREPARE || op->cmd == IRX_OP_ENTER || op->cmd == IRX_OP_CLAIM)
        x->waits_ms[op->cmd] = op->u.domain.timeout_ms;
    if (x->no_interrex)
        return -EINVAL;
    if (op->version >> 16 != IRX_ABI_MAJOR)
        return -EPROTONOSUPPORT;
    if (x->deaf && x->number)
        return -EIO;
    rc = fake_fails(x, op->cmd, op->u.domain.domid);
    if (rc && op->cmd == IRX_OP_ENTER && fake_domain(x, op->u.domain.domid))
        *fake_domain(x, op->u.domain.domid) = (struct irx_domain){0}; /* nor is it prepared */
    if (rc)
        return rc;
    if (x->no_region && op->cmd != IRX_OP_INFO && op->cmd != IRX_OP_CHECK &&
        op->cmd != IRX_OP_AUDIT)
        return -ENODEV;
    switch (op->cmd) {
    case IRX_OP_INFO:
        do_info(x, &op->u.info);
        return 0;
    case IRX_OP_LOAD_SHIM:
        return do_load(x, &op->u.load);
    case IRX_OP_WALKS:
        op->u.walks = (struct irx_op_walks){.pv_pages = x->pv_pages, .pv_tables = x->pv_tables};
        return 0;
    case IRX_OP_HEAP:
        op->u.heap = x->heap;
        return 0;
    case IRX_OP_CHECK:
        return do_check(x, &op->u.check, payload);
    case IRX_OP_LEND:
        return do_lend(x, &op->u.cpus);
    case IRX_OP_PREPARE:
    case IRX_OP_ENTER:
    case IRX_OP_CLAIM:
    case IRX_OP_ABANDON:
        return do_domain(x, op->cmd, &op->u.domain);
    case IRX_OP_RETURN:
        return do_return(x, &op->u.cpus);
    case IRX_OP_READ:
        return do_read(x, &op->u.read, payload);
    case IRX_OP_FALLBACK:
        return do_fallback(x, &op->u.fallback);
    case IRX_OP_DEADMAN:
        return do_deadman(x, &op->u.deadman);
    case IRX_OP_AUDIT:
        return do_audit(x, &op->u.audit, payload);
    case IRX_OP_UNLOAD:
        if (a->host_state == IRX_HOST_CLAIMING && x->beside) {
            x->beside = false;
            return 0;
        }
        if (a->host_state > IRX_HOST_LOADED)
            return -EBUSY;
        a->host_state = IRX_HOST_IDLE;
        return 0;
    }
    return -EOPNOTSUPP;
}

int fake_op(void *ctx, struct irx_op *op, void *payload, size_t size)
{
    struct fake_xen *x = ctx;
    int rc;

    (void)size;
    if (x->on_op)
        x->on_op(x);
    rc = dispatch(x, op, payload);
    if (rc == 0 && op->cmd < sizeof(x->done) / sizeof(*x->done))
        x->done[op->cmd]++;
    return rc;
}
