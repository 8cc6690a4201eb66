/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The real Xen: hypercalls through libxencall, lists through libxenctrl, names
 * through libxenstore.
 *
 * Whatever Xen reads or writes lies in hypercall buffers, which stay resident.
 * The connection to xenstored is opened for one read and closed again: nothing
 * of ours is open there across a kexec.
 */
#include "uses.h"
#include "saver.h"
#include "xen.h"

#include <elf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <xenctrl.h>
#include <xencall.h>
#include <xenstore.h>
#include <xen/kexec.h>
#include <xen/version.h>

/*
 * A hypercall buffer that is there as long as the connection: operations need no memory of dom0's, which may
 * have none while guests are held. What is larger is read before that.
 */
struct kept {
    struct irx_op op;
    uint8_t payload[IRX_XEN_READ_MAX];
};

struct real_xen {
    xentoollog_logger *quiet; /* the libraries print nothing: the tool says it, once */
    xencall_handle *call;
    xc_interface *xc;
    struct kept *kept;
};

/* The hypercall itself; answers 0 or -errno. */
static int kexec_op(struct real_xen *x, uint64_t cmd, void *arg)
{
    int rc = xencall2(x->call, __HYPERVISOR_kexec_op, cmd, (uintptr_t)arg);

    return rc < 0 ? -errno : rc;
}

/* Where the command keeps the address of its buffer; NULL: it has none. */
static uint64_t *payload_field(struct irx_op *op, bool *in, bool *out)
{
    *in = *out = false;
    switch (op->cmd) {
    case IRX_OP_LOAD_SHIM:
        *in = true;
        return &op->u.load.image;
    case IRX_OP_FALLBACK:
        *in = true;
        return &op->u.fallback.image;
    case IRX_OP_CHECK:
        *out = true;
        return &op->u.check.reasons;
    case IRX_OP_AUDIT:
        *out = true;
        return &op->u.audit.differences;
    case IRX_OP_READ:
        *out = true;
        return &op->u.read.buffer;
    default:
        return NULL;
    }
}

static int real_op(void *ctx, struct irx_op *op, void *payload, size_t size)
{
    struct real_xen *x = ctx;
    struct irx_op *shared = &x->kept->op;
    void *buffer = NULL;
    uint64_t *field;
    bool in, out;
    int rc;

    *shared = *op;
    field = payload_field(shared, &in, &out);
    if (field && size) {
        buffer = size <= sizeof(x->kept->payload) ? x->kept->payload
                                                  : xencall_alloc_buffer(x->call, size);
        if (!buffer)
            return -ENOMEM;
        if (in)
            memcpy(buffer, payload, size);
        else
            memset(buffer, 0, size);
        *field = (uintptr_t)buffer;
    }
    rc = kexec_op(x, IRX_KEXEC_CMD, shared);
    if (rc == 0) {
        *op = *shared;
        if (out && buffer)
            memcpy(payload, buffer, size);
    }
    if (buffer && buffer != x->kept->payload)
        xencall_free_buffer(x->call, buffer);
    return rc;
}

static int real_kexec_load(void *ctx, const struct irx_image *image)
{
    struct real_xen *x = ctx;
    xen_kexec_load_t *load = xencall_alloc_buffer(x->call, sizeof(*load));
    xen_kexec_segment_t *segments = xencall_alloc_buffer(x->call, IRX_IMAGE_SEGMENTS_MAX *
                                                                      sizeof(*segments));
    void *buffers[IRX_IMAGE_SEGMENTS_MAX] = {0};
    int rc = -ENOMEM;

    if (!load || !segments)
        goto done;
    memset(load, 0, sizeof(*load));
    memset(segments, 0, IRX_IMAGE_SEGMENTS_MAX * sizeof(*segments));
    for (unsigned int i = 0; i < image->count; i++) {
        const struct irx_image_segment *from = &image->segments[i];

        buffers[i] = xencall_alloc_buffer(x->call, from->size);
        if (!buffers[i])
            goto done;
        memcpy(buffers[i], from->buf, from->size);
        segments[i].buf._pad = (uintptr_t)buffers[i];
        segments[i].buf_size = from->size;
        segments[i].dest_maddr = from->dest;
        segments[i].dest_size = from->memsz;
    }
    load->type = IRX_KEXEC_TYPE_LIVE_UPDATE;
    load->arch = EM_386; /* image.h: entered in 32-bit mode */
    load->nr_segments = image->count;
    load->segments._pad = (uintptr_t)segments;
    load->entry_maddr = image->entry;
    rc = kexec_op(x, KEXEC_CMD_kexec_load, load);
done:
    for (unsigned int i = 0; i < IRX_IMAGE_SEGMENTS_MAX; i++)
        if (buffers[i])
            xencall_free_buffer(x->call, buffers[i]);
    if (segments)
        xencall_free_buffer(x->call, segments);
    if (load)
        xencall_free_buffer(x->call, load);
    return rc;
}

