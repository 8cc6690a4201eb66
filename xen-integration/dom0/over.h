/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Figures beside their limits (limit.h): the forecast before anything is touched, what is measured
 * while it can still go back, and what is known only afterwards.
 */
#ifndef INTERREX_DOM0_OVER_H
#define INTERREX_DOM0_OVER_H

#include <stdbool.h>
#include <stdint.h>

#include <jansson.h>

#include "error.h"
#include "limit.h"

struct irx_guest;

/* One that was, or would be, over its limit. */
struct irx_over_entry {
    enum irx_figure figure;
    const char *seen; /* static: "forecast", "meanwhile", "afterwards" */
    uint32_t domid;   /* 0: the host's own */
    char name[64];    /* of the domain */
    uint64_t limit_us, value_us;
};

struct irx_over {
    unsigned int count, room;
    struct irx_over_entry *list;
    bool stopped; /* something was over in time, and the session goes back for it */
    bool late;    /* something was known to be over only afterwards, and would have been a reason */
};

/*
 * The forecast. Each figure over its limit is a refusal, or a warning where it is to go on. jumps:
 * this is for an update; a drill has no stall, so that is a warning there.
 */
void irx_over_forecast(struct irx_session *s, bool jumps, struct irx_findings *f);

/*
 * What guest g has cost so far, or with NULL all guests that are in the shim. Before the jump only.
 * 0: go on; -ETIME with *e: go back.
 */
int irx_over_meanwhile(struct irx_session *s, struct irx_guest *g, struct irx_error *e);

/* All that was measured, when it is over. */
void irx_over_afterwards(struct irx_session *s);

/* "over" of report.schema.json; NULL: there were no limits. */
json_t *irx_over_json(const struct irx_session *s);

#endif
