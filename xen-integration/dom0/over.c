/* SPDX-License-Identifier: GPL-2.0-only */
#include "over.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "counters.h"
#include "findings.h"
#include "measure.h"
#include "session.h"

#define SEEN_FORECAST "forecast"

static double ms(uint64_t us)
{
    return (double)us / 1000.0;
}

static const struct irx_limits *limits_of(const struct irx_session *s, const struct irx_guest *g)
{
    return g ? &g->limits : &s->limits;
}

static bool is_over(const struct irx_session *s, const struct irx_guest *g, enum irx_figure figure,
                    uint64_t us)
{
    const uint64_t limit = limits_of(s, g)->max_us[figure];

    return limit && us > limit;
}

/* A guest's stall is the host's: only a limit of its own is about it. */
static bool has_own_stall(const struct irx_guest *g)
{
    return g->limits.own[IRX_STALL];
}

/* What was measured of one thing is told once: when it was first seen, and the most that it came to. */
static struct irx_over_entry *find(const struct irx_over *over, uint32_t domid,
                                   enum irx_figure figure, const char *seen)
{
    const bool forecast = !strcmp(seen, SEEN_FORECAST);

    for (unsigned int i = 0; i < over->count; i++)
        if (over->list[i].domid == domid && over->list[i].figure == figure &&
            forecast == !strcmp(over->list[i].seen, SEEN_FORECAST))
            return &over->list[i];
    return NULL;
}

/* True: it was not known yet. */
static bool note(struct irx_session *s, const struct irx_guest *g, enum irx_figure figure,
                 const char *seen, uint64_t us)
{
    struct irx_over *over = &s->over;
    struct irx_over_entry *entry = find(over, g ? g->domid : 0, figure, seen);

    if (entry) {
        if (us > entry->value_us)
            entry->value_us = us;
        return false;
    }
    if (over->count == over->room) {
        unsigned int room = over->room ? over->room * 2 : 16;
        struct irx_over_entry *list = realloc(over->list, room * sizeof(*list));

        if (!list)
            return true; /* the report lacks it; what is done about it does not depend on that */
        over->list = list;
        over->room = room;
    }
    entry = &over->list[over->count++];
    *entry = (struct irx_over_entry){.figure = figure,
                                     .seen = seen,
                                     .domid = g ? g->domid : 0,
                                     .limit_us = limits_of(s, g)->max_us[figure],
                                     .value_us = us};
    snprintf(entry->name, sizeof(entry->name), "%s", g ? g->name : "");
    return true;
}

/* What says the limit: "--max-stall", or "max_stall_ms in FILE". */
static const char *limit_name(const struct irx_session *s, const struct irx_guest *g,
                              enum irx_figure figure, char *words, size_t size)
{
    if (g && g->limits.own[figure])
        snprintf(words, size, "max_%s_ms in %.100s", irx_figure_key(figure), s->limits_file);
    else
        snprintf(words, size, "--max-%s", irx_figure_key(figure));
    return words;
}

static void remedy(const struct irx_session *s, const struct irx_guest *g, enum irx_figure figure,
                   const char *before, char *words, size_t size)
{
    char limit[140];
    bool own = g && g->limits.own_goes_on;

    snprintf(words, size, "%sraise %s, or say %s", before,
             limit_name(s, g, figure, limit, sizeof(limit)),
             own ? "\"over_limit\": \"continue\" there" : "--over-limit continue");
}

/* ---- the forecast ---- */

static const char *what_helps(enum irx_figure figure, enum irx_estimate_from from)
{
    if (figure == IRX_STALL)
        return "";
    return from == IRX_FROM_SIZES
               ? "run `interrex drill` without this limit, which measures it; or "
               : "run `interrex drill` without this limit again, at a quieter time; or ";
}

static void compare_forecast(struct irx_session *s, const struct irx_guest *g,
                             enum irx_figure figure, bool jumps, struct irx_findings *f)
{
    const struct irx_estimate *estimate = irx_forecast_of(s, g, figure);
    const bool of_a_drill = figure == IRX_STALL && !jumps;
    struct irx_finding finding = {.limit = true, .domid = g ? (uint16_t)g->domid : IRX_DOMID_HOST};
    char words[IRX_FORECAST_WORDS], limit[140];

    if (!is_over(s, g, figure, estimate->us))
        return;
    note(s, g, figure, SEEN_FORECAST, estimate->us);
    finding.warning = limits_of(s, g)->goes_on || of_a_drill;
    finding.refused = !finding.warning;
    if (g)
        snprintf(finding.subject, sizeof(finding.subject), "%s (%u)", g->name, g->domid);
    else
        snprintf(finding.subject, sizeof(finding.subject), "host");
    snprintf(finding.what, sizeof(finding.what),
             "the %s is forecast at %.3f ms (%s), over the limit of %.3f ms (%s)",
             irx_figure_name(figure), ms(estimate->us),
             irx_forecast_source(s, figure, estimate, words, sizeof(words)),
             ms(limits_of(s, g)->max_us[figure]), limit_name(s, g, figure, limit, sizeof(limit)));
    if (of_a_drill)
        snprintf(finding.remedy, sizeof(finding.remedy),
                 "a drill has no stall; an update would be refused with this limit");
    else if (finding.warning)
        snprintf(finding.remedy, sizeof(finding.remedy),
                 "none is needed: it goes on past this limit, as was asked for");
    else
        remedy(s, g, figure, what_helps(figure, estimate->from), finding.remedy,
               sizeof(finding.remedy));
    irx_findings_add(f, &finding);
}

