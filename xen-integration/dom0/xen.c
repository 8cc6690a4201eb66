/* SPDX-License-Identifier: GPL-2.0-only */
/* The commands of op.h on top of one op() of the backend. */
#include "xen.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "text.h"

#define LEND_MAX 15u /* op.h, struct irx_op_cpus.cpu[] */

/*
 * Another interrex may be at an operation, of which this Xen does one at a time. What changes
 * nothing waits for it: longer than any operation takes that goes well.
 */
#define BUSY_TRIES    1500u
#define BUSY_PAUSE_MS 10u

static int patiently(const struct irx_xen *xen, struct irx_op *op, void *payload, size_t size)
{
    int rc = xen->ops->op(xen->ctx, op, payload, size);

    for (unsigned int try = 1; rc == -EBUSY && try < BUSY_TRIES; try++) {
        xen->ops->sleep_ms(xen->ctx, BUSY_PAUSE_MS);
        rc = xen->ops->op(xen->ctx, op, payload, size);
    }
    return rc;
}

static int simple(const struct irx_xen *xen, struct irx_op *op, uint32_t cmd)
{
    op->cmd = cmd;
    op->version = IRX_ABI_VERSION;
    return xen->ops->op(xen->ctx, op, NULL, 0);
}

void irx_xen_close(struct irx_xen *xen)
{
    if (xen->ops && xen->ops->close)
        xen->ops->close(xen->ctx);
    *xen = (struct irx_xen){0};
}

int irx_xen_info(const struct irx_xen *xen, struct irx_op_info *info)
{
    struct irx_op op = {.cmd = IRX_OP_INFO, .version = IRX_ABI_VERSION};
    int rc = patiently(xen, &op, NULL, 0);

    if (rc == 0)
        *info = op.u.info;
    return rc;
}

int irx_xen_load_shim(const struct irx_xen *xen, const struct irx_op_load *load, const void *image)
{
    struct irx_op op = {.cmd = IRX_OP_LOAD_SHIM, .version = IRX_ABI_VERSION};

    op.u.load = *load;
    /* The backend only reads it: direction is the command's. */
    return xen->ops->op(xen->ctx, &op, (void *)(uintptr_t)image, load->image_size);
}

int irx_xen_load_beside(const struct irx_xen *xen)
{
    struct irx_op op = {.cmd = IRX_OP_LOAD_SHIM, .version = IRX_ABI_VERSION};

    return xen->ops->op(xen->ctx, &op, NULL, 0);
}

int irx_xen_fallback(const struct irx_xen *xen, struct irx_op_fallback *fallback, const void *image)
{
    struct irx_op op = {.cmd = IRX_OP_FALLBACK, .version = IRX_ABI_VERSION};
    int rc;

    op.u.fallback = *fallback;
    rc = xen->ops->op(xen->ctx, &op, (void *)(uintptr_t)image, fallback->image_size);
    if (rc == 0)
        *fallback = op.u.fallback;
    return rc;
}

int irx_xen_check(const struct irx_xen *xen, struct irx_op_check *check,
                  struct irx_op_reason *reasons, unsigned int room)
{
    struct irx_op op = {.cmd = IRX_OP_CHECK, .version = IRX_ABI_VERSION};
    int rc;

    memset(reasons, 0, room * sizeof(*reasons));
    op.u.check.capacity = room;
    rc = patiently(xen, &op, reasons, room * sizeof(*reasons));
    *check = rc ? (struct irx_op_check){0} : op.u.check;
    return rc;
}

int irx_xen_walks(const struct irx_xen *xen, struct irx_op_walks *walks)
{
    struct irx_op op = {.cmd = IRX_OP_WALKS, .version = IRX_ABI_VERSION};
    int rc = patiently(xen, &op, NULL, 0);

    *walks = rc ? (struct irx_op_walks){0} : op.u.walks;
    return rc;
}

int irx_xen_heap(const struct irx_xen *xen, struct irx_op_heap *heap)
{
    struct irx_op op = {.cmd = IRX_OP_HEAP, .version = IRX_ABI_VERSION};
    int rc = patiently(xen, &op, NULL, 0);

    *heap = rc ? (struct irx_op_heap){0} : op.u.heap;
    return rc;
}

/* Ends when a domain that is being destroyed is gone: as long as any other operation waits. */
int irx_xen_audit(const struct irx_xen *xen, struct irx_op_audit *audit,
                  struct irx_audit_difference *differences, unsigned int room)
{
    struct irx_op op;
    int rc = -EAGAIN;

