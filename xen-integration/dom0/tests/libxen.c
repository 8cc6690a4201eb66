/* SPDX-License-Identifier: GPL-2.0-only */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <xencall.h>
#include <xenstore.h>

#include "libxen.h"

#define HANDLE(type) ((type *)(uintptr_t)0x1000) /* nobody looks into it */

struct lib lib;

/* ---- libxencall ---- */

xencall_handle *xencall_open(struct xentoollog_logger *logger, unsigned int flags)
{
    (void)logger;
    (void)flags;
    errno = ENOENT;
    lib.opened += !lib.no_call;
    return lib.no_call ? NULL : HANDLE(xencall_handle);
}

int xencall_close(xencall_handle *call)
{
    assert_ptr_equal(call, HANDLE(xencall_handle));
    lib.opened--;
    return 0;
}

void *xencall_alloc_buffer(xencall_handle *call, size_t size)
{
    (void)call;
    if (++lib.asked == lib.no_memory_at)
        return NULL;
    lib.buffers++;
    return malloc(size ? size : 1);
}

void xencall_free_buffer(xencall_handle *call, void *p)
{
    (void)call;
    assert_non_null(p);
    lib.buffers--;
    free(p);
}

/* Xen's half of an operation with a buffer. */
static void play_op(struct irx_op *op)
{
    if (op->cmd == IRX_OP_LOAD_SHIM)
        memcpy(lib.sent, (const void *)(uintptr_t)op->u.load.image, op->u.load.image_size);
    if (op->cmd == IRX_OP_READ)
        memset((void *)(uintptr_t)op->u.read.buffer, 0x5a, op->u.read.size);
    if (op->cmd == IRX_OP_INFO)
        op->u.info.region_size = 4711;
}

int xencall2(xencall_handle *call, unsigned int op, uint64_t arg1, uint64_t arg2)
{
    static const size_t sizes[] = {
        [KEXEC_CMD_kexec] = sizeof(xen_kexec_exec_t),
        [KEXEC_CMD_kexec_load] = sizeof(xen_kexec_load_t),
        [KEXEC_CMD_kexec_unload] = sizeof(xen_kexec_unload_t),
        [KEXEC_CMD_kexec_status] = sizeof(xen_kexec_status_t),
    };

    assert_ptr_equal(call, HANDLE(xencall_handle));
    assert_int_equal(op, __HYPERVISOR_kexec_op);
    lib.calls++;
    lib.cmd = arg1;
    memcpy(&lib.arg, (void *)(uintptr_t)arg2,
           arg1 == IRX_KEXEC_CMD ? sizeof(struct irx_op) : sizes[arg1]);
    if (arg1 == KEXEC_CMD_kexec_load)
        memcpy(lib.segments, (void *)(uintptr_t)lib.arg.load.segments._pad,
               lib.arg.load.nr_segments * sizeof(lib.segments[0]));
    if (lib.error) {
        errno = lib.error;
        return -1;
    }
    if (arg1 == IRX_KEXEC_CMD)
        play_op((struct irx_op *)(uintptr_t)arg2);
    return lib.answer;
}

/* ---- libxenctrl ---- */

xentoollog_logger_stdiostream *xtl_createlogger_stdiostream(FILE *f, xentoollog_level level,
                                                            unsigned int flags)
{
    (void)f;
    (void)flags;
    assert_int_equal(level, XTL_CRITICAL);
    lib.opened++;
    return HANDLE(xentoollog_logger_stdiostream);
}

void xtl_logger_destroy(struct xentoollog_logger *logger)
{
    (void)logger;
    lib.opened--;
}

xc_interface *xc_interface_open(xentoollog_logger *logger, xentoollog_logger *dombuild_logger,
                                unsigned int flags)
{
    (void)logger;
    (void)dombuild_logger;
    (void)flags;
    errno = EACCES;
    lib.opened += !lib.no_xc;
    return lib.no_xc ? NULL : HANDLE(xc_interface);
}

int xc_interface_close(xc_interface *xc)
{
    (void)xc;
    lib.opened--;
    return 0;
}

