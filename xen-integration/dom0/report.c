/* SPDX-License-Identifier: GPL-2.0-only */
#include "report.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "counters.h"
#include "dead.h"
#include "deadman.h"
#include "heap.h"
#include "json_get.h"
#include "machine_check.h"
#include "measure.h"

static json_t *ms(const struct irx_session *s, uint64_t ticks)
{
    return json_real((double)irx_ticks_to_us(ticks, s->before.tsc_khz) / 1000.0);
}

static json_t *known_us(const struct irx_session *s, bool known, uint64_t ticks)
{
    return known ? json_integer((json_int_t)irx_ticks_to_us(ticks, s->before.tsc_khz))
                 : json_null();
}

static json_t *text_or_null(const char *text)
{
    json_t *string = text[0] ? json_string(text) : NULL;

    return string ? string : json_null();
}

static json_t *xen_json(const struct irx_xen_version *version)
{
    return json_pack("{s:o, s:o}", "version", text_or_null(version->version), "build_id",
                     text_or_null(version->build_id));
}

static json_t *quarantine_json(const struct irx_guest *g)
{
    if (!g->quarantine)
        return json_null();
    return json_pack("{s:s, s:s}", "what", g->quarantine->what, "remedy", g->quarantine->remedy);
}

static json_t *guest_json(const struct irx_session *s, const struct irx_guest *g)
{
    json_t *json = json_pack("{s:s, s:i, s:i, s:I, s:o, s:o, s:o}", "name", g->name, "domid",
                             (int)g->domid, "vcpus", (int)g->vcpus, "memory_mib",
                             (json_int_t)g->memory_mib, "blackout_enter_us",
                             known_us(s, g->has_enter, g->enter_tsc), "blackout_leave_us",
                             known_us(s, g->has_leave, g->leave_tsc), "brownout_us",
                             known_us(s, g->has_brownout, g->brownout_tsc));

    /* The guest's own: irx_report_merge(). */
    json_object_set_new(json, "largest_gap_us", json_null());
    json_object_set_new(json, "held_progress", json_null());
    json_object_set_new(json, "events_lost", json_null());
    json_object_set_new(json, "checksum_ok", json_null());
    if (g->has_counts)
        json_object_set_new(
            json, "held",
            json_pack("{s:i, s:o, s:o, s:o, s:I, s:I, s:I}", "parked_vcpus", (int)g->parked_vcpus,
                      "longest_park_us", known_us(s, true, g->longest_park_tsc), "exits_served",
                      irx_exits_json(g->served), "exits_parked", irx_exits_json(g->parked),
                      "events_in", (json_int_t)g->events_in, "events_out",
                      (json_int_t)g->events_out, "timers_fired", (json_int_t)g->timers_fired));
    else
        json_object_set_new(json, "held", json_null());
    json_object_set_new(json, "parked", json_boolean(g->pv));
    json_object_set_new(json, "stop_ms", g->has_stop ? ms(s, g->stop_tsc) : json_null());
    json_object_set_new(json, "quarantined", quarantine_json(g));
    return json;
}

static json_t *phases_json(const struct irx_session *s)
{
    json_t *list = json_array();

    for (unsigned int i = 0; i < s->phase_count; i++) {
        const struct irx_phase *p = &s->phases[i];

        json_array_append_new(list, json_pack("{s:s, s:o, s:o}", "name", p->name, "start",
                                              ms(s, p->start_tsc - s->start_tsc), "length",
                                              ms(s, p->end_tsc - p->start_tsc)));
    }
    return list;
}

static json_t *stall_json(const struct irx_session *s)
{
    uint64_t ticks = irx_stall_ticks(s);

    return ticks ? ms(s, ticks) : json_null();
}

