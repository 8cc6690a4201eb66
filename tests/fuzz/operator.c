/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the operator's command reads beside images: command lines of two Xens, the kept report, also as
 * what a forecast is from, what guests measured and limits by domain, processes in /proc, and a region
 * that is damaged. An input is for one of these; each has something to compare with, or is shown to
 * the end.
 */
#include "fuzz.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../xen-integration/dom0/cmdline.h"
#include "../../xen-integration/dom0/past.h"
#include "../../xen-integration/dom0/report.h"
#include "../../xen-integration/dom0/saver.h"
#include "../../xen-integration/dom0/status.h"
#include "../../xen-integration/dom0/tests/fake_xen.h"
#include "../../xen-integration/dom0/uses.h"

#define REGION_READ 0x40000u /* of the played region, its tables and the log */

#define LINES_MAX 300u /* bytes of two command lines: they are compared once for each option */

static char folder[] = "/dev/shm/interrex-fuzz-XXXXXX"; /* of this process */
static FILE *nowhere;

static const char *in_folder(const char *name)
{
    static char path[2][128];
    static unsigned int turn;

    turn = !turn;
    snprintf(path[turn], sizeof(path[turn]), "%s/%s", folder, name);
    return path[turn];
}

static void put(const char *name, const void *data, size_t size)
{
    int fd = open(in_folder(name), O_WRONLY | O_CREAT | O_TRUNC, 0600);

    MUST(fd >= 0 && write(fd, data, size) == (ssize_t)size);
    close(fd);
}

static void clean_up(void)
{
    static const char *const names[] = {"last-report.json",
                                        "last-drill.json",
                                        "limits.json",
                                        "31/cmdline",
                                        "31/comm",
                                        "31/fd/4",
                                        "31/fd",
                                        "31",
                                        ""};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        (void)remove(in_folder(names[i]));
}

static void set_up(void)
{
    nowhere = fopen("/dev/null", "w");
    MUST(nowhere && mkdtemp(folder));
    MUST(!mkdir(in_folder("31"), 0700) && !mkdir(in_folder("31/fd"), 0700));
    (void)atexit(clean_up);
}

/* ---- Command lines ---- */

static bool has_errors(const struct irx_findings *f)
{
    for (unsigned int i = 0; i < f->count; i++)
        MUST(f->list[i].what[0] && f->list[i].remedy[0] &&
             f->list[i].refused != f->list[i].warning);
    return !irx_findings_passed(f);
}

/* Two lines, with a newline between. */
static void command_lines(char *text)
{
    char once[IRX_CMDLINE_MAX], twice[IRX_CMDLINE_MAX], value[64];
    char *next = strchr(text, '\n');
    struct irx_findings f = {0};

    if (next)
        *next++ = 0;
    irx_cmdline_check(text, text, &f); /* the same line never refuses */
    MUST(!has_errors(&f));
    irx_findings_free(&f);
    if (!irx_cmdline_clean(text, once, sizeof(once))) {
        MUST(!irx_cmdline_clean(once, twice, sizeof(twice)) && !strcmp(once, twice));
        MUST(!irx_cmdline_value(once, "liveupdate", value, sizeof(value)));
        irx_cmdline_check(text, once, &f); /* nor does what it is made into */
        MUST(!has_errors(&f));
        irx_findings_free(&f);
    }
    if (!next)
        return;
    irx_cmdline_check(text, next, &f);
    (void)has_errors(&f);
    irx_findings_free(&f);
}

/* ---- Reports ---- */

/* What a forecast takes from it is all in range, or nothing is. */
static void past(const uint8_t *data, size_t size)
{
    const char *const directories[] = {folder, NULL};
    struct irx_error e = {0};
    struct irx_past p;

    put(IRX_REPORT_DRILL, data, size);
    if (irx_past_read(&p, directories, IRX_REPORT_DRILL, IRX_RESULT_DRILLED, &e)) {
        MUST(e.err && e.what[0] && e.remedy[0]);
    } else {
        MUST(strlen(p.started) == strlen("2026-01-01T00:00:00Z") && p.memory_mib);
        MUST(p.held_cpus && p.held_cpus <= p.cpus && p.vcpus >= p.guest_count);
        for (unsigned int i = 0; i < p.guest_count; i++) {
            const struct irx_past_guest *g = &p.guests[i];

            MUST(irx_past_guest(&p, g->name, g->vcpus, g->memory_mib));
            MUST(!g->has_blackout || g->blackout_us <= 3600000000u);
        }
    }
    irx_past_free(&p);
}

