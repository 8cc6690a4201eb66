/* SPDX-License-Identifier: GPL-2.0-only */
#include "fake_parts.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <interrex/note.h>

#define LIVE_SIZE (1 * MIB) /* what dom0 may read */

struct fake_xen *fake_current;

struct irx_anchor *fake_anchor(struct fake_xen *x)
{
    return (struct irx_anchor *)x->region;
}

static void *entry(struct fake_xen *x, const struct irx_table *t, uint32_t i)
{
    return x->region + t->off + (size_t)i * t->stride;
}

struct irx_cpu *fake_cpu(struct fake_xen *x, uint32_t i)
{
    return entry(x, &fake_anchor(x)->cpus, i);
}

struct irx_vcpu *fake_vcpu(struct fake_xen *x, uint32_t index)
{
    return entry(x, &fake_anchor(x)->vcpus, index);
}

struct irx_domain *fake_domain_entry(struct fake_xen *x, uint32_t i)
{
    return entry(x, &fake_anchor(x)->domains, i);
}

struct irx_domain *fake_domain(struct fake_xen *x, uint32_t domid)
{
    for (uint32_t i = 0; i < FAKE_DOMAINS; i++)
        if (fake_domain_entry(x, i)->generation && fake_domain_entry(x, i)->domid == domid &&
            fake_domain_entry(x, i)->state != IRX_DOM_WITH_XEN)
            return fake_domain_entry(x, i);
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
    a->region_size = FAKE_REGION_SIZE;
    a->tsc_khz = 1;
    a->cpus = table(&off, sizeof(struct irx_cpu), FAKE_CPUS);
    a->domains = table(&off, sizeof(struct irx_domain), FAKE_DOMAINS);
    a->vcpus = table(&off, sizeof(struct irx_vcpu), FAKE_VCPUS);
    a->log = span(&off, sizeof(struct irx_log) + FAKE_LOG, IRX_PAGE_SIZE);
    ((struct irx_log *)(x->region + a->log.off))->size = FAKE_LOG;
    a->failure = span(&off, IRX_PAGE_SIZE, IRX_PAGE_SIZE);
    a->data = span(&off, IRX_PAGE_SIZE, IRX_PAGE_SIZE);
    off = 2 * MIB;
    a->shim = span(&off, 2 * MIB, 2 * MIB);
    a->shim_heap = span(&off, 2 * MIB, 2 * MIB);
    a->slots[0].span = span(&off, 16 * MIB, 2 * MIB);
    a->slots[1].span = span(&off, 16 * MIB, 2 * MIB);
    a->fallback = span(&off, 8 * MIB, 2 * MIB);
}

void fake_init(struct fake_xen *x)
{
    *x = (struct fake_xen){.now = 1000000000,
                           .boot_tsc = 1000,
                           .dom0_tsc = 2000,
                           .memory_mib = 1024,
                           .cmdline = "dom0=pvh liveupdate=64M console=com1"};
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
        held += fake_domain_entry(x, i)->generation &&
                fake_domain_entry(x, i)->state == IRX_DOM_RUNNING;
    return held;
}

unsigned int fake_lent(struct fake_xen *x)
{
    unsigned int count = 0;

    for (uint32_t i = 0; i < FAKE_CPUS; i++)
        count += fake_cpu(x, i)->state != IRX_CPU_XEN && fake_cpu(x, i)->state != IRX_CPU_DEAD;
    return count;
}

unsigned int fake_dead(struct fake_xen *x)
{
    unsigned int count = 0;

    for (uint32_t i = 0; i < FAKE_CPUS; i++)
        count += fake_cpu(x, i)->state == IRX_CPU_DEAD;
    return count;
}

bool fake_normal(struct fake_xen *x)
{
    for (uint32_t i = 0; i < FAKE_DOMAINS; i++)
        if (fake_domain_entry(x, i)->generation &&
            fake_domain_entry(x, i)->state != IRX_DOM_WITH_XEN)
            return false;
    return fake_lent(x) == 0 && fake_anchor(x)->host_state <= IRX_HOST_LOADED;
}

/* ---- the table of struct irx_xen_ops ---- */

int fake_fails(struct fake_xen *x, uint32_t cmd, uint32_t domid)
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

struct fake_guest *fake_guest_of(struct fake_xen *x, uint32_t domid)
{
    for (uint32_t i = 0; i < FAKE_DOMAINS; i++)
        if (x->guests[i].domid == domid)
            return &x->guests[i];
    return NULL;
}

static int fake_kexec_load(void *ctx, const struct irx_image *image)
{
    struct fake_xen *x = ctx;
    int rc = fake_fails(x, FAKE_KEXEC_LOAD, 0);

    if (rc)
        return rc;
    for (unsigned int i = 0; i < image->count; i++)
        if (image->segments[i].dest < FAKE_REGION ||
            image->segments[i].dest + image->segments[i].memsz > FAKE_REGION + FAKE_REGION_SIZE)
            return -EADDRNOTAVAIL;
    x->loaded_target = true;
    return 0;
}

static int fake_kexec_unload(void *ctx)
{
    ((struct fake_xen *)ctx)->loaded_target = false;
    return 0;
}