static int real_kexec_unload(void *ctx)
{
    struct real_xen *x = ctx;
    xen_kexec_unload_t *unload = xencall_alloc_buffer(x->call, sizeof(*unload));
    int rc;

    if (!unload)
        return -ENOMEM;
    unload->type = IRX_KEXEC_TYPE_LIVE_UPDATE;
    rc = kexec_op(x, KEXEC_CMD_kexec_unload, unload);
    xencall_free_buffer(x->call, unload);
    return rc;
}

static int real_kexec_exec(void *ctx)
{
    struct real_xen *x = ctx;
    xen_kexec_exec_t *exec = xencall_alloc_buffer(x->call, sizeof(*exec));
    int rc;

    if (!exec)
        return -ENOMEM;
    exec->type = IRX_KEXEC_TYPE_LIVE_UPDATE;
    rc = kexec_op(x, KEXEC_CMD_kexec, exec);
    xencall_free_buffer(x->call, exec);
    return rc;
}

static int real_crash_image(void *ctx)
{
    struct real_xen *x = ctx;
    xen_kexec_status_t *status = xencall_alloc_buffer(x->call, sizeof(*status));
    int rc;

    if (!status)
        return -ENOMEM;
    status->type = KEXEC_TYPE_CRASH;
    rc = kexec_op(x, KEXEC_CMD_kexec_status, status);
    xencall_free_buffer(x->call, status);
    return rc;
}

static int real_watchdog_user(void *ctx, char *name, size_t size)
{
    (void)ctx;
    return irx_watchdog_user("/proc", name, size);
}

static int real_version(void *ctx, struct irx_xen_version *version)
{
    struct real_xen *x = ctx;
    xen_extraversion_t extra = {0};
    xen_commandline_t cmdline = {0};
    union {
        xen_build_id_t id;
        unsigned char room[sizeof(xen_build_id_t) + 64];
    } build = {.id.len = 64};
    int number = xc_version(x->xc, XENVER_version, NULL);
    int length;

    *version = (struct irx_xen_version){0};
    if (number < 0 || xc_version(x->xc, XENVER_extraversion, &extra) < 0 ||
        xc_version(x->xc, XENVER_commandline, &cmdline) < 0)
        return -errno;
    snprintf(version->version, sizeof(version->version), "%d.%d%.*s", number >> 16, number & 0xffff,
             (int)sizeof(extra), extra);
    snprintf(version->cmdline, sizeof(version->cmdline), "%.*s", (int)sizeof(cmdline) - 1, cmdline);
    length = xc_version(x->xc, XENVER_build_id, &build);
    for (size_t i = 0; length > 0 && i < (size_t)length && i * 2 + 3 <= sizeof(version->build_id);
         i++)
        sprintf(version->build_id + i * 2, "%02x", build.id.buf[i]);
    return 0;
}

static int real_host(void *ctx, struct irx_xen_host *host)
{
    struct real_xen *x = ctx;
    xc_physinfo_t info = {0};

    if (xc_physinfo(x->xc, &info) < 0)
        return -errno;
    host->online_cpus = info.nr_cpus;
    host->memory_mib = info.total_pages / 256;
    host->free_mib = info.free_pages / 256;
    return 0;
}

static void add_map(uint8_t *map, size_t size, const struct real_xen *x, const uint8_t *from)
{
    int bytes = xc_get_cpumap_size(x->xc);

    for (size_t i = 0; from && bytes > 0 && i < (size_t)bytes && i < size; i++)
        map[i] |= from[i];
}

/* Every CPU that is online is in a pool, or free to be put into one. */
static int real_online(void *ctx, uint8_t *map, size_t size)
{
    struct real_xen *x = ctx;
    xc_cpupoolinfo_t *pool;
    xc_cpumap_t free_cpus;

    memset(map, 0, size);
    for (uint32_t id = 0; (pool = xc_cpupool_getinfo(x->xc, id)); id++) {
        id = pool->cpupool_id;
        add_map(map, size, x, pool->cpumap);
        xc_cpupool_infofree(x->xc, pool);
    }
    free_cpus = xc_cpupool_freeinfo(x->xc);
    if (!free_cpus)
        return errno ? -errno : -EIO;
    add_map(map, size, x, free_cpus);
    free(free_cpus);
    return 0;
}

static int real_domains(void *ctx, struct irx_xen_domain *list, unsigned int room)
{
    struct real_xen *x = ctx;
    xc_domaininfo_t *info = calloc(room, sizeof(*info));
    int count;

    if (!info)
        return -ENOMEM;
    count = xc_domain_getinfolist(x->xc, 0, room, info);
    if (count < 0)
        count = -errno;
    for (int i = 0; i < count; i++)
        list[i] = (struct irx_xen_domain){
            .domid = info[i].domain,
            .vcpus = info[i].max_vcpu_id + 1,
            .memory_kib = info[i].tot_pages * 4,
            .dying = info[i].flags & XEN_DOMINF_dying,
            .pv = !(info[i].flags & XEN_DOMINF_hvm_guest),
        };
    free(info);
    return count;
}

