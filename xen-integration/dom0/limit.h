/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the operator lets an update or a drill cost: --max-blackout, --max-brownout, --max-stall,
 * --over-limit, and a file (--limits) with other values for some domains. Kept as whole
 * microseconds. forecast.h has what to expect, over.h compares.
 */
#ifndef INTERREX_DOM0_LIMIT_H
#define INTERREX_DOM0_LIMIT_H

#include <stdbool.h>
#include <stdint.h>

#include <jansson.h>

struct irx_findings;
struct irx_session;

/* measure.h says what each is. The stall is dom0's, and so the host's. */
enum irx_figure { IRX_BLACKOUT, IRX_BROWNOUT, IRX_STALL, IRX_FIGURES };

#define IRX_LIMIT_MAX_MS 3600000u

struct irx_limits {
    uint64_t max_us[IRX_FIGURES]; /* 0: no limit */
    bool goes_on;                 /* past one; else it goes back */
    bool own[IRX_FIGURES];        /* the file says this for this domain */
    bool own_goes_on;
};

/* As the command line has it. */
struct irx_limits_request {
    struct irx_limits all;
    const char *file;     /* NULL: none */
    unsigned int time_s;  /* until the jump, or of a drill's hold and all before it; 0: none */
    unsigned int step_ms; /* that Xen waits for the shim in one step of a domain; 0: Xen's own */
};

/* A number of ms with up to three decimals, 0.001 to IRX_LIMIT_MAX_MS: to *us. False: it is none. */
bool irx_limit_parse(const char *text, uint64_t *us);
/* "abort" or "continue": to *goes_on. False: neither. */
bool irx_over_limit_parse(const char *text, bool *goes_on);

/*
 * Gives each guest of the session its limits. The file is validated whole; what is wrong with it is
 * a refusal, and then nothing of it counts.
 */
void irx_limits_apply(struct irx_session *s, const struct irx_limits_request *request,
                      struct irx_findings *f);

/* "blackout", "brown-out", "stall". */
const char *irx_figure_name(enum irx_figure figure);
/* The same as it stands in names of JSON. */
const char *irx_figure_key(enum irx_figure figure);

/* "limits" of report.schema.json; NULL: there are none. */
json_t *irx_limits_json(const struct irx_session *s);

#endif
