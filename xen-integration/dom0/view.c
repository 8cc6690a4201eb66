/* SPDX-License-Identifier: GPL-2.0-only */
#include "view.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <interrex/live.h>

#define LOG_MAX (64u << 20) /* bytes; far above any layout, far below harm */

static int unreadable(struct irx_error *e, int rc, const char *what)
{
    return irx_fail(e, rc, "see `xl dmesg`", "cannot read %s from the region: %s", what,
                    strerror(-rc));
}

static int check_anchor(const struct irx_anchor *a, const struct irx_op_info *info,
                        struct irx_error *e)
{
    struct irx_live_error why = {0};
    int rc = irx_anchor_validate(a, info->region_base, info->region_size, &why);

    if (rc)
        return irx_fail(e, rc, "do not update this host; reboot it when its guests allow",
                        "the region's anchor is damaged: %s: %s (found 0x%llx, expected 0x%llx)",
                        why.what, irx_live_error_text(why.code), (unsigned long long)why.value,
                        (unsigned long long)why.expected);
    return 0;
}

/* An entry of this size as a Xen of another version has it: what it lacks is zero. */
static void take_entry(void *to, size_t size, const uint8_t *from, size_t stride)
{
    memset(to, 0, size);
    memcpy(to, from, size < stride ? size : stride);
}

/* Reads a whole table, entry by entry of its stride. Returns NULL when out of memory or unreadable.
 */
static uint8_t *read_table(const struct irx_xen *xen, const struct irx_table *t, int *rc)
{
    uint64_t size = (uint64_t)t->stride * t->count;
    uint8_t *bytes = malloc(size ? size : 1);

    *rc = bytes ? irx_xen_read(xen, t->off, bytes, size) : -ENOMEM;
    if (*rc) {
        free(bytes);
        return NULL;
    }
    return bytes;
}

static int read_cpus(const struct irx_xen *xen, struct irx_view *view)
{
    const struct irx_table *t = &view->anchor.cpus;
    int rc;
    uint8_t *bytes = read_table(xen, t, &rc);

    if (!bytes)
        return rc;
    view->cpus = calloc(t->count + 1, sizeof(*view->cpus));
    view->dead = calloc(t->count + 1, sizeof(*view->dead));
    if (!view->cpus || !view->dead)
        rc = -ENOMEM;
    for (uint32_t i = 0; rc == 0 && i < t->count; i++) {
        struct irx_cpu *cpu = &view->cpus[view->cpu_count];

        take_entry(cpu, sizeof(*cpu), bytes + (size_t)i * t->stride, t->stride);
        if (cpu->state == IRX_CPU_DEAD)
            view->dead[view->dead_count++] = (struct irx_dead_cpu){.entry = i, .cpu = *cpu};
        else if (cpu->state != IRX_CPU_XEN)
            view->cpu_count++;
    }
    free(bytes);
    return rc;
}

static int read_domains(const struct irx_xen *xen, struct irx_view *view)
{
    const struct irx_anchor *a = &view->anchor;
    const struct irx_table *t = &a->domains;
    int rc;
    uint8_t *bytes = read_table(xen, t, &rc);

    if (!bytes)
        return rc;
    view->domains = calloc(t->count + 1, sizeof(*view->domains));
    if (!view->domains)
        rc = -ENOMEM;
    for (uint32_t i = 0; rc == 0 && i < t->count; i++) {
        struct irx_domain *d = &view->domains[view->domain_count];

        take_entry(d, sizeof(*d), bytes + (size_t)i * t->stride, t->stride);
        if (a->generation == 0 || d->generation != a->generation)
            continue;
        if (d->vcpu_first > a->vcpus.count || d->vcpu_count > a->vcpus.count - d->vcpu_first)
            continue; /* an entry half written; it counts as empty */
        view->domain_count++;
    }
    free(bytes);
    return rc;
}

int irx_view_read(const struct irx_xen *xen, struct irx_view *view, struct irx_error *e)
{
    struct irx_op_info info;
    int rc = irx_xen_require(xen, &info, e);

    *view = (struct irx_view){0};
    if (rc)
        return rc;
    if (info.region_size == 0)
        return irx_fail(e, -ENODEV, "boot Xen with liveupdate=<size> on its command line",
                        "Xen has no live-update region");
    rc = irx_xen_read(xen, 0, &view->anchor, sizeof(view->anchor));
    if (rc)
        return unreadable(e, rc, "the anchor");
    rc = check_anchor(&view->anchor, &info, e);
    if (rc)
        return rc;
    rc = read_cpus(xen, view);
    if (rc)
        return unreadable(e, rc, "the CPUs");
    rc = read_domains(xen, view);
    if (rc)
        return unreadable(e, rc, "the domains");
    return 0;
}

void irx_view_free(struct irx_view *view)
{
    free(view->cpus);
    free(view->dead);
    free(view->domains);
    *view = (struct irx_view){0};
}

uint32_t irx_view_lent(const struct irx_xen *xen)
{
    struct irx_error ignored;
    struct irx_view view;
    uint32_t lent = irx_view_read(xen, &view, &ignored) == 0 ? view.cpu_count : 0;

    irx_view_free(&view);
    return lent;
}

