/* SPDX-License-Identifier: GPL-2.0-only */
#include "past.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "json_get.h"
#include "report.h"

#define CPUS_MAX     4096
#define VCPUS_MAX    8192
#define MEMORY_MAX   (1ll << 40) /* MiB */
#define TABLES_MAX   (1ll << 40)
#define FIGURE_MAX   3.6e9 /* us: an hour */
#define DELAY_MAX_MS 60000
#define STARTED_FORM "dddd-dd-ddTdd:dd:ddZ"

static bool take_integer(const json_t *object, const char *key, long long min, long long max,
                         long long *value)
{
    const json_t *number = json_object_get(object, key);

    if (!json_is_integer(number))
        return false;
    *value = (long long)json_integer_value(number);
    return *value >= min && *value <= max;
}

/* A number of `unit` us, or null: nobody measured it. */
static bool take_figure(const json_t *object, const char *key, double unit, bool *has, uint64_t *us)
{
    const json_t *number = json_object_get(object, key);
    double value = json_number_value(number) * unit;

    *has = json_is_number(number);
    if (!*has)
        return json_is_null(number);
    if (value < 0 || value > FIGURE_MAX)
        return false;
    *us = (uint64_t)(value + 0.5);
    return true;
}

static bool take_started(const json_t *report, char *started, size_t size)
{
    const char *text = irx_json_text(report, "started", ""), *form = STARTED_FORM;

    if (strlen(text) != strlen(form) || strlen(text) >= size)
        return false;
    for (size_t i = 0; form[i]; i++)
        if (form[i] == 'd' ? text[i] < '0' || text[i] > '9' : text[i] != form[i])
            return false;
    snprintf(started, size, "%s", text);
    return true;
}

static bool take_guest(const json_t *object, struct irx_past_guest *g)
{
    const char *name = irx_json_text(object, "name", "");
    long long vcpus, memory;
    uint64_t enter = 0, leave = 0;
    bool entered, left;

    if (!name[0] || strlen(name) >= sizeof(g->name) ||
        !take_integer(object, "vcpus", 1, VCPUS_MAX, &vcpus) ||
        !take_integer(object, "memory_mib", 0, MEMORY_MAX, &memory) ||
        !take_figure(object, "blackout_enter_us", 1, &entered, &enter) ||
        !take_figure(object, "blackout_leave_us", 1, &left, &leave) ||
        !take_figure(object, "brownout_us", 1, &g->has_brownout, &g->brownout_us))
        return false;
    snprintf(g->name, sizeof(g->name), "%s", name);
    g->vcpus = (uint32_t)vcpus;
    g->memory_mib = (uint64_t)memory;
    g->has_blackout = entered && left; /* one alone may be the shorter */
    g->blackout_us = enter > leave ? enter : leave;
    return true;
}

/* NULL: all is well; else the name of what is wrong. */
static const char *take_guests(const json_t *list, struct irx_past *past)
{
    const json_t *guest;
    size_t i;

    past->guests = calloc(json_array_size(list) + 1, sizeof(*past->guests));
    if (!past->guests)
        return "guests";
    json_array_foreach(list, i, guest)
    {
        if (!take_guest(guest, &past->guests[i]))
            return "guests";
        past->vcpus += past->guests[i].vcpus;
        past->guest_count++;
    }
    return NULL;
}

static const char *take_host(const json_t *host, struct irx_past *past)
{
    long long cpus, held, memory, tables = -1;

    if (!take_integer(host, "cpus", 1, CPUS_MAX, &cpus) ||
        !take_integer(host, "held_cpus", 1, cpus, &held) ||
        !take_integer(host, "memory_mib", 1, MEMORY_MAX, &memory) ||
        (json_object_get(host, "pv_tables") &&
         !take_integer(host, "pv_tables", 0, TABLES_MAX, &tables)))
        return "host";
    past->cpus = (uint32_t)cpus;
    past->held_cpus = (uint32_t)held;
    past->memory_mib = (uint64_t)memory;
    past->pv_tables = tables < 0 ? UINT64_MAX : (uint64_t)tables;
    return NULL;
}

/* How long dom0 stood by itself, not because it was told to wait. */
static const char *take_stall(const json_t *report, bool updated, struct irx_past *past)
{
    long long delay_ms = 0;
    bool has;

    if (json_object_get(report, "boot_delay_ms") &&
        !take_integer(report, "boot_delay_ms", 0, DELAY_MAX_MS, &delay_ms))
        return "boot_delay_ms";
    if (!take_figure(report, "service_stall_ms", 1000, &has, &past->stall_us) || has != updated)
        return "service_stall_ms";
    if (past->stall_us < (uint64_t)delay_ms * 1000)
        return has ? "boot_delay_ms" : NULL;
    past->stall_us -= (uint64_t)delay_ms * 1000;
    return NULL;
}

static const char *take(const json_t *report, const char *result, struct irx_past *past)
{
    const char *wrong;

    if (strcmp(irx_json_text(report, "result", ""), result) != 0)
        return "result";
    if (!take_started(report, past->started, sizeof(past->started)))
        return "started";
    wrong = take_host(json_object_get(report, "host"), past);
    if (!wrong)
        wrong = take_stall(report, !strcmp(result, IRX_RESULT_UPDATED), past);
    return wrong ? wrong : take_guests(json_object_get(report, "guests"), past);
}

int irx_past_read(struct irx_past *past, const char *const *directories, const char *name,
                  const char *result, struct irx_error *e)
{
    const char *wrong;
    char path[512];
    json_t *report;
    int rc = 0;

    *past = (struct irx_past){0};
    if (!irx_report_find(directories, name, path, sizeof(path)))
        return -ENOENT;
    report = irx_report_read(path, e);
    if (!report)
        return e->err;
    wrong = take(report, result, past);
    if (wrong)
        rc = irx_fail(e, -EPROTO, "delete the file", "%s is damaged: its \"%s\" cannot be", path,
                      wrong);
    json_decref(report);
    return rc;
}

void irx_past_free(struct irx_past *past)
{
    free(past->guests);
    *past = (struct irx_past){0};
}

const struct irx_past_guest *irx_past_guest(const struct irx_past *past, const char *name,
                                            uint32_t vcpus, uint64_t memory_mib)
{
    for (unsigned int i = 0; i < past->guest_count; i++) {
        const struct irx_past_guest *g = &past->guests[i];

        if (!strcmp(g->name, name) && g->vcpus == vcpus && g->memory_mib == memory_mib)
            return g;
    }
    return NULL;
}