void irx_over_forecast(struct irx_session *s, bool jumps, struct irx_findings *f)
{
    compare_forecast(s, NULL, IRX_STALL, jumps, f);
    for (unsigned int i = 0; i < s->guest_count; i++) {
        const struct irx_guest *g = &s->guests[i];

        compare_forecast(s, g, IRX_BLACKOUT, jumps, f);
        compare_forecast(s, g, IRX_BROWNOUT, jumps, f);
        if (has_own_stall(g))
            compare_forecast(s, g, IRX_STALL, jumps, f);
    }
}

/* ---- what is measured ---- */

static uint64_t blackout_us(const struct irx_session *s, const struct irx_guest *g)
{
    uint64_t enter = g->has_enter ? g->enter_tsc : 0, leave = g->has_leave ? g->leave_tsc : 0;

    return irx_ticks_to_us(enter > leave ? enter : leave, s->before.tsc_khz);
}

static uint64_t brownout_us(const struct irx_session *s, const struct irx_guest *g)
{
    return irx_ticks_to_us(g->brownout_tsc, s->before.tsc_khz);
}

/* 0, or -ETIME if this is a reason to go back. */
static int compare_now(struct irx_session *s, const struct irx_guest *g, enum irx_figure figure,
                       uint64_t us, struct irx_error *e)
{
    char limit[140], helps[320];
    bool news;

    if (!is_over(s, g, figure, us))
        return 0;
    news = note(s, g, figure, "meanwhile", us);
    limit_name(s, g, figure, limit, sizeof(limit));
    if (g->limits.goes_on) {
        if (news)
            irx_progress_step(&s->progress, 1, 1, "%s of %s is %.3f ms, over %s; going on",
                              irx_figure_name(figure), g->name, ms(us), limit);
        return 0;
    }
    s->over.stopped = true;
    remedy(s, g, figure, "try again at a quieter time, ", helps, sizeof(helps));
    return irx_fail(
        e, -ETIME, helps, "the %s of %s (domain %u) is %.3f ms, over the limit of %.3f ms (%s)",
        irx_figure_name(figure), g->name, g->domid, ms(us), ms(g->limits.max_us[figure]), limit);
}

int irx_over_meanwhile(struct irx_session *s, struct irx_guest *g, struct irx_error *e)
{
    int rc = 0;

    if (!s->limited)
        return 0;
    irx_measure_so_far(s, g);
    for (unsigned int i = 0; rc == 0 && i < s->guest_count; i++) {
        const struct irx_guest *this = &s->guests[i];

        if (!this->entered || (g && g != this))
            continue;
        rc = compare_now(s, this, IRX_BLACKOUT, blackout_us(s, this), e);
        if (rc == 0)
            rc = compare_now(s, this, IRX_BROWNOUT, brownout_us(s, this), e);
    }
    return rc;
}

static void compare_late(struct irx_session *s, const struct irx_guest *g, enum irx_figure figure,
                         uint64_t us)
{
    if (!is_over(s, g, figure, us))
        return;
    note(s, g, figure, "afterwards", us);
    s->over.late |= !limits_of(s, g)->goes_on;
}

void irx_over_afterwards(struct irx_session *s)
{
    uint64_t stall = irx_ticks_to_us(irx_stall_ticks(s), s->before.tsc_khz);

    compare_late(s, NULL, IRX_STALL, stall);
    for (unsigned int i = 0; i < s->guest_count; i++) {
        const struct irx_guest *g = &s->guests[i];

        compare_late(s, g, IRX_BLACKOUT, blackout_us(s, g));
        compare_late(s, g, IRX_BROWNOUT, brownout_us(s, g));
        if (has_own_stall(g))
            compare_late(s, g, IRX_STALL, stall);
    }
}

json_t *irx_over_json(const struct irx_session *s)
{
    json_t *list;

    if (!s->limited)
        return NULL;
    list = json_array();
    for (unsigned int i = 0; i < s->over.count; i++) {
        const struct irx_over_entry *entry = &s->over.list[i];

        json_array_append_new(
            list, json_pack("{s:s, s:s, s:o, s:o, s:f, s:f}", "figure",
                            irx_figure_key(entry->figure), "seen", entry->seen, "guest",
                            entry->domid ? json_string(entry->name) : json_null(), "domid",
                            entry->domid ? json_integer(entry->domid) : json_null(), "limit_ms",
                            ms(entry->limit_us), "value_ms", ms(entry->value_us)));
    }
    return list;
}