bool irx_view_any_dead(const struct irx_xen *xen)
{
    struct irx_error ignored;
    struct irx_view view;
    bool dead = irx_view_read(xen, &view, &ignored) == 0 && view.dead_count;

    irx_view_free(&view);
    return dead;
}

const struct irx_domain *irx_view_find(const struct irx_view *view, uint32_t domid)
{
    for (unsigned int i = 0; i < view->domain_count; i++)
        if (view->domains[i].domid == domid)
            return &view->domains[i];
    return NULL;
}

/* What is behind the records, if the Xen that made the table has it. */
static int read_tail(const struct irx_xen *xen, const struct irx_anchor *a, irx_off_t entry,
                     struct irx_vcpu *vcpu)
{
    const size_t off = offsetof(struct irx_vcpu, xen_wait_ns);

    if (a->vcpus.stride < off + sizeof(vcpu->xen_wait_ns))
        return 0;
    return irx_xen_read(xen, entry + off, &vcpu->xen_wait_ns, sizeof(vcpu->xen_wait_ns));
}

int irx_view_vcpu(const struct irx_xen *xen, const struct irx_anchor *anchor, uint32_t index,
                  struct irx_vcpu *vcpu, struct irx_error *e)
{
    irx_off_t entry = anchor->vcpus.off + (uint64_t)index * anchor->vcpus.stride;
    int rc;

    memset(vcpu, 0, sizeof(*vcpu));
    if (index >= anchor->vcpus.count)
        return irx_fail(e, -ERANGE, NULL, "vCPU entry %u is beyond the table of %u", index,
                        anchor->vcpus.count);
    rc = irx_xen_read(xen, entry, vcpu, IRX_VCPU_HEAD);
    if (rc == 0)
        rc = read_tail(xen, anchor, entry, vcpu);
    return rc ? unreadable(e, rc, "a vCPU") : 0;
}

char *irx_view_log(const struct irx_xen *xen, const struct irx_anchor *anchor, struct irx_error *e)
{
    struct irx_log head;
    char *ring = NULL, *text = NULL;
    uint64_t size, used, start;
    int rc;

    if (anchor->log.size < sizeof(head) || anchor->log.size > LOG_MAX) {
        irx_fail(e, -EPROTO, "see `interrex status --log` and `xl dmesg`",
                 "the shim's log has an odd size of %llu bytes",
                 (unsigned long long)anchor->log.size);
        return NULL;
    }
    rc = irx_xen_read(xen, anchor->log.off, &head, sizeof(head));
    size = head.size;
    if (rc == 0 && (size == 0 || size > anchor->log.size - sizeof(head)))
        size = head.head ? anchor->log.size - sizeof(head) : 0;
    ring = malloc(size + 1);
    text = calloc(1, size + 1);
    if (rc == 0 && (!ring || !text))
        rc = -ENOMEM;
    if (rc == 0 && size)
        rc = irx_xen_read(xen, anchor->log.off + sizeof(head), ring, size);
    if (rc) {
        unreadable(e, rc, "the log");
        free(ring);
        free(text);
        return NULL;
    }
    used = head.head < size ? head.head : size;
    start = head.head - used;
    for (uint64_t i = 0; i < used; i++)
        text[i] = ring[(start + i) % size];
    free(ring);
    if (start) { /* the ring has wrapped: the first line is only a tail */
        char *line = strchr(text, '\n');

        if (line)
            memmove(text, line + 1, strlen(line + 1) + 1);
    }
    return text;
}

bool irx_host_in_use(uint32_t host_state)
{
    return host_state != IRX_HOST_IDLE && host_state != IRX_HOST_LOADED;
}

bool irx_host_jumped(uint32_t host_state)
{
    return host_state == IRX_HOST_CLAIMING;
}

const char *irx_host_way_out(uint32_t host_state)
{
    return irx_host_jumped(host_state) ? "finish" : "abort";
}

#define NAME(table, value) ((value) < sizeof(table) / sizeof(*(table)) ? (table)[value] : "?")

const char *irx_host_state_name(uint32_t state)
{
    static const char *const names[] = {"idle",         "loaded",   "lending",   "holding",
                                        "handing-over", "claiming", "recovering"};

    return NAME(names, state);
}

const char *irx_shim_state_name(uint32_t state)
{
    static const char *const names[] = {"not entered", "ready", "failed"};

    return NAME(names, state);
}

const char *irx_cpu_state_name(uint32_t state)
{
    static const char *const names[] = {"xen", "lent", "held", "draining", "released", "dead"};

    return NAME(names, state);
}

const char *irx_domain_state_name(uint32_t state)
{
    static const char *const names[] = {"with-xen", "preparing", "prepared", "entering", "running",
                                        "freezing", "frozen",    "claimed",  "failed",   "saved"};

    return NAME(names, state);
}

const char *irx_vcpu_state_name(uint32_t state)
{
    static const char *const names[] = {"down", "runnable", "running", "blocked", "parked"};

    return NAME(names, state);
}

const char *irx_exit_name(uint32_t class)
{
    static const char *const names[] = {
        "cpuid",     "msr", "hlt", "pause",  "hypercall", "npf", "intr", "nmi",      "vintr",
        "exception", "cr",  "dr",  "xsetbv", "cache",     "tsc", "io",   "shutdown", "other"};

    return NAME(names, class);
}
