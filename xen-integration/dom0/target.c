/* SPDX-License-Identifier: GPL-2.0-only */
#include "target.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <interrex/note_file.h>

#include "checksum.h"
#include "cmdline.h"
#include "fallback.h"
#include "versions.h"

bool irx_target_inspect(const struct irx_input *file, uint32_t producer, const char *subject,
                        struct irx_elf_info *info, struct irx_findings *f)
{
    char release[IRX_RELEASE_TEXT_MAX];
    struct irx_error e = {0};
    const char *seal = "";
    int rc;

    if (irx_elf_inspect(file, info, &e)) {
        irx_findings_error(f, subject, &e);
        return false;
    }
    rc = info->has_note ? irx_seal_verify(file->data, file->size, &seal) : 0;
    if (!info->has_note)
        irx_fail(&e, -ENOEXEC, "name a file that was built with Interrex",
                 "%s has no Interrex note (.note.interrex)", file->shown);
    else if (info->note.producer != producer)
        irx_fail(&e, -ENOEXEC, "name the other file: --shim the shim, --xen the Xen",
                 "%s is not a %s: its note says producer %u", file->shown, subject,
                 info->note.producer);
    else if (rc)
        irx_fail(&e, rc,
                 rc == -ENOENT ? "seal it where it was built: interrex-abi seal FILE"
                               : "copy it again from where it was built",
                 "%s: %s", file->shown, seal);
    if (e.err) {
        irx_findings_error(f, subject, &e);
        return false;
    }
    irx_findings_ok(f, subject, "%s: Interrex %s, ABI %u.%u, build id %s", file->shown,
                    irx_release_text(info->note.release, release), info->note.native >> 16,
                    info->note.native & 0xffff, info->build_id[0] ? info->build_id : "none");
    return true;
}

static bool read_shim(const struct irx_target_request *request, struct irx_target *t,
                      struct irx_findings *f)
{
    struct irx_error e = {0};

    if (irx_input_read(request->shim, "--shim", &t->shim_file, &e)) {
        irx_findings_error(f, "shim", &e);
        return false;
    }
    if (!irx_checksum_verify(&t->shim_file, "shim", f) ||
        !irx_target_inspect(&t->shim_file, IRX_PRODUCER_SHIM, "shim", &t->shim, f))
        return false;
    if (irx_elf_flatten(&t->shim_file, &t->flat, &e)) {
        irx_findings_error(f, "shim", &e);
        return false;
    }
    return true;
}

static bool read_modules(const struct irx_target_request *request, struct irx_target *t,
                         struct irx_findings *f)
{
    struct irx_error e = {0};

    for (unsigned int i = 0; i < request->module_count; i++) {
        struct irx_input *file = &t->module_files[i];

        if (irx_input_read(request->modules[i], "--module", file, &e)) {
            irx_findings_error(f, "target", &e);
            return false;
        }
        if (!irx_checksum_verify(file, "target", f))
            return false;
        t->modules[i] = (struct irx_image_module){
            file->data, file->size, request->module_cmdlines[i] ? request->module_cmdlines[i] : ""};
        t->module_count++;
    }
    return true;
}

static bool read_host_side(const struct irx_xen *xen, const struct irx_target_request *request,
                           struct irx_target *t, struct irx_findings *f)
{
    struct irx_xen_version version = {0};
    struct irx_error e = {0};
    int rc = xen->ops->version(xen->ctx, &version);

    if (rc)
        irx_fail(&e, rc, "see that /dev/xen/privcmd can be used, and `xl info`",
                 "cannot read the running Xen's command line: %s", strerror(-rc));
    else if (irx_cmdline_clean(request->cmdline ? request->cmdline : version.cmdline, t->cmdline,
                               sizeof(t->cmdline)))
        irx_fail(&e, -E2BIG, "shorten it with --cmdline",
                 "the target's command line is longer than Xen takes (%u bytes)",
                 (unsigned int)sizeof(t->cmdline) - 1);
    else if (request->cmdline)
        irx_cmdline_check(version.cmdline, request->cmdline, f);
    if (e.err == 0) {
        rc = xen->ops->memory_map(xen->ctx, t->memory, IRX_MEMORY_MAP_MAX);
        if (rc <= 0)
            irx_fail(&e, rc ? rc : -ENODATA, "see `xl dmesg`",
                     "cannot read the host's memory map: %s", strerror(rc ? -rc : ENODATA));
        else
            t->memory_count = (unsigned int)rc;
    }
    if (e.err)
        irx_findings_error(f, "target", &e);
    return e.err == 0;
}

