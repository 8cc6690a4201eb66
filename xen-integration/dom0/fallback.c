/* SPDX-License-Identifier: GPL-2.0-only */
#include "fallback.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <interrex/negotiate.h>
#include <interrex/note_file.h>

#define MIB (1ull << 20)
#define GIB (1ull << 30)

/* The running Xen asks for more where its host does: a PV dom0. */
static bool same_note(const struct irx_note *file, const struct irx_note *running)
{
    struct irx_note note = *running;

    note.required = file->required;
    return !memcmp(file, &note, sizeof(note));
}

/* The running Xen's own file, whole? Then it is in *file and *elf. */
static bool is_running(const char *path, const struct irx_op_info *info, const char *build_id,
                       struct irx_input *file, struct irx_elf_info *elf)
{
    struct irx_error ignored;
    const char *why;

    if (irx_input_read(path, "--fallback", file, &ignored) == 0 &&
        irx_elf_inspect(file, elf, &ignored) == 0 && elf->has_note &&
        same_note(&elf->note, &info->note) && !strcmp(elf->build_id, build_id) &&
        irx_seal_verify(file->data, file->size, &why) == 0)
        return true;
    irx_input_free(file);
    return false;
}

/* The running Xen's command line, whatever the target is told: it is known to work. */
static int layout(const struct irx_target *t, const struct irx_op_info *info,
                  const struct irx_op_fallback *place, struct irx_image *image, struct irx_error *e)
{
    const struct irx_image_spec spec = {
        .xen = t->fallback_file.data,
        .xen_size = t->fallback_file.size,
        .cmdline = t->fallback_cmdline,
        .memory = t->memory,
        .memory_count = t->memory_count,
        .slot_base = place->dest,
        .slot_size = place->room,
        .region_base = info->region_base,
        .region_size = info->region_size,
    };
    const char *why = "";
    int rc = irx_image_build(&spec, image, &why);

    return rc ? irx_fail(e, rc, "name another with --fallback, or say --no-fallback", "%s: %s",
                         t->fallback_file.shown, why)
              : 0;
}

/* Of those in the directory whose names have "xen" in them: the first that has room. */
static bool find(const struct irx_op_info *info, const struct irx_op_fallback *place,
                 const char *build_id, struct irx_target *t)
{
    DIR *directory = build_id[0] ? opendir(IRX_FALLBACK_DIRECTORY) : NULL;
    const struct dirent *entry;
    struct irx_error ignored;
    struct irx_image image;
    bool found = false;

    while (!found && directory && (entry = readdir(directory))) {
        if (!strstr(entry->d_name, "xen"))
            continue;
        snprintf(t->fallback_path, sizeof(t->fallback_path), "%s/%s", IRX_FALLBACK_DIRECTORY,
                 entry->d_name);
        if (!is_running(t->fallback_path, info, build_id, &t->fallback_file, &t->fallback))
            continue;
        found = layout(t, info, place, &image, &ignored) == 0;
        if (found)
            irx_image_free(&image);
        else
            irx_input_free(&t->fallback_file);
    }
    if (directory)
        closedir(directory);
    return found;
}

static unsigned int silence_limit(const struct irx_target *t,
                                  const struct irx_target_request *request)
{
    uint64_t ram = 0;

    if (request->waits_out_silence)
        return 0;
    if (request->silence_limit_ms)
        return request->silence_limit_ms;
    for (unsigned int i = 0; i < t->memory_count; i++)
        if (t->memory[i].type == IRX_MEMORY_RAM)
            ram += t->memory[i].size;
    return IRX_SILENCE_MS + (unsigned int)(ram / GIB) * IRX_SILENCE_MS_GIB;
}

static bool fits(const struct irx_op_info *info, const struct irx_op_fallback *place,
                 struct irx_target *t, struct irx_findings *f)
{
    char silence[40] = "alone";
    struct irx_error e = {0};
    struct irx_image image;

    if (layout(t, info, place, &image, &e)) {
        irx_findings_error(f, "fallback", &e);
        return false;
    }
    irx_image_free(&image);
    if (t->silence_ms)
        snprintf(silence, sizeof(silence), "or silence of %u ms", t->silence_ms);
    irx_findings_ok(f, "fallback", "%s: build id %s, %u attempts, at a failure %s",
                    t->fallback_file.shown, t->fallback.build_id[0] ? t->fallback.build_id : "none",
                    IRX_FALLBACK_ATTEMPTS, silence);
    return true;
}

static void say_no_room(bool named, const struct irx_op_info *info,
                        const struct irx_op_fallback *place, struct irx_findings *f)
{
    char remedy[160];
    struct irx_error e = {0};

    snprintf(remedy, sizeof(remedy),
             "boot Xen with liveupdate=%lluM or more, or say --no-fallback: a target that fails "
             "resets the host",
             (unsigned long long)(place->need / MIB));
    if (named) {
        irx_fail(&e, -ENOSPC, remedy, "the region of %llu MiB has no room for a fallback",
                 (unsigned long long)(info->region_size / MIB));
        irx_findings_error(f, "fallback", &e);
    } else {
        irx_findings_warn(f, "fallback", remedy, "the region of %llu MiB has no room for one",
                          (unsigned long long)(info->region_size / MIB));
    }
}