/* What a target leaves behind that cannot make the guests anew. */
static void leave_failure(struct fake_xen *x)
{
    static const char text[] = "(XEN) [    1.000000] Panic on CPU 0:\r\n(XEN) no \377 go\n";
    struct irx_anchor *a = fake_anchor(x);
    struct irx_failure *f = (struct irx_failure *)(x->region + a->failure.off);

    *f = (struct irx_failure){.generation = a->generation,
                              .stage = IRX_BOOT_GUESTS,
                              .cause = x->failure_cause,
                              .text_size = sizeof(text) - 1,
                              .cr2 = 0x1234,
                              .build_id = {0xab, 0xcd}};
    memcpy(f + 1, text, sizeof(text) - 1);
    a->attempts++;
    a->fallback_used = 0;
}

/* A PV guest stops after dom0, and runs on before it. */
static void let_parked_go_on(struct fake_xen *x)
{
    for (uint32_t i = 0, entry = 0; i < FAKE_DOMAINS; i++) {
        const struct fake_guest *g = &x->guests[i];

        if (!g->domid || !g->pv)
            continue;
        while (fake_domain_entry(x, entry)->generation)
            entry++;
        *fake_domain_entry(x, entry) = (struct irx_domain){
            .state = IRX_DOM_WITH_XEN,
            .domid = (uint16_t)g->domid,
            .generation = fake_anchor(x)->generation,
            .pause_tsc = x->exec_tsc + 1000000,
            .resume_tsc = g->crashes ? 0 : x->dom0_tsc - 2000000,
            .vcpu_count = g->vcpus};
    }
}

static int fake_kexec_exec(void *ctx)
{
    struct fake_xen *x = ctx;
    int rc = fake_fails(x, FAKE_KEXEC_EXEC, 0);

    if (rc || !x->loaded_target)
        return rc ? rc : -ENOENT;
    if (x->stays)
        return 0;
    x->loaded_target = false;
    x->number++;
    x->changes++;
    if (x->target_fails && fake_anchor(x)->fallback_used)
        leave_failure(x);
    x->exec_tsc = x->now + 1000000;
    x->boot_tsc = x->now + 3000000;
    x->dom0_tsc = x->now + 503000000;
    x->now += 504000000;
    fake_anchor(x)->host_state = IRX_HOST_CLAIMING;
    x->beside = false;
    x->came = 0;
    for (uint32_t i = 0; i < FAKE_DOMAINS; i++)
        if (fake_domain_entry(x, i)->state == IRX_DOM_RUNNING)
            x->came |= 1u << i;
    let_parked_go_on(x);
    return 0;
}

static int fake_version(void *ctx, struct irx_xen_version *version)
{
    const struct fake_xen *x = ctx;

    snprintf(version->version, sizeof(version->version), "4.17.5-fake-%c", 'A' + x->number % 26);
    snprintf(version->build_id, sizeof(version->build_id), "%040x", 0xabc0 + x->number);
    snprintf(version->cmdline, sizeof(version->cmdline), "%s", x->cmdline);
    return 0;
}

static int fake_host(void *ctx, struct irx_xen_host *host)
{
    const struct fake_xen *x = ctx;

    *host = (struct irx_xen_host){.online_cpus = FAKE_CPUS - fake_lent(ctx) - fake_dead(ctx),
                                  .memory_mib = x->memory_mib,
                                  .free_mib = 512};
    return 0;
}

static int fake_online(void *ctx, uint8_t *map, size_t size)
{
    memset(map, 0, size);
    for (uint32_t i = 0; i < FAKE_CPUS && i / 8 < size; i++)
        if (fake_cpu(ctx, i)->state == IRX_CPU_XEN)
            map[i / 8] |= (uint8_t)(1u << i % 8);
    return 0;
}

static int fake_domains(void *ctx, struct irx_xen_domain *list, unsigned int room)
{
    struct fake_xen *x = ctx;
    unsigned int count = 0;

    list[count++] = (struct irx_xen_domain){.domid = 0, .vcpus = 1, .memory_kib = 512 << 10};
    for (uint32_t i = 0; i < FAKE_DOMAINS && count < room; i++)
        if (x->guests[i].domid)
            list[count++] = (struct irx_xen_domain){.domid = x->guests[i].domid,
                                                    .vcpus = x->guests[i].vcpus,
                                                    .memory_kib = 256 << 10,
                                                    .dying = x->guests[i].dying,
                                                    .pv = x->guests[i].pv};
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

static bool fake_suspends(void *ctx, uint32_t domid)
{
    const struct fake_guest *g = fake_guest_of(ctx, domid);

    return g && g->suspends;
}

static int fake_name(void *ctx, uint32_t domid, char *name, size_t size)
{
    const struct fake_guest *g = fake_guest_of(ctx, domid);

    if (!g || !g->name)
        return -ENOENT;
    snprintf(name, size, "%s", g->name);
    return 0;
}

static int fake_crash_image(void *ctx)
{
    return ((struct fake_xen *)ctx)->crash_image;
}

static int fake_watchdog_user(void *ctx, char *name, size_t size)
{
    const struct fake_xen *x = ctx;

    if (!x->watchdog_user)
        return 0;
    snprintf(name, size, "%s", x->watchdog_user);
    return 1;
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
    .online = fake_online,
    .domains = fake_domains,
    .memory_map = fake_memory_map,
    .suspends = fake_suspends,
    .name = fake_name,
    .crash_image = fake_crash_image,
    .watchdog_user = fake_watchdog_user,
    .now_ns = fake_now_ns,
    .sleep_ms = fake_sleep_ms,
};

int fake_connect(struct irx_xen *xen, struct irx_error *e)
{
    (void)e;
    *xen = (struct irx_xen){.ops = &fake_ops, .ctx = fake_current};
    return 0;
}
