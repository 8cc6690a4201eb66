/* SPDX-License-Identifier: GPL-2.0-only */
#include "forecast.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "findings.h"
#include "past.h"
#include "report.h"
#include "session.h"

/*
 * docs/status.md, "What an update costs on the bed": counted in instructions, on an emulated host
 * of 2 GB, and of 8 GB to a TiB. The blackouts there are the same for a small and a large guest.
 */
#define BED_STALL_US           33000u
#define BED_STALL_US_PER_GIB   25u    /* for each GiB above the first ones */
#define BED_STALL_US_PER_GUEST 9100u  /* for each GiB of held guests */
#define BED_STALL_NS_PER_PAGE  95u    /* of PV domains */
#define BED_STALL_NS_PER_TABLE 54000u /* page tables of PV guests that are full, and in no order */
#define BED_MIB                2048u
#define BED_BLACKOUT_US        40u
/* The longest turn that the shim gives: TURN_MAX_US of shim/core/sched.c. */
#define SHIM_TURN_US 10000u

/* ---- by sizes ---- */

static uint64_t tables_us(uint64_t tables)
{
    return tables * BED_STALL_NS_PER_TABLE / 1000;
}

static uint64_t stall_by_size(const struct irx_session *s)
{
    const uint64_t memory = s->host.memory_mib, more = memory > BED_MIB ? memory - BED_MIB : 0;
    uint64_t held = 0;

    for (unsigned int i = 0; i < s->guest_count; i++)
        held += s->guests[i].pv ? 0 : s->guests[i].memory_mib;
    return BED_STALL_US + more * BED_STALL_US_PER_GIB / 1024 +
           held * BED_STALL_US_PER_GUEST / 1024 + s->walks.pv_pages * BED_STALL_NS_PER_PAGE / 1000 +
           tables_us(s->walks.pv_tables);
}

/* All others that share its CPU have their turns first. */
static uint64_t brownout_by_size(uint64_t vcpus, uint32_t cpus)
{
    return vcpus ? ((vcpus + cpus - 1) / cpus - 1) * SHIM_TURN_US : 0;
}

static void by_sizes(struct irx_session *s, unsigned int cpus)
{
    struct irx_forecast *fc = &s->forecast;

    fc->held_cpus = cpus ? cpus : s->cpus > 1 ? s->cpus - 1 : 1;
    fc->vcpus = 0;
    for (unsigned int i = 0; i < s->guest_count; i++)
        fc->vcpus += s->guests[i].pv ? 0 : s->guests[i].vcpus;
    fc->stall.us = stall_by_size(s) + fc->boot_delay_ms * 1000ull;
    fc->stall.from = IRX_FROM_SIZES;
    for (unsigned int i = 0; i < s->guest_count; i++) {
        s->guests[i].blackout = (struct irx_estimate){BED_BLACKOUT_US, IRX_FROM_SIZES};
        s->guests[i].brownout = (struct irx_estimate){brownout_by_size(fc->vcpus, fc->held_cpus),
                                                      IRX_FROM_SIZES};
    }
}

/* ---- by what was measured ---- */

/* Of this host. A warning where it is not, or not readable. */
static bool read_past(struct irx_session *s, struct irx_past *past, const char *const *directories,
                      enum irx_estimate_from from, struct irx_findings *f)
{
    const bool drill = from == IRX_FROM_DRILL;
    struct irx_error e = {0};
    int rc = irx_past_read(past, directories, drill ? IRX_REPORT_DRILL : IRX_REPORT_UPDATE,
                           drill ? IRX_RESULT_DRILLED : IRX_RESULT_UPDATED, &e);

