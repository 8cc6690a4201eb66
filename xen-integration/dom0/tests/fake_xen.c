/* SPDX-License-Identifier: GPL-2.0-only */
#include "fake_xen.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <interrex/note.h>

#define MIB         (1ull << 20)
#define LIVE_SIZE   (1 * MIB) /* what dom0 may read */
#define REGION_SIZE (64 * MIB)
#define KHZ         1000000u

struct fake_xen *fake_current;

struct irx_anchor *fake_anchor(struct fake_xen *x)
{
    return (struct irx_anchor *)x->region;
}

static void *entry(struct fake_xen *x, const struct irx_table *t, uint32_t i)
{
    return x->region + t->off + (size_t)i * t->stride;
}

static struct irx_cpu *cpu_at(struct fake_xen *x, uint32_t i)
{
    return entry(x, &fake_anchor(x)->cpus, i);
}

struct irx_vcpu *fake_vcpu(struct fake_xen *x, uint32_t index)
{
    return entry(x, &fake_anchor(x)->vcpus, index);
}

static struct irx_domain *slot_at(struct fake_xen *x, uint32_t i)
{
    return entry(x, &fake_anchor(x)->domains, i);
}

struct irx_domain *fake_domain(struct fake_xen *x, uint32_t domid)
{
    for (uint32_t i = 0; i < FAKE_DOMAINS; i++)
        if (slot_at(x, i)->generation && slot_at(x, i)->domid == domid)
            return slot_at(x, i);
    return NULL;
}

static struct irx_table table(uint64_t *off, size_t size, uint32_t count)
{
    struct irx_table t = {.off = *off, .stride = (uint32_t)((size + 63) / 64 * 64), .count = count};

    *off = (*off + (uint64_t)t.stride * count + IRX_PAGE_SIZE - 1) / IRX_PAGE_SIZE * IRX_PAGE_SIZE;
    return t;
}

static struct irx_span span(uint64_t *off, uint64_t size, uint64_t align)
{
    struct irx_span s = {.off = (*off + align - 1) / align * align, .size = size};

    *off = s.off + size;
    return s;
}

static void lay_out(struct fake_xen *x)
{
    struct irx_anchor *a = fake_anchor(x);
    uint64_t off = IRX_PAGE_SIZE;

    a->magic = IRX_ANCHOR_MAGIC;
    a->version = IRX_ABI_VERSION;
    a->size = sizeof(*a);
    a->region_base = FAKE_REGION;
    a->region_size = REGION_SIZE;
    a->cpus = table(&off, sizeof(struct irx_cpu), FAKE_CPUS);
    a->domains = table(&off, sizeof(struct irx_domain), FAKE_DOMAINS);
    a->vcpus = table(&off, sizeof(struct irx_vcpu), FAKE_VCPUS);
    a->log = span(&off, sizeof(struct irx_log) + FAKE_LOG, IRX_PAGE_SIZE);
    ((struct irx_log *)(x->region + a->log.off))->size = FAKE_LOG;
    a->data = span(&off, IRX_PAGE_SIZE, IRX_PAGE_SIZE);
    off = 2 * MIB;
    a->shim = span(&off, 2 * MIB, 2 * MIB);
    a->slots[0].span = span(&off, 16 * MIB, 2 * MIB);
    a->slots[1].span = span(&off, 16 * MIB, 2 * MIB);
}

void fake_init(struct fake_xen *x)
{
    *x = (struct fake_xen){.now = 1000000000, .boot_tsc = 1000, .dom0_tsc = 2000};
    x->note = (struct irx_note)IRX_NOTE_INIT(IRX_PRODUCER_XEN, 0, IRX_FEATURE_SVM,
                                             IRX_FEATURE_ALL & ~IRX_FEATURE_VMX);
    x->guests[0] = (struct fake_guest){.domid = 1, .vcpus = 1, .name = "g1"};
    x->guests[1] = (struct fake_guest){.domid = 3, .vcpus = 2, .name = "g2"};
    x->region = calloc(1, LIVE_SIZE);
    lay_out(x);
    fake_current = x;
}

void fake_free(struct fake_xen *x)
{
    free(x->region);
    x->region = NULL;
    fake_current = NULL;
}

void fake_log(struct fake_xen *x, const char *text)
{
    struct irx_log *log = (struct irx_log *)(x->region + fake_anchor(x)->log.off);
    char *ring = (char *)(log + 1);

    for (; *text; text++)
        ring[log->head++ % FAKE_LOG] = *text;
}