/* Where it would go. False: this Xen, or its region, has no place for one. */
static bool has_place(const struct irx_xen *xen, const struct irx_op_info *info, bool named,
                      struct irx_op_fallback *place, struct irx_findings *f)
{
    struct irx_error e = {0};
    int rc;

    *place = (struct irx_op_fallback){0};
    rc = irx_xen_fallback(xen, place, NULL);
    if (rc == 0 && place->room)
        return true;
    if (rc == 0) {
        say_no_room(named, info, place, f);
    } else if (named) {
        irx_fail(&e, rc, "say --no-fallback", "the running Xen takes no fallback: %s",
                 strerror(-rc));
        irx_findings_error(f, "fallback", &e);
    }
    return false;
}

/* It reads what the running Xen writes for the target. */
static bool understands(const struct irx_op_info *info, const struct irx_target *t,
                        struct irx_findings *f)
{
    static struct irx_negotiation n;
    struct irx_error e = {0};

    if (irx_negotiate(&info->note, &t->fallback.note, &n) == 0)
        return true;
    irx_fail(&e, -EOPNOTSUPP, "name another with --fallback, or say --no-fallback",
             "%s does not fit the running Xen: %s", t->fallback_file.shown,
             irx_negotiate_text(n.reasons[0].code));
    irx_findings_error(f, "fallback", &e);
    return false;
}

static bool read_named(const char *path, const struct irx_op_info *info, struct irx_target *t,
                       struct irx_findings *f)
{
    struct irx_error e = {0};

    if (irx_input_read(path, "--fallback", &t->fallback_file, &e)) {
        irx_findings_error(f, "fallback", &e);
        return false;
    }
    return irx_target_inspect(&t->fallback_file, IRX_PRODUCER_XEN, "fallback", &t->fallback, f) &&
           understands(info, t, f);
}

void irx_fallback_read(const struct irx_xen *xen, const struct irx_op_info *info,
                       const struct irx_target_request *request, struct irx_target *t,
                       struct irx_findings *f)
{
    struct irx_xen_version version = {0};
    struct irx_op_fallback place;
    bool named = request->fallback;

    if (request->no_fallback || !t->with_xen || !info->region_size ||
        !has_place(xen, info, named, &place, f))
        return;
    if (xen->ops->version(xen->ctx, &version) ||
        irx_cmdline_clean(version.cmdline, t->fallback_cmdline, sizeof(t->fallback_cmdline)))
        return; /* said of the target already */
    if (named ? !read_named(request->fallback, info, t, f)
              : !find(info, &place, version.build_id, t)) {
        if (!named)
            irx_findings_warn(f, "fallback",
                              "name its file with --fallback, or say --no-fallback: a target that "
                              "fails resets the host",
                              "the running Xen's own file is not in " IRX_FALLBACK_DIRECTORY);
        return;
    }
    t->silence_ms = silence_limit(t, request);
    t->with_fallback = fits(info, &place, t, f);
}

/* All segments as they lie in memory, from `base` on. NULL: no memory. */
static uint8_t *flatten(const struct irx_image *image, uint64_t base, uint64_t *size)
{
    uint8_t *flat;

    *size = 0;
    for (unsigned int i = 0; i < image->count; i++) {
        const struct irx_image_segment *s = &image->segments[i];

        if (s->dest + s->memsz - base > *size)
            *size = s->dest + s->memsz - base;
    }
    flat = calloc(1, *size);
    for (unsigned int i = 0; flat && i < image->count; i++)
        memcpy(flat + (image->segments[i].dest - base), image->segments[i].buf,
               image->segments[i].size);
    return flat;
}

static void put_build_id(const char *hex, uint8_t *id, size_t size)
{
    for (size_t i = 0; i < size && hex[2 * i] && hex[2 * i + 1]; i++) {
        const char byte[] = {hex[2 * i], hex[2 * i + 1], 0};

        id[i] = (uint8_t)strtoul(byte, NULL, 16);
    }
}

int irx_fallback_load(const struct irx_xen *xen, const struct irx_op_info *info,
                      const struct irx_target *t, struct irx_error *e)
{
    struct irx_op_fallback op = {0};
    struct irx_image image;
    uint8_t *flat;
    int rc;

    if (!t->with_fallback)
        return 0;
    rc = irx_xen_fallback(xen, &op, NULL);
    if (rc)
        return irx_fail(e, rc, "see `xl dmesg`", "Xen takes no fallback: %s", strerror(-rc));
    rc = layout(t, info, &op, &image, e);
    if (rc)
        return rc;
    flat = flatten(&image, op.dest, &op.image_size);
    op.entry = image.entry - op.dest;
    op.attempts_max = IRX_FALLBACK_ATTEMPTS;
    op.silence_ms = t->silence_ms;
    put_build_id(t->fallback.build_id, op.build_id, sizeof(op.build_id));
    irx_image_free(&image);
    rc = flat ? irx_xen_fallback(xen, &op, flat) : -ENOMEM;
    free(flat);
    if (rc)
        return irx_fail(e, rc, "see `xl dmesg`, or say --no-fallback",
                        "Xen does not take the fallback %s: %s", t->fallback_file.shown,
                        strerror(-rc));
    return 0;
}
