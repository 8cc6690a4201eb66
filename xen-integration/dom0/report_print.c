/* SPDX-License-Identifier: GPL-2.0-only */
/* The summary of a report that a person reads; works from its JSON form. */
#include "report.h"
#include "dead.h"
#include "deadman.h"
#include "recovery.h"

#include <string.h>

#include "heap.h"
#include "json_get.h"
#include "machine_check.h"

static double number(const json_t *object, const char *key)
{
    return json_number_value(json_object_get(object, key));
}

/* A figure, or "-" while it is null. */
static void put(FILE *out, const json_t *object, const char *key, double unit, int width,
                int digits)
{
    const json_t *value = json_object_get(object, key);

    if (json_is_number(value))
        fprintf(out, " %*.*f", width, digits, json_number_value(value) / unit);
    else if (json_is_boolean(value))
        fprintf(out, " %*s", width, json_is_true(value) ? "ok" : "WRONG");
    else
        fprintf(out, " %*s", width, "-");
}

/* Nothing was done to any guest: a table of them would say nothing. */
static bool untouched(const json_t *report)
{
    const char *result = irx_json_text(report, "result", "unknown");

    return strcmp(result, IRX_RESULT_REFUSED) == 0;
}

static void print_guests(const json_t *guests, FILE *out)
{
    const json_t *guest;
    size_t i;

    if (!json_array_size(guests))
        return;
    fprintf(out, "\n%-16s %5s %5s %8s %10s %10s %10s %10s %9s %6s %8s\n", "guest", "id", "vCPUs",
            "MiB", "enter ms", "leave ms", "wait ms", "gap ms", "progress", "lost", "checksum");
    json_array_foreach(guests, i, guest)
    {
        fprintf(out, "%-16s %5.0f %5.0f %8.0f", irx_json_text(guest, "name", "unknown"),
                number(guest, "domid"), number(guest, "vcpus"), number(guest, "memory_mib"));
        put(out, guest, "blackout_enter_us", 1000, 10, 3);
        put(out, guest, "blackout_leave_us", 1000, 10, 3);
        put(out, guest, "brownout_us", 1000, 10, 3);
        put(out, guest, "largest_gap_us", 1000, 10, 3);
        put(out, guest, "held_progress", 1, 9, 2);
        put(out, guest, "events_lost", 1, 6, 0);
        put(out, guest, "checksum_ok", 1, 8, 0);
        fputc('\n', out);
    }
    json_array_foreach(guests, i, guest)
    {
        const json_t *stop = json_object_get(guest, "stop_ms");

        if (json_is_number(stop))
            fprintf(out, "parked       %s (%.0f), PV, stood still for %.3f ms\n",
                    irx_json_text(guest, "name", "unknown"), number(guest, "domid"),
                    json_number_value(stop));
    }
    json_array_foreach(guests, i, guest)
    {
        const json_t *why = json_object_get(guest, "quarantined");

        if (json_is_object(why))
            fprintf(out, "QUARANTINED  %s (%.0f): %s\n             remedy: %s\n",
                    irx_json_text(guest, "name", "unknown"), number(guest, "domid"),
                    irx_json_text(why, "what", "unknown"), irx_json_text(why, "remedy", "unknown"));
    }
}

static void print_reasons(const json_t *reasons, const char *label, FILE *out)
{
    const json_t *reason;
    size_t i;

    json_array_foreach(reasons, i, reason)
    {
        fprintf(out, "%-8s %-20s %s\n", label, irx_json_text(reason, "subject", "unknown"),
                irx_json_text(reason, "what", "unknown"));
        if (irx_json_text(reason, "remedy", "unknown")[0])
            fprintf(out, "         %-20s remedy: %s\n", "",
                    irx_json_text(reason, "remedy", "unknown"));
    }
}

/* The longest of any guest, ms; null is none. -1: nobody measured it. */
static double longest_blackout(const json_t *guests)
{
    static const char *const keys[] = {"blackout_enter_us", "blackout_leave_us"};
    double longest = -1;
    const json_t *guest;
    size_t i;

    json_array_foreach(guests, i, guest)
    {
        for (size_t k = 0; k < sizeof(keys) / sizeof(*keys); k++) {
            const json_t *value = json_object_get(guest, keys[k]);

            if (json_is_number(value) && json_number_value(value) / 1000 > longest)
                longest = json_number_value(value) / 1000;
        }
    }
    return longest;
}

static void put_ms(FILE *out, double value)
{
    if (value >= 0)
        fprintf(out, " %12.3f", value);
    else
        fprintf(out, " %12s", "-");
}

static double ms_or_none(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);

    return json_is_number(value) ? json_number_value(value) : -1;
}

/* Forecast, measured figure and limit beside each other. */
static void print_figures(const json_t *report, FILE *out)
{
    static const struct {
        const char *name, *forecast, *limit, *measured; /* measured: a key of the report */
    } rows[] = {{"blackout", "blackout", "max_blackout_ms", NULL},
                {"brown-out", "brownout", "max_brownout_ms", "brownout_ms"},
                {"stall", "stall", "max_stall_ms", "service_stall_ms"}};
    const json_t *forecast = json_object_get(report, "forecast");
    const json_t *limits = json_object_get(report, "limits");

    if (!json_is_object(forecast))
        return;
    fprintf(out, "\n%-10s %12s %12s %12s  %s\n", "figure", "forecast ms", "measured ms", "limit ms",
            "forecast from");
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        const json_t *estimate = json_object_get(forecast, rows[i].forecast);

        fprintf(out, "%-10s", rows[i].name);
        put_ms(out, ms_or_none(estimate, "ms"));
        put_ms(out, rows[i].measured ? ms_or_none(report, rows[i].measured)
                                     : longest_blackout(json_object_get(report, "guests")));
        put_ms(out, ms_or_none(limits, rows[i].limit));
        fprintf(out, "  %s\n", irx_json_text(estimate, "source", "-"));
    }
}