static int answer(int value)
{
    errno = lib.error;
    return lib.error ? -1 : value;
}

int xc_version(xc_interface *xc, int cmd, void *arg)
{
    xen_build_id_t *id = arg;

    (void)xc;
    switch (cmd) {
    case XENVER_version:
        return answer(4 << 16 | 17);
    case XENVER_extraversion:
        memcpy(arg, ".5-interrex-A", 14);
        return answer(0);
    case XENVER_commandline:
        memset(arg, 'x', sizeof(xen_commandline_t)); /* without an end */
        return answer(0);
    default:
        assert_int_equal(cmd, XENVER_build_id);
        assert_int_equal(id->len, 64);
        for (unsigned char i = 0; i < 64; i++)
            id->buf[i] = (unsigned char)(i + 0xa0);
        return lib.no_build_id ? -1 : answer(64);
    }
}

int xc_physinfo(xc_interface *xc, xc_physinfo_t *info)
{
    (void)xc;
    info->nr_cpus = 3;
    info->total_pages = 2048 * 256;
    info->free_pages = 100 * 256;
    return answer(0);
}

int xc_get_cpumap_size(xc_interface *xc)
{
    (void)xc;
    return 2;
}

/* Pools 0 and 5. */
xc_cpupoolinfo_t *xc_cpupool_getinfo(xc_interface *xc, uint32_t id)
{
    static xc_cpupoolinfo_t pool;
    static uint8_t map[2];

    (void)xc;
    if (id > 5)
        return NULL;
    pool = (xc_cpupoolinfo_t){.cpupool_id = id ? 5 : 0, .cpumap = map};
    map[0] = id ? 0 : 0x13;
    map[1] = id ? 0x40 : 0;
    lib.opened++;
    return &pool;
}

void xc_cpupool_infofree(xc_interface *xc, xc_cpupoolinfo_t *info)
{
    (void)xc;
    (void)info;
    lib.opened--;
}

xc_cpumap_t xc_cpupool_freeinfo(xc_interface *xc)
{
    uint8_t *map = NULL;

    (void)xc;
    errno = lib.error;
    if (!lib.no_pools_left) {
        map = calloc(1, 2);
        assert_non_null(map);
        map[0] = 0x80;
    }
    return map;
}

int xc_domain_getinfolist(xc_interface *xc, uint32_t first_domain, unsigned int max_domains,
                          xc_domaininfo_t *info)
{
    (void)xc;
    assert_int_equal(first_domain, 0);
    assert_int_equal(max_domains, 4);
    info[0] = (xc_domaininfo_t){.domain = 0, .max_vcpu_id = 1, .tot_pages = 256};
    info[1] = (xc_domaininfo_t){.domain = 7, .tot_pages = 1, .flags = XEN_DOMINF_dying};
    return answer(2);
}

int xc_get_machine_memory_map(xc_interface *xc, struct e820entry entries[], uint32_t max_entries)
{
    (void)xc;
    assert_int_equal(max_entries, 4);
    entries[0] = (struct e820entry){.addr = 0x100000, .size = 1u << 30, .type = 1};
    return answer(1);
}

/* ---- libxenstore ---- */

struct xs_handle *xs_open(unsigned long flags)
{
    assert_int_equal(flags, XS_OPEN_READONLY | XS_OPEN_SOCKETONLY);
    errno = ECONNREFUSED;
    lib.opened += !lib.no_xs;
    return lib.no_xs ? NULL : HANDLE(struct xs_handle);
}

void xs_close(struct xs_handle *xs)
{
    assert_ptr_equal(xs, HANDLE(struct xs_handle));
    lib.opened--;
}

void *xs_read(struct xs_handle *h, xs_transaction_t t, const char *path, unsigned int *len)
{
    const char *value = strstr(path, "/name") ? lib.name : lib.shutdown;

    (void)h;
    assert_int_equal(t, XBT_NULL);
    snprintf(lib.path, sizeof(lib.path), "%s", path);
    *len = value ? (unsigned int)strlen(value) : 0;
    return value ? strdup(value) : NULL;
}