    if (rc == -ENOENT && !e.err)
        return false;
    if (rc) {
        irx_findings_warn(f, "forecast", e.remedy[0] ? e.remedy : "delete the file",
                          "%s; it is not used", e.what);
        return false;
    }
    if (past->cpus != s->cpus || past->memory_mib != s->host.memory_mib) {
        irx_findings_warn(f, "forecast", "run `interrex drill`",
                          "the last %s was of a host with %u CPUs and %" PRIu64
                          " MiB, this one has %u and %" PRIu64 "; it is not used",
                          drill ? "drill" : "update", past->cpus, past->memory_mib, s->cpus,
                          s->host.memory_mib);
        return false;
    }
    snprintf(s->forecast.started[from], sizeof(s->forecast.started[from]), "%s", past->started);
    return true;
}

/* Guests that are as they were then. The brown-out is also by who else wanted these CPUs. */
static void by_past(struct irx_session *s, const struct irx_past *past, enum irx_estimate_from from,
                    unsigned int cpus)
{
    bool as_crowded = s->forecast.vcpus <= past->vcpus && (cpus == 0 || cpus == past->held_cpus);

    for (unsigned int i = 0; i < s->guest_count; i++) {
        struct irx_guest *g = &s->guests[i];
        const struct irx_past_guest *then = irx_past_guest(past, g->name, g->vcpus, g->memory_mib);

        if (then && then->has_blackout)
            g->blackout = (struct irx_estimate){then->blackout_us, from};
        if (then && then->has_brownout && as_crowded)
            g->brownout = (struct irx_estimate){then->brownout_us, from};
    }
}

/* PV guests have become more, or make page tables: what was measured does not tell of those. */
static uint64_t more_tables_us(const struct irx_session *s, const struct irx_past *past)
{
    return s->walks.pv_tables > past->pv_tables ? tables_us(s->walks.pv_tables - past->pv_tables)
                                                : 0;
}

void irx_forecast_make(struct irx_session *s, const char *const *directories, unsigned int cpus,
                       unsigned int boot_delay_ms, struct irx_findings *f)
{
    struct irx_past drill, update;
    bool has_drill = read_past(s, &drill, directories, IRX_FROM_DRILL, f);
    bool has_update = read_past(s, &update, directories, IRX_FROM_UPDATE, f);
    /* UTC with all digits: the order of the letters is that of time. */
    bool drill_last = has_drill && has_update && strcmp(drill.started, update.started) >= 0;

    s->has_walks = irx_xen_walks(s->xen, &s->walks) == 0;
    s->forecast.made = true;
    s->forecast.boot_delay_ms = boot_delay_ms;
    by_sizes(s, cpus);
    if (has_drill && !drill_last)
        by_past(s, &drill, IRX_FROM_DRILL, cpus);
    if (has_update) {
        by_past(s, &update, IRX_FROM_UPDATE, cpus);
        s->forecast.stall = (struct irx_estimate){
            update.stall_us + more_tables_us(s, &update) + boot_delay_ms * 1000ull,
            IRX_FROM_UPDATE,
        };
    }
    if (drill_last)
        by_past(s, &drill, IRX_FROM_DRILL, cpus);
    irx_past_free(&drill);
    irx_past_free(&update);
}

/* ---- shown ---- */

const struct irx_estimate *irx_forecast_of(const struct irx_session *s, const struct irx_guest *g,
                                           enum irx_figure figure)
{
    return figure == IRX_STALL      ? &s->forecast.stall
           : figure == IRX_BLACKOUT ? &g->blackout
                                    : &g->brownout;
}

const struct irx_guest *irx_forecast_worst(const struct irx_session *s, enum irx_figure figure)
{
    const struct irx_guest *worst = NULL;

    for (unsigned int i = 0; i < s->guest_count; i++) {
        const struct irx_guest *g = &s->guests[i];

        if (!g->gone && !g->pv && /* that one's is the stall */
            (!worst || irx_forecast_of(s, g, figure)->us > irx_forecast_of(s, worst, figure)->us))
            worst = g;
    }
    return worst;
}

