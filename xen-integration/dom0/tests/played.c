/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The whole program over a played Xen, to be run as a process: tests/test_wrong_input.py. Its files are
 * in the folder INTERREX_PLAYED: shim.elf and xen, made if they are not there; when it ends it
 * leaves what was done to the host in host.json.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <jansson.h>

#include <interrex/note.h>

#include "fake_parts.h"
#include "make_elf.h"
#include "../places.h"

static struct fake_xen played;

static const char *folder(void)
{
    const char *path = getenv("INTERREX_PLAYED");

    if (!path)
        abort();
    return path;
}

static const char *place(char *path, size_t size, const char *name)
{
    snprintf(path, size, "%s/%s", folder(), name);
    return path;
}

const char *const *irx_place_reports(void)
{
    static char path[256];
    static const char *directories[] = {path, NULL};

    place(path, sizeof(path), "reports");
    return directories;
}

const char *irx_place_lock(void)
{
    static char path[256];

    return place(path, sizeof(path), "run/lock");
}

static void make(const char *name, const uint8_t *data, size_t size)
{
    char path[256];
    int fd = open(place(path, sizeof(path), name), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);

    if (fd < 0)
        return; /* it is there, or the test wants it so */
    if (write(fd, data, size) != (ssize_t)size)
        abort();
    close(fd);
}

static void make_files(void)
{
    static uint8_t file[16384];
    uint64_t offers = IRX_FEATURE_ALL & ~IRX_FEATURE_VMX;
    struct irx_note shim = IRX_NOTE_INIT(IRX_PRODUCER_SHIM, 0, 0, offers);
    struct irx_note xen = IRX_NOTE_INIT(IRX_PRODUCER_XEN, 0, IRX_FEATURE_SVM, offers);

    make("shim.elf", file, make_shim(file, sizeof(file), &shim));
    make("xen", file, make_xen(file, sizeof(file), &xen, 1 << 20));
}

/* Also when the arguments made the program exit. */
static void tell(void)
{
    char path[256];
    json_t *json = json_pack("{s:i, s:i, s:b, s:b}", "changes", (int)played.changes, "xen",
                             (int)played.number, "target", played.loaded_target, "normal",
                             fake_normal(&played));

    json_dump_file(json, place(path, sizeof(path), "host.json"), 0);
    json_decref(json);
    fake_free(&played);
}

/* The first guest runs in the shim. */
static void hold_one(void)
{
    const struct fake_guest *g = &played.guests[0];
    struct irx_anchor *a = fake_anchor(&played);

    a->generation++;
    a->host_state = IRX_HOST_HOLDING;
    a->shim_state = IRX_SHIM_READY;
    *fake_cpu(&played, 1) = (struct irx_cpu){.state = IRX_CPU_HELD, .apic_id = 1, .xen_cpu = 1};
    *fake_domain_entry(&played, 0) = (struct irx_domain){.state = IRX_DOM_RUNNING,
                                                         .domid = (uint16_t)g->domid,
                                                         .generation = a->generation,
                                                         .vcpu_count = g->vcpus};
}

int irx_xen_connect(struct irx_xen *xen, struct irx_error *e)
{
    const char *what = getenv("INTERREX_PLAYED_HOST");

    fake_init(&played);
    make_files();
    atexit(tell);
    if (what && !strcmp(what, "stock"))
        played.no_interrex = true;
    else if (what && !strcmp(what, "no-region"))
        played.no_region = true;
    else if (what && !strcmp(what, "held"))
        fake_anchor(&played)->host_state = IRX_HOST_HOLDING;
    else if (what && !strcmp(what, "holding"))
        hold_one();
    return fake_connect(xen, e);
}