/* The longest of any guest. */
static json_t *brownout_json(const struct irx_session *s)
{
    uint64_t longest = 0;
    bool known = false;

    for (unsigned int i = 0; i < s->guest_count; i++) {
        const struct irx_guest *g = &s->guests[i];

        known |= g->has_brownout;
        if (g->has_brownout && g->brownout_tsc > longest)
            longest = g->brownout_tsc;
    }
    return known ? ms(s, longest) : json_null();
}

static json_t *error_json(const struct irx_error *error)
{
    if (!error || !error->err)
        return json_null();
    return json_pack("{s:s, s:s, s:i}", "what", error->what, "remedy", error->remedy, "errno",
                     -error->err);
}

void irx_report_add_limits(const struct irx_session *s, json_t *object)
{
    if (s->forecast.boot_delay_ms)
        json_object_set_new(object, "boot_delay_ms", json_integer(s->forecast.boot_delay_ms));
    /* NULL is not set. */
    json_object_set_new(object, "forecast", irx_forecast_json(s));
    json_object_set_new(object, "limits", irx_limits_json(s));
    json_object_set_new(object, "over", irx_over_json(s));
}

/* Of an update: from when dom0 ran in the target to the end of this phase. Nobody waits for it. */
static void add_after_dom0(json_t *host, const struct irx_session *s, const char *key,
                           const char *phase)
{
    for (unsigned int i = 0; i < s->phase_count; i++)
        if (strcmp(s->phases[i].name, phase) == 0 && s->phases[i].end_tsc > s->after.dom0_tsc)
            json_object_set_new(host, key, ms(s, s->phases[i].end_tsc - s->after.dom0_tsc));
}

/* What the host is; what both Xens go through where Xen told it; of an update that came to its end, when. */
static json_t *host_json(const struct irx_session *s, const char *result)
{
    json_t *host = json_pack("{s:i, s:i, s:I, s:I, s:I}", "cpus", (int)s->cpus, "held_cpus",
                             (int)s->held_cpus, "memory_mib", (json_int_t)s->host.memory_mib,
                             "region_mib", (json_int_t)(s->before.region_size >> 20), "tsc_khz",
                             (json_int_t)s->before.tsc_khz);
    if (s->has_walks) {
        json_object_set_new(host, "pv_mib", json_integer((json_int_t)(s->walks.pv_pages / 256)));
        json_object_set_new(host, "pv_tables", json_integer((json_int_t)s->walks.pv_tables));
    }
    if (irx_stall_ticks(s) && strcmp(result, IRX_RESULT_UPDATED) == 0) {
        add_after_dom0(host, s, "guests_claimed_ms", "claim");
        if (!s->quarantined && !irx_view_any_dead(s->xen))
            add_after_dom0(host, s, "cpus_back_ms", "return");
    }
    if (s->executed)
        irx_heap_add(host, s->xen, &s->after);
    return host;
}

json_t *irx_report_build(const struct irx_session *s, const char *command, const char *result,
                         const struct irx_findings *findings, const struct irx_error *error)
{
    json_t *report, *guests = json_array();
    char started[32] = "";
    struct tm tm;

    if (gmtime_r(&s->started, &tm))
        strftime(started, sizeof(started), "%Y-%m-%dT%H:%M:%SZ", &tm);
    report = json_pack(
        "{s:i, s:s, s:s, s:s, s:o, s:o}", "schema", IRX_REPORT_SCHEMA, "command", command, "result",
        result, "started", started, "source", xen_json(&s->source), "target",
        s->target.version[0] || s->target.build_id[0] ? xen_json(&s->target) : json_null());
    if (s->repeat.done)
        json_object_set_new(report, "times", json_integer(s->repeat.done));
    json_object_set_new(report, "host", host_json(s, result));
    json_object_set_new(report, "phases", phases_json(s));
    json_object_set_new(report, "service_stall_ms", stall_json(s));
    json_object_set_new(report, "brownout_ms", brownout_json(s));
    irx_report_add_limits(s, report);
    json_object_set_new(report, "machine_checks", irx_machine_checks_json(s));
    json_object_set_new(report, "dead_cpus", irx_dead_json(s));
    for (unsigned int i = 0; i < s->guest_count; i++)
        if (!s->guests[i].gone)
            json_array_append_new(guests, guest_json(s, &s->guests[i]));
    json_object_set_new(report, "guests", guests);
    json_object_set_new(report, "reasons", findings ? irx_findings_json(findings) : json_array());
    if (findings)
        json_object_set_new(report, "warnings", irx_findings_warnings_json(findings));
    json_object_set_new(report, "error", error_json(error));
    if (json_is_object(s->recovery))
        json_object_set(report, "recovery", s->recovery);
    if (irx_deadman_began(s->deadman))
        json_object_set(report, "deadman", s->deadman);
    return report;
}