unsigned int fake_held(struct fake_xen *x)
{
    unsigned int held = 0;

    for (uint32_t i = 0; i < FAKE_DOMAINS; i++)
        held += slot_at(x, i)->generation && slot_at(x, i)->state == IRX_DOM_RUNNING;
    return held;
}

static unsigned int lent(struct fake_xen *x)
{
    unsigned int count = 0;

    for (uint32_t i = 0; i < FAKE_CPUS; i++)
        count += cpu_at(x, i)->state != IRX_CPU_XEN;
    return count;
}

bool fake_normal(struct fake_xen *x)
{
    for (uint32_t i = 0; i < FAKE_DOMAINS; i++)
        if (slot_at(x, i)->generation)
            return false;
    return lent(x) == 0 && fake_anchor(x)->host_state <= IRX_HOST_LOADED;
}

/* ---- operations ---- */

static int fails(struct fake_xen *x, uint32_t cmd, uint32_t domid)
{
    struct fake_failure *f = &x->failure;

    if (f->cmd != cmd || (f->domid && f->domid != domid))
        return 0;
    if (f->after) {
        f->after--;
        return 0;
    }
    if (f->times && --f->times == 0)
        f->cmd = 0;
    return f->rc;
}

static struct fake_guest *guest_of(struct fake_xen *x, uint32_t domid)
{
    for (uint32_t i = 0; i < FAKE_DOMAINS; i++)
        if (x->guests[i].domid == domid)
            return &x->guests[i];
    return NULL;
}