/* A file of limits counts whole, or not at all. */
static void limits(const uint8_t *data, size_t size)
{
    struct irx_guest guests[] = {{.domid = 1, .name = "g1"}, {.domid = 3, .name = "g2"}};
    struct irx_session s = {.guest_count = 2, .guests = guests};
    const struct irx_limits_request request = {.all = {.max_us = {7}},
                                               .file = in_folder("limits.json")};
    struct irx_findings f = {0};
    json_t *json;

    put("limits.json", data, size);
    irx_limits_apply(&s, &request, &f);
    for (unsigned int i = 0; i < s.guest_count; i++)
        for (unsigned int k = 0; k < IRX_FIGURES; k++) {
            uint64_t us = guests[i].limits.max_us[k];

            MUST(us <= 3600000000u && (us || k != IRX_BLACKOUT));
            MUST(irx_findings_passed(&f) || !guests[i].limits.own[k]);
        }
    MUST(irx_findings_passed(&f) || (f.list[0].what[0] && f.list[0].remedy[0]));
    json = irx_limits_json(&s);
    MUST(json);
    json_decref(json);
    irx_findings_free(&f);
}

/* The kept report, and behind a zero what guests measured, or limits. */
static void report(const uint8_t *data, size_t size)
{
    const char *const directories[] = {folder, NULL};
    const uint8_t *end = memchr(data, 0, size);
    size_t first = end ? (size_t)(end - data) : size;
    struct irx_error e = {0};
    json_t *kept, *guests;

    past(data, first);
    if (end && end + 1 < data + size)
        limits(end + 1, size - first - 1);
    put("last-report.json", data, first);
    kept = irx_report_load(directories, &e);
    MUST(!kept == !!e.err && (kept || e.what[0]));
    if (!kept)
        return;
    irx_report_print(kept, nowhere);
    guests = end ? json_loadb((const char *)end + 1, size - first - 1, 0, NULL) : NULL;
    if (guests) {
        MUST(!irx_report_merge(kept, guests, &e) == !e.err);
        irx_report_print(kept, nowhere);
        MUST(!irx_json_print(kept, nowhere));
    }
    json_decref(guests);
    json_decref(kept);
}

/* ---- Processes ---- */

/* The n-th argument of a line as /proc has it; NULL: it has fewer. */
static const char *argument(const char *line, size_t size, unsigned int n)
{
    for (size_t i = 0; i < size; n--) {
        if (!n)
            return line + i;
        i += strlen(line + i) + 1;
    }
    return NULL;
}

static bool ends_with(const char *text, const char *end)
{
    size_t n = strlen(text), m = strlen(end);

    return n >= m && !strcmp(text + n - m, end) && (n == m || text[n - m - 1] == '/');
}

/* As its manual would say it: the helper, saving or restoring, and as the fourth argument 7. */
static bool saves_7(const char *line, size_t size)
{
    const char *program = argument(line, size, 0), *mode = argument(line, size, 1),
               *domid = argument(line, size, 4);

    return program && mode && domid && ends_with(program, "libxl-save-helper") &&
           (!strcmp(mode, "--save-domain") || !strcmp(mode, "--restore-domain")) &&
           !strcmp(domid, "7");
}