/* ---- on disk ---- */

int irx_json_print(const json_t *json, FILE *out)
{
    int rc;

    errno = 0;
    rc = json_dumpf(json, out, JSON_INDENT(2) | JSON_PRESERVE_ORDER | JSON_REAL_PRECISION(12));

    if (rc == 0 && (fputc('\n', out) == EOF || fflush(out)))
        rc = -1;
    return !rc ? 0 : errno ? -errno : -EIO;
}

static int store_in(const json_t *report, const char *name, const char *directory)
{
    char path[512], temporary[528];
    FILE *file;
    int rc;

    if (mkdir(directory, 0755) && errno != EEXIST)
        return -errno;
    snprintf(path, sizeof(path), "%s/%s", directory, name);
    snprintf(temporary, sizeof(temporary), "%s.new", path);
    file = fopen(temporary, "we");
    if (!file)
        return -errno;
    rc = irx_json_print(report, file);
    if (fclose(file) && rc == 0)
        rc = -errno;
    if (rc == 0 && rename(temporary, path))
        rc = -errno;
    if (rc)
        unlink(temporary);
    return rc;
}

static int store_somewhere(const json_t *report, const char *name, const char *const *directories)
{
    int rc = -ENOENT;

    for (unsigned int i = 0; directories[i] && rc; i++)
        rc = store_in(report, name, directories[i]);
    return rc;
}

int irx_report_store(const json_t *report, const char *const *directories, struct irx_error *e)
{
    const char *result = irx_json_text(report, "result", ""), *remedy;
    int rc = store_somewhere(report, IRX_REPORT_LAST, directories);

    if (rc == 0 && !strcmp(result, IRX_RESULT_DRILLED))
        rc = store_somewhere(report, IRX_REPORT_DRILL, directories);
    if (rc == 0 && !strcmp(result, IRX_RESULT_UPDATED))
        rc = store_somewhere(report, IRX_REPORT_UPDATE, directories);
    if (rc == 0)
        return 0;
    remedy = irx_file_remedy(-rc);
    return irx_fail(e, rc,
                    remedy[0] ? remedy : "make one of /var/lib/interrex, /run/interrex writable",
                    "cannot keep the report: %s", strerror(-rc));
}

/* Of this form, and with all that is read from it without another look. */
static bool is_report(const json_t *report)
{
    static const char *const lists[] = {"guests", "phases"};

    for (size_t i = 0; i < sizeof(lists) / sizeof(*lists); i++)
        if (!json_is_array(json_object_get(report, lists[i])))
            return false;
    return json_integer_value(json_object_get(report, "schema")) == IRX_REPORT_SCHEMA &&
           json_is_string(json_object_get(report, "command")) &&
           json_is_string(json_object_get(report, "result"));
}

bool irx_report_find(const char *const *directories, const char *name, char *newest, size_t size)
{
    struct timespec newest_time = {0};
    char path[512];
    struct stat st;

    newest[0] = 0;
    for (unsigned int i = 0; directories[i]; i++) {
        snprintf(path, sizeof(path), "%s/%s", directories[i], name);
        if (stat(path, &st))
            continue;
        if (newest[0] &&
            (st.st_mtim.tv_sec < newest_time.tv_sec || (st.st_mtim.tv_sec == newest_time.tv_sec &&
                                                        st.st_mtim.tv_nsec <= newest_time.tv_nsec)))
            continue;
        snprintf(newest, size, "%s", path);
        newest_time = st.st_mtim;
    }
    return newest[0] != 0;
}