    memset(differences, 0, room * sizeof(*differences));
    for (unsigned int try = 0; rc == -EAGAIN && try < BUSY_TRIES; try++) {
        if (try)
            xen->ops->sleep_ms(xen->ctx, BUSY_PAUSE_MS);
        op = (struct irx_op){.cmd = IRX_OP_AUDIT, .version = IRX_ABI_VERSION};
        op.u.audit = *audit;
        op.u.audit.capacity = room;
        rc = patiently(xen, &op, differences, room * sizeof(*differences));
    }
    if (rc == 0)
        *audit = op.u.audit;
    return rc;
}

int irx_xen_lend(const struct irx_xen *xen, const uint32_t *cpus, unsigned int count,
                 uint32_t *left)
{
    struct irx_op op = {0};
    int rc;

    *left = 0;
    if (count > LEND_MAX)
        return -E2BIG;
    op.u.cpus.count = count;
    if (count)
        memcpy(op.u.cpus.cpu, cpus, count * sizeof(*cpus));
    op.u.cpus.max = 1;
    rc = simple(xen, &op, IRX_OP_LEND);
    if (rc == 0)
        *left = op.u.cpus.left;
    return rc;
}

int irx_xen_domain_op(const struct irx_xen *xen, uint32_t cmd, struct irx_op_domain *domain)
{
    struct irx_op op = {0};
    int rc;

    op.u.domain = *domain;
    rc = simple(xen, &op, cmd);
    if (rc == 0)
        *domain = op.u.domain;
    return rc;
}

int irx_xen_return(const struct irx_xen *xen)
{
    struct irx_op op = {0};

    return simple(xen, &op, IRX_OP_RETURN);
}

int irx_xen_return_core(const struct irx_xen *xen)
{
    struct irx_op op = {0};

    op.u.cpus.max = 1;
    return simple(xen, &op, IRX_OP_RETURN);
}

int irx_xen_unload(const struct irx_xen *xen)
{
    struct irx_op op = {0};

    return simple(xen, &op, IRX_OP_UNLOAD);
}

int irx_xen_deadman(const struct irx_xen *xen, uint32_t limit_ms)
{
    struct irx_op op = {0};

    op.u.deadman.limit_ms = limit_ms;
    return simple(xen, &op, IRX_OP_DEADMAN);
}

int irx_xen_read(const struct irx_xen *xen, irx_off_t off, void *buffer, uint64_t size)
{
    uint8_t *to = buffer;

    while (size) {
        struct irx_op op = {.cmd = IRX_OP_READ, .version = IRX_ABI_VERSION};
        uint64_t now = size < IRX_XEN_READ_MAX ? size : IRX_XEN_READ_MAX;
        int rc;

        op.u.read.off = off;
        op.u.read.size = now;
        rc = patiently(xen, &op, to, now);
        if (rc)
            return rc;
        to += now;
        off += now;
        size -= now;
    }
    return 0;
}

void irx_xen_name(const struct irx_xen *xen, uint32_t domid, char *name, size_t size)
{
    if (xen->ops->name(xen->ctx, domid, name, size) || !name[0])
        snprintf(name, size, "domain %u", domid);
    irx_text_clean(name);
}

int irx_xen_require(const struct irx_xen *xen, struct irx_op_info *info, struct irx_error *e)
{
    int rc = irx_xen_info(xen, info);

    switch (rc) {
    case 0:
        break;
    case -ENOSYS:
    case -EINVAL:
    case -EOPNOTSUPP:
        return irx_fail(e, rc, "boot a Xen that was built with CONFIG_INTERREX",
                        "the running Xen has no Interrex (kexec_op 0x%x: %s)", IRX_KEXEC_CMD,
                        strerror(-rc));
    case -EPERM:
    case -EACCES:
        return irx_fail(e, rc, "run it as root in dom0", "Xen does not permit it: %s",
                        strerror(-rc));
    default:
        return irx_fail(e, rc, "see `xl dmesg`", "Xen does not answer IRX_OP_INFO: %s",
                        strerror(-rc));
    }
    if (info->note.native >> 16 != IRX_ABI_MAJOR)
        return irx_fail(e, -EPROTO, "use the `interrex` that belongs to the running Xen",
                        "the running Xen speaks ABI %u.%u, this tool %u.%u",
                        info->note.native >> 16, info->note.native & 0xffff, IRX_ABI_MAJOR,
                        IRX_ABI_MINOR);
    return 0;
}