static bool read_xen(const struct irx_xen *xen, const struct irx_op_info *info,
                     const struct irx_target_request *request, struct irx_target *t,
                     struct irx_findings *f)
{
    struct irx_image image;
    struct irx_error e = {0};
    uint64_t used = 0;

    t->with_xen = true;
    if (irx_input_read(request->xen, "--xen", &t->xen_file, &e)) {
        irx_findings_error(f, "target", &e);
        return false;
    }
    if (!irx_checksum_verify(&t->xen_file, "target", f) ||
        !irx_target_inspect(&t->xen_file, IRX_PRODUCER_XEN, "target", &t->xen, f) ||
        !read_modules(request, t, f) || !read_host_side(xen, request, t, f))
        return false;
    if (!info->region_size) /* Xen's own check says that there is no region */
        return true;
    if (irx_target_image(t, info, &image, &e)) {
        irx_findings_error(f, "target", &e);
        return true; /* its versions can still be compared */
    }
    for (unsigned int i = 0; i < image.count; i++)
        used += image.segments[i].memsz;
    irx_image_free(&image);
    irx_findings_ok(f, "target", "takes %llu of %llu MiB of its slot",
                    (unsigned long long)(used + (1 << 20) - 1) >> 20,
                    (unsigned long long)info->slot_size >> 20);
    return true;
}

/* The version of all that is in R; 0: there is no region, which Xen's own check says. */
static uint32_t read_region(const struct irx_xen *xen, const struct irx_op_info *info,
                            struct irx_findings *f)
{
    struct irx_anchor anchor = {0};
    struct irx_error e = {0};
    int rc;

    if (!info->region_size)
        return 0;
    rc = irx_xen_read(xen, 0, &anchor, sizeof(anchor));
    if (rc) {
        irx_fail(&e, rc, "see `xl dmesg`", "cannot read the region's version: %s", strerror(-rc));
        irx_findings_error(f, "versions", &e);
    }
    return anchor.version;
}

void irx_target_read(const struct irx_xen *xen, const struct irx_op_info *info,
                     const struct irx_target_request *request, struct irx_target *target,
                     struct irx_findings *f)
{
    bool shim, next = false;

    memset(target, 0, sizeof(*target));
    target->boot_delay_ms = request->boot_delay_ms;
    target->claim_after_s = request->claim_after_s;
    shim = request->shim && read_shim(request, target, f);
    if (request->xen)
        next = read_xen(xen, info, request, target, f);
    if (next)
        irx_fallback_read(xen, info, request, target, f);
    irx_versions_check(f, read_region(xen, info, f), &info->note, shim ? &target->shim.note : NULL,
                       next ? &target->xen.note : NULL,
                       target->with_fallback ? &target->fallback.note : NULL);
}

int irx_target_image(const struct irx_target *target, const struct irx_op_info *info,
                     struct irx_image *image, struct irx_error *e)
{
    struct irx_image_spec spec = {
        .xen = target->xen_file.data,
        .xen_size = target->xen_file.size,
        .cmdline = target->cmdline,
        .modules = target->modules,
        .module_count = target->module_count,
        .memory = target->memory,
        .memory_count = target->memory_count,
        .slot_base = info->slot_base,
        .slot_size = info->slot_size,
        .region_base = info->region_base,
        .region_size = info->region_size,
        .boot_delay_ms = target->boot_delay_ms,
    };
    const char *why = "";
    int rc = irx_image_build(&spec, image, &why);

    if (rc)
        return irx_fail(e, rc,
                        rc == -ENOSPC ? "boot Xen with a larger liveupdate=, or use smaller modules"
                                      : "build the target again, or copy it again",
                        "%s: %s (slot of %llu MiB)", target->xen_file.shown, why,
                        (unsigned long long)info->slot_size >> 20);
    return 0;
}

void irx_target_free(struct irx_target *target)
{
    irx_input_free(&target->shim_file);
    irx_input_free(&target->xen_file);
    irx_input_free(&target->fallback_file);
    for (unsigned int i = 0; i < IRX_IMAGE_MODULES_MAX; i++)
        irx_input_free(&target->module_files[i]);
    irx_flat_image_free(&target->flat);
}