static int real_memory_map(void *ctx, struct irx_image_memory *map, unsigned int room)
{
    struct real_xen *x = ctx;
    struct e820entry *entries = calloc(room, sizeof(*entries));
    int count;

    if (!entries)
        return -ENOMEM;
    count = xc_get_machine_memory_map(x->xc, entries, room);
    if (count < 0)
        count = -errno;
    for (int i = 0; i < count; i++)
        map[i] = (struct irx_image_memory){entries[i].addr, entries[i].size, entries[i].type};
    free(entries);
    return count;
}

/*
 * libxl's helper runs all the time; other toolstacks have what they want at least in this node, until
 * the guest begins to obey.
 */
static bool real_suspends(void *ctx, uint32_t domid)
{
    struct xs_handle *xs;
    char path[64], *value;
    unsigned int length;
    bool suspends;

    (void)ctx;
    if (irx_saver_runs("/proc", domid))
        return true;
    xs = xs_open(XS_OPEN_READONLY | XS_OPEN_SOCKETONLY);
    if (!xs)
        return false;
    snprintf(path, sizeof(path), "/local/domain/%u/control/shutdown", domid);
    value = xs_read(xs, XBT_NULL, path, &length);
    xs_close(xs);
    suspends = value && strcmp(value, "suspend") == 0;
    free(value);
    return suspends;
}

static int real_name(void *ctx, uint32_t domid, char *name, size_t size)
{
    struct xs_handle *xs = xs_open(XS_OPEN_READONLY | XS_OPEN_SOCKETONLY);
    char path[64];
    unsigned int length;
    char *value;

    (void)ctx;
    if (!xs)
        return -errno;
    snprintf(path, sizeof(path), "/local/domain/%u/name", domid);
    value = xs_read(xs, XBT_NULL, path, &length);
    xs_close(xs);
    if (!value)
        return -ENOENT;
    snprintf(name, size, "%.*s", (int)length, value);
    free(value);
    return 0;
}

static uint64_t real_now_ns(void *ctx)
{
    struct timespec now;

    (void)ctx;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000ull + (uint64_t)now.tv_nsec;
}

static void real_sleep_ms(void *ctx, unsigned int ms)
{
    struct timespec time = {ms / 1000, (long)(ms % 1000) * 1000000};

    (void)ctx;
    nanosleep(&time, NULL);
}

static void real_close(void *ctx)
{
    struct real_xen *x = ctx;

    if (x->kept)
        xencall_free_buffer(x->call, x->kept);
    if (x->xc)
        xc_interface_close(x->xc);
    if (x->call)
        xencall_close(x->call);
    if (x->quiet)
        xtl_logger_destroy(x->quiet);
    free(x);
}

static const struct irx_xen_ops real_ops = {
    .op = real_op,
    .kexec_load = real_kexec_load,
    .kexec_unload = real_kexec_unload,
    .kexec_exec = real_kexec_exec,
    .crash_image = real_crash_image,
    .watchdog_user = real_watchdog_user,
    .version = real_version,
    .host = real_host,
    .online = real_online,
    .domains = real_domains,
    .memory_map = real_memory_map,
    .suspends = real_suspends,
    .name = real_name,
    .now_ns = real_now_ns,
    .sleep_ms = real_sleep_ms,
    .close = real_close,
};

int irx_xen_connect(struct irx_xen *xen, struct irx_error *e)
{
    struct real_xen *x = calloc(1, sizeof(*x));

    if (!x)
        return irx_fail(e, -ENOMEM, "free some memory in dom0", "out of memory");
    x->quiet = (xentoollog_logger *)xtl_createlogger_stdiostream(stderr, XTL_CRITICAL, 0);
    x->call = xencall_open(x->quiet, 0);
    x->xc = x->call ? xc_interface_open(x->quiet, x->quiet, 0) : NULL;
    if (!x->xc) {
        int err = -errno;

        real_close(x);
        return irx_fail(e, err ? err : -ENODEV,
                        "run it as root in dom0 of a Xen host, with /dev/xen/privcmd present",
                        "cannot reach Xen: %s", strerror(-err));
    }
    x->kept = xencall_alloc_buffer(x->call, sizeof(*x->kept));
    if (!x->kept) {
        real_close(x);
        return irx_fail(e, -ENOMEM, "free some memory in dom0", "out of memory");
    }
    *xen = (struct irx_xen){.ops = &real_ops, .ctx = x};
    return 0;
}
