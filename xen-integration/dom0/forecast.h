/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What an update or a drill of this host will cost, before anything is touched. What the last drill
 * or update measured, the newer one, if the host and the guest are the same; else by the sizes of
 * host and guests, with figures of the emulated bed (docs/status.md): of other machines they only say
 * how the cost grows.
 */
#ifndef INTERREX_DOM0_FORECAST_H
#define INTERREX_DOM0_FORECAST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "limit.h"

enum irx_estimate_from { IRX_FROM_SIZES, IRX_FROM_DRILL, IRX_FROM_UPDATE, IRX_FROM_COUNT };

struct irx_estimate {
    uint64_t us;
    enum irx_estimate_from from;
};

struct irx_forecast {
    bool made;
    struct irx_estimate stall;
    char started[IRX_FROM_COUNT][24]; /* of the drill and the update that it is from */
    uint32_t held_cpus;               /* that there will be */
    uint64_t vcpus;                   /* of all guests */
    unsigned int boot_delay_ms;
};

/*
 * Fills s->forecast, and blackout and brownout of each guest. directories: where reports are kept;
 * cpus: how many will be lent, 0: all but the boot CPU. A report that is damaged, or of a host of
 * another shape, is a warning, and is not used.
 */
void irx_forecast_make(struct irx_session *s, const char *const *directories, unsigned int cpus,
                       unsigned int boot_delay_ms, struct irx_findings *f);

/* The longest of any guest; NULL: there are no guests. figure: not the stall. */
const struct irx_guest *irx_forecast_worst(const struct irx_session *s, enum irx_figure figure);
/* Of a guest, or, with IRX_STALL, of the host (g is not looked at). */
const struct irx_estimate *irx_forecast_of(const struct irx_session *s, const struct irx_guest *g,
                                           enum irx_figure figure);
#define IRX_FORECAST_WORDS 240u /* bytes that are enough */
/* Where it is from, in words, into `words`; returns that. */
const char *irx_forecast_source(const struct irx_session *s, enum irx_figure figure,
                                const struct irx_estimate *estimate, char *words, size_t size);

/* A line for each figure. */
void irx_forecast_show(const struct irx_session *s, struct irx_findings *f);
/* "forecast" of report.schema.json; NULL: none was made. */
json_t *irx_forecast_json(const struct irx_session *s);

#endif