static void processes(struct input *in)
{
    char line[256], target[64], name[16];
    size_t size = in->left < sizeof(line) - 1 ? in->left : sizeof(line) - 1, length;
    bool found;

    memcpy(line, in->data, size);
    line[size] = 0;
    put("31/cmdline", line, size);
    found = irx_saver_runs(folder, 7);
    if (saves_7(line, size))
        MUST(found);
    if (found) /* 07 and +7 are 7 too */
        MUST(ends_with(line, "libxl-save-helper") && argument(line, size, 4));
    length = strlen(line) < sizeof(target) - 1 ? strlen(line) : sizeof(target) - 1;
    memcpy(target, line, length);
    target[length] = 0;
    if (!length)
        return;
    put("31/comm", in->data, size);
    (void)unlink(in_folder("31/fd/4"));
    MUST(!symlink(target, in_folder("31/fd/4")));
    found = irx_watchdog_user(folder, name, sizeof(name)) > 0;
    MUST(found == !strncmp(target, "/dev/watchdog", 13));
    MUST(!found || strlen(name) < sizeof(name));
}

/* ---- A region that somebody damaged ---- */

static uint8_t *damaged; /* what IRX_OP_READ shows; the played Xen itself goes by its own */
static int (*play_op)(void *ctx, struct irx_op *op, void *payload, size_t size);

static int read_damaged(void *ctx, struct irx_op *op, void *payload, size_t size)
{
    if (op->cmd != IRX_OP_READ)
        return play_op(ctx, op, payload, size);
    if (op->u.read.off > REGION_READ || op->u.read.size > REGION_READ - op->u.read.off)
        return -EINVAL;
    MUST(op->u.read.size == size);
    memcpy(payload, damaged + op->u.read.off, size);
    return 0;
}

/* A guest held, and a line in the log; what is read of it is changed. */
static void play(struct irx_xen *xen)
{
    static struct fake_xen x;
    static struct irx_xen_ops ops;
    struct irx_op_domain d = {.domid = 3};
    struct irx_error e;
    uint32_t left;

    fake_init(&x);
    fake_log(&x, "a line\nand another\n");
    fake_anchor(&x)->host_state = IRX_HOST_LOADED;
    fake_anchor(&x)->generation = 1;
    x.guests[1].parks = true;

    MUST(!fake_connect(xen, &e) && !irx_xen_lend(xen, NULL, 0, &left));
    MUST(!irx_xen_domain_op(xen, IRX_OP_PREPARE, &d) && !irx_xen_domain_op(xen, IRX_OP_ENTER, &d));
    damaged = malloc(REGION_READ); /* overruns are seen */
    MUST(damaged);
    memcpy(damaged, x.region, REGION_READ);
    ops = *xen->ops;
    play_op = ops.op;
    ops.op = read_damaged;
    xen->ops = &ops;
}

/* Changes of up to 8 bytes; what is believed of it is shown, with the log. */
static void damaged_region(struct input *in)
{
    static struct irx_xen xen;
    struct {
        uint8_t *at, before[8];
    } changes[16];
    struct irx_error e = {0};
    unsigned int n = 0;
    json_t *status;

    if (!damaged)
        play(&xen);
    for (; n < 16 && in->left; n++) {
        uint64_t what = take(in, 1), offset = take(in, 2) * 8, value = take(in, 8);

        if (what & 4) /* in the anchor */
            offset %= sizeof(struct irx_anchor) - 8;
        changes[n].at = damaged + (offset + (what >> 3)) % (REGION_READ - 8);
        memcpy(changes[n].before, changes[n].at, 8);
        memcpy(changes[n].at, &value, 1u << (what & 3));
    }
    status = irx_status_gather(&xen, NULL, true, &e);
    MUST(!status == !!e.err && (status || e.what[0]));
    if (status) {
        irx_status_print(status, 40, nowhere);
        MUST(!irx_json_print(status, nowhere));
    }
    json_decref(status);
    while (n--)
        memcpy(changes[n].at, changes[n].before, 8);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input in = {data, size};
    char *text;

    if (!nowhere)
        set_up();
    if (!size)
        return 0;
    switch (take(&in, 1) & 3) {
    case 0:
        if (in.left > LINES_MAX)
            in.left = LINES_MAX;
        text = malloc(in.left + 1); /* overruns are seen */
        MUST(text);
        memcpy(text, in.data, in.left);
        text[in.left] = 0;
        command_lines(text);
        free(text);
        break;
    case 1:
        report(in.data, in.left);
        break;
    case 2:
        processes(&in);
        break;
    default:
        damaged_region(&in);
        break;
    }
    return 0;
}