json_t *irx_report_read(const char *path, struct irx_error *e)
{
    json_error_t why;
    json_t *report = json_load_file(path, 0, &why);

    if (report && is_report(report))
        return report;
    if (report)
        irx_fail(e, -EPROTO, "delete the file", "%s is no report of this release", path);
    else
        irx_fail(e, -EPROTO, "delete the file", "%s is damaged: %s (line %d)", path, why.text,
                 why.line);
    json_decref(report);
    return NULL;
}

json_t *irx_report_load(const char *const *directories, struct irx_error *e)
{
    char path[512];

    if (irx_report_find(directories, IRX_REPORT_LAST, path, sizeof(path)))
        return irx_report_read(path, e);
    irx_fail(e, -ENOENT, "run `interrex drill` or `interrex update` first",
             "there is no report on this host yet");
    return NULL;
}

/* ---- merging in what the guests know ---- */

struct guest_key {
    const char *name;
    json_type type, or_type;
};

static const struct guest_key guest_keys[] = {
    {"blackout_enter_us", JSON_INTEGER, JSON_REAL}, {"blackout_leave_us", JSON_INTEGER, JSON_REAL},
    {"largest_gap_us", JSON_INTEGER, JSON_REAL},    {"held_progress", JSON_REAL, JSON_INTEGER},
    {"events_lost", JSON_INTEGER, JSON_INTEGER},    {"checksum_ok", JSON_TRUE, JSON_FALSE},
};

static json_t *find_guest(json_t *report, const json_t *of)
{
    const json_t *name = json_object_get(of, "name"), *domid = json_object_get(of, "domid");
    json_t *guest;
    size_t i;

    json_array_foreach(json_object_get(report, "guests"), i, guest)
    {
        if (name ? json_equal(name, json_object_get(guest, "name"))
                 : domid && json_equal(domid, json_object_get(guest, "domid")))
            return guest;
    }
    return NULL;
}

static int merge_guest(json_t *guest, const json_t *from, struct irx_error *e)
{
    const char *key;
    json_t *value;

    json_object_foreach((json_t *)(uintptr_t)from, key, value)
    {
        const struct guest_key *known = NULL;

        if (!strcmp(key, "name") || !strcmp(key, "domid"))
            continue;
        for (size_t i = 0; i < sizeof(guest_keys) / sizeof(*guest_keys); i++)
            if (!strcmp(key, guest_keys[i].name))
                known = &guest_keys[i];
        if (!known)
            return irx_fail(e, -EINVAL, "see report.schema.json", "a guest has no field \"%s\"",
                            key);
        if (json_typeof(value) != known->type && json_typeof(value) != known->or_type &&
            !json_is_null(value))
            return irx_fail(e, -EINVAL, "see report.schema.json", "\"%s\" is of another type", key);
        json_object_set(guest, key, value);
    }
    return 0;
}

int irx_report_merge(json_t *report, const json_t *guests, struct irx_error *e)
{
    const json_t *list = json_object_get(guests, "guests"), *from;
    size_t i;

    if (!json_is_array(list))
        return irx_fail(e, -EINVAL, "see the manual page, --merge-guests",
                        "the file has no list \"guests\"");
    json_array_foreach(list, i, from)
    {
        json_t *guest = find_guest(report, from);
        int rc;

        if (!guest)
            return irx_fail(e, -ENOENT, "see `interrex report` for the names",
                            "the report has no guest of entry %zu's name or domid", i);
        rc = merge_guest(guest, from, e);
        if (rc)
            return rc;
    }
    return 0;
}
