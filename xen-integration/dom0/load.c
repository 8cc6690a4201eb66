/* SPDX-License-Identifier: GPL-2.0-only */
/* The step "load", and its reverse: shim and target into R, and out of it. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "fallback.h"
#include "sequence.h"
#include "view.h"

static int load_shim(struct irx_session *s, const struct irx_target *target, struct irx_error *e)
{
    struct irx_op_load load = {
        .image_size = target->flat.size,
        .mem_size = target->flat.mem_size,
        .entry = target->flat.entry,
        .note = target->shim.note,
    };
    int rc = irx_xen_load_shim(s->xen, &load, target->flat.data);

    switch (rc) {
    case 0:
        return 0;
    case -EBUSY:
        return irx_fail(e, rc, "see `interrex status`", "a shim is in use");
    case -ENODEV:
        return irx_fail(e, rc, "boot Xen with liveupdate=<size> on its command line",
                        "Xen has no live-update region");
    case -ENXIO:
        return irx_fail(e, rc, "restart the host when its guests allow",
                        "a CPU that hung in an update is in the place for the target");
    case -ENOSPC:
        return irx_fail(e, rc, "boot Xen with a larger liveupdate=",
                        "the shim (%" PRIu64 " KiB in memory) does not fit the region of %" PRIu64
                        " MiB",
                        load.mem_size >> 10, s->before.region_size >> 20);
    default:
        return irx_fail(e, rc, "see `xl dmesg`", "Xen does not take the shim %s: %s",
                        target->shim_file.shown, strerror(-rc));
    }
}

/* A Xen that does not know of it waits for ever, as it always did. */
static int load_deadman(struct irx_session *s, const struct irx_target *target, struct irx_error *e)
{
    int rc = irx_xen_deadman(s->xen, target->claim_after_s * 1000);

    return !rc || rc == -EOPNOTSUPP
               ? 0
               : irx_fail(e, rc, "see `xl dmesg`", "Xen does not take --claim-after: %s",
                          strerror(-rc));
}

static int load_xen(struct irx_session *s, const struct irx_target *target, struct irx_error *e)
{
    struct irx_op_info info;
    struct irx_image image;
    int rc = irx_xen_require(s->xen, &info, e); /* the slot, as the shim's load laid R out */

    if (rc == 0)
        rc = irx_target_image(target, &info, &image, e);
    if (rc)
        return rc;
    rc = irx_fallback_load(s->xen, &info, target, e);
    if (rc == 0)
        rc = load_deadman(s, target, e);
    if (rc) {
        irx_image_free(&image);
        return rc;
    }
    rc = s->xen->ops->kexec_load(s->xen->ctx, &image);
    irx_image_free(&image);
    if (rc)
        return irx_fail(
            e, rc,
            rc == -EINVAL ? "the running Xen may not take live-update images: update it "
                            "by a reboot, once"
                          : "see `xl dmesg`",
            "Xen does not take the target %s: %s", target->xen_file.shown, strerror(-rc));
    return 0;
}

static int load_beside(struct irx_session *s, struct irx_error *e)
{
    int rc = irx_xen_load_beside(s->xen);

    return rc ? irx_fail(e, rc, "see `interrex status`",
                         "Xen begins no update beside the guests that the shim has: %s",
                         strerror(-rc))
              : 0;
}

int irx_session_load(struct irx_session *s, const struct irx_target *target, struct irx_error *e)
{
    struct irx_phase *phase = irx_phase_begin(s, "load");
    int rc = irx_session_stopped(s, e);

    if (rc == 0)
        rc = s->carries ? load_beside(s, e) : load_shim(s, target, e);
    if (rc)
        return rc;
    if (s->carries)
        irx_progress_step(&s->progress, 1, 2, "the shim stays, with the guests that it has");
    else
        irx_progress_step(&s->progress, 1, target->with_xen ? 2 : 1, "shim, %" PRIu64 " KiB",
                          target->flat.mem_size >> 10);
    if (target->with_xen) {
        rc = load_xen(s, target, e);
        if (rc) {
            struct irx_error ignored;

            irx_session_unload(s, &ignored);
            return rc;
        }
        snprintf(s->target.build_id, sizeof(s->target.build_id), "%s", target->xen.build_id);
        irx_progress_step(&s->progress, 2, 2, "target %s%s%s", target->xen_file.shown,
                          target->with_fallback ? ", fallback " : "",
                          target->with_fallback ? target->fallback_file.shown : "");
    }
    irx_phase_end(s, phase);
    return 0;
}

int irx_session_unload(struct irx_session *s, struct irx_error *e)
{
    int target = s->xen->ops->kexec_unload(s->xen->ctx);
    int shim = irx_xen_unload(s->xen);
    int rc = shim ? shim : target;

    return rc ? irx_fail(e, rc, "see `xl dmesg`", "Xen does not unload: %s", strerror(-rc)) : 0;
}