/* Of the domains with limits of their own, and what was over one. */
static void print_limits(const json_t *report, FILE *out)
{
    const json_t *limits = json_object_get(report, "limits"), *own, *entry;
    const char *name;
    size_t i;

    json_object_foreach(json_object_get(limits, "domains"), name, own)
    {
        fprintf(out, "limits of %.64s:", name);
        for (i = 0; i < IRX_FIGURES; i++) {
            char key[32];

            snprintf(key, sizeof(key), "max_%s_ms", irx_figure_key((enum irx_figure)i));
            if (json_is_number(json_object_get(own, key)))
                fprintf(out, " %s %.3f ms,", irx_figure_name((enum irx_figure)i), number(own, key));
        }
        fprintf(out, " past one: %s\n", irx_json_text(own, "over_limit", "unknown"));
    }
    json_array_foreach(json_object_get(report, "over"), i, entry)
        fprintf(out, "OVER     %-20s %s %.3f ms, limit %.3f ms (%s)\n",
                irx_json_text(entry, "guest", "host"), irx_json_text(entry, "figure", "unknown"),
                number(entry, "value_ms"), number(entry, "limit_ms"),
                irx_json_text(entry, "seen", "unknown"));
}

/* What went on while nobody waited for it any more. */
static void print_after_dom0(const json_t *host, const char *whose, const char *key,
                             const char *what, FILE *out)
{
    if (json_is_number(json_object_get(host, key)))
        fprintf(out, "%-10s %12s %12.3f  (after dom0 ran again: %s)\n", whose, "",
                number(host, key), what);
}

void irx_report_print(const json_t *report, FILE *out)
{
    const json_t *source = json_object_get(report, "source");
    const json_t *target = json_object_get(report, "target");
    const json_t *host = json_object_get(report, "host"), *phase;
    const json_t *error = json_object_get(report, "error"), *check;
    size_t i;

    fprintf(out, "%s: %s", irx_json_text(report, "command", "unknown"),
            irx_json_text(report, "result", "unknown"));
    fprintf(out, " (started %s)\n", irx_json_text(report, "started", "unknown"));
    if (json_is_string(json_object_get(source, "version")))
        fprintf(out, "from     Xen %s, build id %s\n", irx_json_text(source, "version", "unknown"),
                irx_json_text(source, "build_id", "unknown"));
    if (json_is_object(target))
        fprintf(out, "to       Xen %s, build id %s\n", irx_json_text(target, "version", "unknown"),
                irx_json_text(target, "build_id", "unknown"));
    fprintf(out, "host     %.0f CPUs, %.0f held; %.0f MiB\n", number(host, "cpus"),
            number(host, "held_cpus"), number(host, "memory_mib"));
    irx_heap_print(host, out);
    if (json_is_integer(json_object_get(report, "times")))
        fprintf(out, "times    %.0f; phases are sums\n", number(report, "times"));
    print_reasons(json_object_get(report, "warnings"), "warning", out);
    print_reasons(json_object_get(report, "reasons"), "REFUSED", out);
    fprintf(out, "\n%-10s %12s %12s\n", "phase", "start ms", "length ms");
    json_array_foreach(json_object_get(report, "phases"), i, phase)
        fprintf(out, "%-10s %12.3f %12.3f\n", irx_json_text(phase, "name", "unknown"),
                number(phase, "start"), number(phase, "length"));
    if (json_is_number(json_object_get(report, "service_stall_ms")))
        fprintf(out, "%-10s %12s %12.3f  (dom0 saved: jump, boot, rebuild, resume)\n", "stall", "",
                number(report, "service_stall_ms"));
    if (json_is_number(json_object_get(report, "brownout_ms")))
        fprintf(out, "%-10s %12s %12.3f  (longest wait of a vCPU for a CPU)\n", "brown-out", "",
                number(report, "brownout_ms"));
    print_after_dom0(host, "guests", "guests_claimed_ms", "all claimed", out);
    print_after_dom0(host, "CPUs", "cpus_back_ms", "all back", out);
    print_after_dom0(host, "memory", "heap_full_ms", "all in the heap", out);
    json_array_foreach(json_object_get(report, "machine_checks"), i, check)
    {
        if (i == 0)
            fputc('\n', out);
        irx_machine_check_print(check, out);
    }
    if (json_array_size(json_object_get(report, "dead_cpus"))) {
        fputc('\n', out);
        irx_dead_print(json_object_get(report, "dead_cpus"), out);
    }
    if (!untouched(report))
        print_guests(json_object_get(report, "guests"), out);
    print_figures(report, out);
    print_limits(report, out);
    if (json_is_object(json_object_get(report, "recovery"))) {
        fputc('\n', out);
        irx_recovery_print(json_object_get(report, "recovery"), out);
    }
    if (irx_deadman_began(json_object_get(report, "deadman"))) {
        fputc('\n', out);
        irx_deadman_print(json_object_get(report, "deadman"), out);
    }
    if (json_is_object(error)) {
        fprintf(out, "\nerror: %s\n", irx_json_text(error, "what", "unknown"));
        if (irx_json_text(error, "remedy", "unknown")[0])
            fprintf(out, "remedy: %s\n", irx_json_text(error, "remedy", "unknown"));
    }
}
