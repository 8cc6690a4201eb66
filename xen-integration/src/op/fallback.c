/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The fallback into R: pristine, with its checksum, and all that is needed to start it
 * (struct irx_fallback in abi/anchor.h). This Xen never does; one that follows may.
 */
#include <xen/guest_access.h>
#include <xen/mm.h>

#include <interrex/crc32c.h>

#include "lend/lend.h"
#include "op/op.h"
#include "region/region.h"

/* Before the image: the structure, the code, six tables of R, two of the next Xen's, the host's CPUs. */
#define AT_CODE     PAGE_SIZE
#define AT_TABLES   (2 * PAGE_SIZE)
#define TABLES_SIZE (6 * PAGE_SIZE)
#define AT_OWN      (AT_TABLES + TABLES_SIZE)
#define AT_CPUS     (AT_OWN + 2 * PAGE_SIZE)
#define AT_IMAGE    (AT_CPUS + PAGE_SIZE)

static void answer(const struct irx_anchor *a, struct irx_op_fallback *op)
{
    const struct irx_span *slot = interrex_fallback_slot();

    op->dest = a->region_base + slot->off;
    op->room = 0;
    op->need = 0;
    if ( interrex_abi(1) && a->fallback.size > AT_IMAGE )
        op->room = min(slot->size, a->fallback.size - AT_IMAGE);
    else
        op->need = interrex_layout_with_fallback(a->region_size);
}

static int check(const struct irx_op_fallback *op)
{
    if ( !op->room || op->image_size > op->room )
        return -ENOSPC;
    if ( op->image_size & ~PAGE_MASK || op->entry >= op->image_size ||
         !op->attempts_max || op->attempts_max > IRX_ATTEMPTS_LIMIT ||
         op->reserved )
        return -EINVAL;

    return 0;
}

/* The image is in its place. */
static int describe(struct irx_anchor *a, const struct irx_op_fallback *op)
{
    irx_off_t start = a->fallback.off;
    struct irx_fallback *f = interrex_at(start);
    size_t code = interrex_fallback_code_end - interrex_fallback_code;
    struct irx_live_error err;
    int rc;

    BUILD_BUG_ON(sizeof(*f) > AT_CODE);
    if ( code > PAGE_SIZE )
        return -ENOSPC;
    memset(f, 0, AT_IMAGE);
    memcpy(interrex_at(start + AT_CODE), interrex_fallback_code, code);
    rc = interrex_region_tables(interrex_at(start + AT_TABLES), TABLES_SIZE);
    if ( rc )
        return rc;

    *f = (struct irx_fallback){
        .size = sizeof(*f),
        .crc = irx_crc32c(0, interrex_at(start + AT_IMAGE), op->image_size),
        .tables = start + AT_TABLES,
        .own = start + AT_OWN,
        .code = start + AT_CODE,
        .cpus = start + AT_CPUS,
        .image = start + AT_IMAGE,
        .image_size = op->image_size,
        .dest = op->dest - a->region_base,
        .entry = op->dest - a->region_base + op->entry,
    };
    memcpy(f->build_id, op->build_id, sizeof(f->build_id));
    a->attempts = 0;
    a->attempts_max = op->attempts_max;
    a->fallback_used = AT_IMAGE + op->image_size;

    return interrex_validated(irx_fallback_validate(a, f, &err), &err);
}

int interrex_load_fallback(struct irx_op_fallback *op)
{
    struct irx_anchor *a = interrex_anchor();
    XEN_GUEST_HANDLE_PARAM(char)
    image = guest_handle_from_ptr((void *)op->image, char);
    int rc;

    answer(a, op);
    if ( !op->image_size )
        return 0;
    if ( !interrex_is_loaded() )
        return a->host_state == IRX_HOST_IDLE ? -ENOENT : -EBUSY;
    rc = check(op);
    if ( rc )
        return rc;

    a->fallback_used = 0;
    interrex_watch_limit(a, 0);
    if ( copy_from_guest((char *)interrex_at(a->fallback.off + AT_IMAGE),
                         image, op->image_size) )
        return -EFAULT;
    rc = describe(a, op);
    if ( rc )
        a->fallback_used = 0;
    else
        interrex_watch_limit(a, op->silence_ms);

    return rc;
}