static void do_info(struct fake_xen *x, struct irx_op_info *info)
{
    const struct irx_anchor *a = fake_anchor(x);

    *info = (struct irx_op_info){.online_cpus = FAKE_CPUS - lent(x),
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

static int do_load(struct fake_xen *x, const struct irx_op_load *load)
{
    struct irx_anchor *a = fake_anchor(x);

    if (a->host_state > IRX_HOST_LOADED)
        return -EBUSY;
    if (!load->image_size || load->image_size > load->mem_size || load->entry >= load->image_size)
        return -EINVAL;
    if (load->note.producer != IRX_PRODUCER_SHIM)
        return -EINVAL;
    if (load->mem_size > a->shim.size)
        return -ENOSPC;
    a->generation++;
    a->host_state = IRX_HOST_LOADED;
    x->changes++;
    return 0;
}

static int do_check(struct fake_xen *x, struct irx_op_check *check, struct irx_op_reason *out)
{
    bool loaded = fake_anchor(x)->host_state == IRX_HOST_LOADED;
    unsigned int count = x->reason_count - (loaded ? 0 : x->reasons_after_load);
    struct irx_op_reason not_loaded = {.domid = IRX_DOMID_HOST, .code = IRX_REASON_NOT_LOADED};

    for (unsigned int i = 0; i < count && i < check->capacity; i++)
        out[i] = x->reasons[i];
    if (!loaded) {
        if (count < check->capacity)
            out[count] = not_loaded;
        count++;
    }
    check->count = count;
    return 0;
}

static bool asked_for(const struct irx_op_cpus *cpus, uint32_t cpu)
{
    for (uint32_t i = 0; i < cpus->count; i++)
        if (cpus->cpu[i] == cpu)
            return true;
    return cpus->count == 0;
}

static int do_lend(struct fake_xen *x, const struct irx_op_cpus *cpus)
{
    struct irx_anchor *a = fake_anchor(x);

    if (a->host_state != IRX_HOST_LOADED)
        return a->host_state == IRX_HOST_IDLE ? -ENOENT : -EBUSY;
    for (uint32_t i = 0; i < cpus->count; i++)
        if (cpus->cpu[i] == 0 || cpus->cpu[i] >= FAKE_CPUS)
            return -EINVAL;
    for (uint32_t i = 1; i < FAKE_CPUS; i++)
        if (asked_for(cpus, i))
            *cpu_at(x, i) = (struct irx_cpu){.state = IRX_CPU_HELD, .apic_id = i, .xen_cpu = i};
    a->host_state = IRX_HOST_HOLDING;
    a->shim_state = IRX_SHIM_READY;
    x->changes++;
    fake_log(x, "shim: ready\n");
    return 0;
}

static int do_prepare(struct fake_xen *x, const struct fake_guest *g)
{
    const struct irx_anchor *a = fake_anchor(x);
    uint32_t first = 0;

    if (a->host_state != IRX_HOST_HOLDING)
        return -ENODEV;
    for (uint32_t i = 0; i < FAKE_DOMAINS; i++) {
        struct irx_domain *d = slot_at(x, i);

        if (d->generation) {
            first += d->vcpu_count;
            continue;
        }
        *d = (struct irx_domain){.state = IRX_DOM_PREPARED,
                                 .domid = (uint16_t)g->domid,
                                 .generation = a->generation,
                                 .vcpu_first = first,
                                 .vcpu_count = g->vcpus};
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
    return 0;
}

static int do_claim(struct fake_xen *x, const struct fake_guest *g, struct irx_op_domain *op)
{
    struct irx_domain *d = fake_domain(x, g->domid);

    if (!d)
        return -ENOENT;
    if (d->state == IRX_DOM_RUNNING) {
        op->start_tsc = x->now;
        for (uint32_t i = 0; i < d->vcpu_count; i++) {
            struct irx_vcpu *v = fake_vcpu(x, d->vcpu_first + i);

            v->last_tsc = v->first_tsc ? x->now + 50000 : 0;
            v->resume_tsc = x->now + 300000;
        }
        x->now += 300000;
        op->end_tsc = x->now;
    } else if (d->state != IRX_DOM_PREPARED) {
        return -EBUSY;
    }
    *d = (struct irx_domain){0};
    x->changes++;
    return 0;
}

static int do_domain(struct fake_xen *x, uint32_t cmd, struct irx_op_domain *op)
{
    const struct fake_guest *g = guest_of(x, op->domid);

    if (!g || !op->domid)
        return -ESRCH;
    switch (cmd) {
    case IRX_OP_PREPARE:
        return do_prepare(x, g);
    case IRX_OP_ENTER:
        return do_enter(x, g, op);
    default:
        return do_claim(x, g, op);
    }
}

static int do_return(struct fake_xen *x)
{
    struct irx_anchor *a = fake_anchor(x);

    if (a->host_state <= IRX_HOST_LOADED)
        return -ENODEV;
    if (fake_held(x))
        return -EBUSY;
    for (uint32_t i = 0; i < FAKE_DOMAINS; i++)
        *slot_at(x, i) = (struct irx_domain){0};
    for (uint32_t i = 0; i < FAKE_CPUS; i++)
        *cpu_at(x, i) = (struct irx_cpu){0};
    a->host_state = x->number ? IRX_HOST_IDLE : IRX_HOST_LOADED;
    x->changes++;
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

static int dispatch(struct fake_xen *x, struct irx_op *op, void *payload)
{
    struct irx_anchor *a = fake_anchor(x);
    int rc;

    x->now += FAKE_OP_NS;
    if (x->no_interrex)
        return -EINVAL;
    if (op->version >> 16 != IRX_ABI_MAJOR)
        return -EPROTONOSUPPORT;
    if (x->deaf && x->number)
        return -EIO;
    rc = fails(x, op->cmd, op->u.domain.domid);
    if (rc)
        return rc;
    if (x->no_region && op->cmd != IRX_OP_INFO && op->cmd != IRX_OP_CHECK)
        return -ENODEV;
    switch (op->cmd) {
    case IRX_OP_INFO:
        do_info(x, &op->u.info);
        return 0;
    case IRX_OP_LOAD_SHIM:
        return do_load(x, &op->u.load);
    case IRX_OP_CHECK:
        return do_check(x, &op->u.check, payload);
    case IRX_OP_LEND:
        return do_lend(x, &op->u.cpus);
    case IRX_OP_PREPARE:
    case IRX_OP_ENTER:
    case IRX_OP_CLAIM:
        return do_domain(x, op->cmd, &op->u.domain);
    case IRX_OP_RETURN:
        return do_return(x);
    case IRX_OP_READ:
        return do_read(x, &op->u.read, payload);
    case IRX_OP_UNLOAD:
        if (a->host_state > IRX_HOST_LOADED)
            return -EBUSY;
        a->host_state = IRX_HOST_IDLE;
        return 0;
    }
    return -EOPNOTSUPP;
}

static int fake_op(void *ctx, struct irx_op *op, void *payload, size_t size)
{
    struct fake_xen *x = ctx;
    int rc = dispatch(x, op, payload);

    (void)size;
    if (rc == 0 && op->cmd < sizeof(x->done) / sizeof(*x->done))
        x->done[op->cmd]++;
    return rc;
}

static int fake_kexec_load(void *ctx, const struct irx_image *image)
{
    struct fake_xen *x = ctx;
    int rc = fails(x, FAKE_KEXEC_LOAD, 0);

    if (rc)
        return rc;
    for (unsigned int i = 0; i < image->count; i++)
        if (image->segments[i].dest < FAKE_REGION ||
            image->segments[i].dest + image->segments[i].memsz > FAKE_REGION + REGION_SIZE)
            return -EADDRNOTAVAIL;
    x->loaded_target = true;
    return 0;
}

static int fake_kexec_unload(void *ctx)
{
    ((struct fake_xen *)ctx)->loaded_target = false;
    return 0;
}

static int fake_kexec_exec(void *ctx)
{
    struct fake_xen *x = ctx;
    int rc = fails(x, FAKE_KEXEC_EXEC, 0);

    if (rc || !x->loaded_target)
        return rc ? rc : -ENOENT;
    if (x->stays)
        return 0;
    x->loaded_target = false;
    x->number++;
    x->changes++;
    x->exec_tsc = x->now + 1000000;
    x->boot_tsc = x->now + 3000000;
    x->dom0_tsc = x->now + 503000000;
    x->now += 504000000;
    fake_anchor(x)->host_state = IRX_HOST_CLAIMING;
    return 0;
}

static int fake_version(void *ctx, struct irx_xen_version *version)
{
    const struct fake_xen *x = ctx;

    snprintf(version->version, sizeof(version->version), "4.17.5-fake-%c", 'A' + x->number % 26);
    snprintf(version->build_id, sizeof(version->build_id), "%040x", 0xabc0 + x->number);
    snprintf(version->cmdline, sizeof(version->cmdline), "dom0=pvh liveupdate=64M console=com1");
    return 0;
}

static int fake_host(void *ctx, struct irx_xen_host *host)
{
    *host = (struct irx_xen_host){
        .online_cpus = FAKE_CPUS - lent(ctx), .memory_mib = 2048, .free_mib = 512};
    return 0;
}

static int fake_domains(void *ctx, struct irx_xen_domain *list, unsigned int room)
{
    struct fake_xen *x = ctx;
    unsigned int count = 0;

    list[count++] = (struct irx_xen_domain){.domid = 0, .vcpus = 1, .memory_kib = 512 << 10};
    for (uint32_t i = 0; i < FAKE_DOMAINS && count < room; i++)
        if (x->guests[i].domid)
            list[count++] = (struct irx_xen_domain){
                .domid = x->guests[i].domid, .vcpus = x->guests[i].vcpus, .memory_kib = 256 << 10};
    if (x->newcomer && fake_held(x))
        list[count++] = (struct irx_xen_domain){.domid = 77, .vcpus = 1, .memory_kib = 1 << 10};
    return (int)count;
}

static int fake_memory_map(void *ctx, struct irx_image_memory *map, unsigned int room)
{
    (void)ctx;
    (void)room;
    map[0] = (struct irx_image_memory){.addr = 0, .size = 640 << 10, .type = 1};
    map[1] = (struct irx_image_memory){.addr = MIB, .size = 2047 * MIB, .type = 1};
    return 2;
}

static int fake_name(void *ctx, uint32_t domid, char *name, size_t size)
{
    const struct fake_guest *g = guest_of(ctx, domid);

    if (!g || !g->name)
        return -ENOENT;
    snprintf(name, size, "%s", g->name);
    return 0;
}

static uint64_t fake_now_ns(void *ctx)
{
    return ((struct fake_xen *)ctx)->now;
}

static void fake_sleep_ms(void *ctx, unsigned int ms)
{
    struct fake_xen *x = ctx;

    x->now += ms * 1000000ull;
    if (x->on_sleep)
        x->on_sleep(x);
}

static const struct irx_xen_ops fake_ops = {
    .op = fake_op,
    .kexec_load = fake_kexec_load,
    .kexec_unload = fake_kexec_unload,
    .kexec_exec = fake_kexec_exec,
    .version = fake_version,
    .host = fake_host,
    .domains = fake_domains,
    .memory_map = fake_memory_map,
    .name = fake_name,
    .now_ns = fake_now_ns,
    .sleep_ms = fake_sleep_ms,
};

int fake_connect(struct irx_xen *xen, struct irx_error *e)
{
    (void)e;
    *xen = (struct irx_xen){.ops = &fake_ops, .ctx = fake_current};
    return 0;
}