static void stall_source(const struct irx_session *s, char *words, size_t size)
{
    int used = snprintf(words, size,
                        "by size: %" PRIu64 " MiB; the emulated bed takes 33 ms, 9.1 ms for each "
                        "GiB of held guests, and 0.025 ms for each of the host above 2",
                        s->host.memory_mib);

    if (s->walks.pv_pages && used > 0 && (size_t)used < size)
        snprintf(words + used, size - (size_t)used,
                 "; %" PRIu64 " MiB of PV domains, 25 ms a GiB, and %" PRIu64
                 " page tables of PV guests, 54 us each",
                 s->walks.pv_pages / 256, s->walks.pv_tables);
}

const char *irx_forecast_source(const struct irx_session *s, enum irx_figure figure,
                                const struct irx_estimate *estimate, char *words, size_t size)
{
    if (estimate->from != IRX_FROM_SIZES)
        snprintf(words, size, "the %s of %s", estimate->from == IRX_FROM_DRILL ? "drill" : "update",
                 s->forecast.started[estimate->from]);
    else if (figure == IRX_BLACKOUT)
        snprintf(words, size, "by size: what the emulated bed takes");
    else if (figure == IRX_BROWNOUT)
        snprintf(words, size, "by size: %" PRIu64 " vCPUs on %u CPUs, turns of 10 ms",
                 s->forecast.vcpus, s->forecast.held_cpus);
    else
        stall_source(s, words, size);
    return words;
}

void irx_forecast_show(const struct irx_session *s, struct irx_findings *f)
{
    for (unsigned int i = 0; i < IRX_FIGURES; i++) {
        enum irx_figure figure = (enum irx_figure)i;
        const struct irx_guest *g = figure == IRX_STALL ? NULL : irx_forecast_worst(s, figure);
        const struct irx_estimate *estimate;
        char words[IRX_FORECAST_WORDS];

        if (!g && figure != IRX_STALL)
            continue;
        estimate = irx_forecast_of(s, g, figure);
        irx_findings_ok(f, "forecast", "%s %.3f ms%s%s (%s)", irx_figure_name(figure),
                        (double)estimate->us / 1000.0, g ? ", of " : "", g ? g->name : "",
                        irx_forecast_source(s, figure, estimate, words, sizeof(words)));
    }
}

static json_t *estimate_json(const struct irx_session *s, const struct irx_guest *g,
                             enum irx_figure figure)
{
    static const char *const from[IRX_FROM_COUNT] = {"sizes", "drill", "update"};
    const struct irx_estimate *estimate = irx_forecast_of(s, g, figure);
    char words[IRX_FORECAST_WORDS];

    return json_pack("{s:f, s:s, s:s}", "ms", (double)estimate->us / 1000.0, "from",
                     from[estimate->from], "source",
                     irx_forecast_source(s, figure, estimate, words, sizeof(words)));
}

static json_t *worst_json(const struct irx_session *s, enum irx_figure figure)
{
    const struct irx_guest *g = irx_forecast_worst(s, figure);

    return g ? estimate_json(s, g, figure) : json_null();
}

json_t *irx_forecast_json(const struct irx_session *s)
{
    json_t *guests;

    if (!s->forecast.made)
        return NULL;
    guests = json_array();
    for (unsigned int i = 0; i < s->guest_count; i++) {
        const struct irx_guest *g = &s->guests[i];

        if (g->gone || g->pv)
            continue;
        json_array_append_new(guests, json_pack("{s:s, s:i, s:o, s:o}", "name", g->name, "domid",
                                                (int)g->domid, "blackout",
                                                estimate_json(s, g, IRX_BLACKOUT), "brownout",
                                                estimate_json(s, g, IRX_BROWNOUT)));
    }
    return json_pack("{s:o, s:o, s:o, s:o}", "blackout", worst_json(s, IRX_BLACKOUT), "brownout",
                     worst_json(s, IRX_BROWNOUT), "stall", estimate_json(s, NULL, IRX_STALL),
                     "guests", guests);
}
