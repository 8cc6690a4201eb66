/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The report of a drill, a hold, an abort, an update or its end: built from a session,
 * kept on disk, shown to people and machines. Its form is report.schema.json.
 *
 * What only a guest can know (largest gap by its own TSC, its progress, its
 * checksum) is null here until it is merged in: irx_report_merge().
 */
#ifndef INTERREX_DOM0_REPORT_H
#define INTERREX_DOM0_REPORT_H

#include <stdbool.h>

#include <jansson.h>

#include "findings.h"
#include "session.h"

#define IRX_REPORT_SCHEMA 1

/* irx report "result" */
#define IRX_RESULT_UPDATED   "updated"   /* the next Xen runs all guests */
#define IRX_RESULT_DRILLED   "drilled"   /* held and back in the same Xen */
#define IRX_RESULT_HELD      "held"      /* guests are in the shim, as asked for */
#define IRX_RESULT_ABORTED   "aborted"   /* went back to the same Xen before the jump */
#define IRX_RESULT_FINISHED  "finished"  /* after the jump: nothing is held any more */
#define IRX_RESULT_ABANDONED "abandoned" /* a held domain was ended */
#define IRX_RESULT_RECOVERED                                                                       \
    "recovered" /* the target failed after the jump: the fallback runs all guests */
#define IRX_RESULT_REFUSED "refused" /* nothing was changed */
#define IRX_RESULT_FAILED  "failed"  /* something is still held, or nothing could be begun */

/* findings, error: NULL when there are none. */
json_t *irx_report_build(const struct irx_session *s, const char *command, const char *result,
                         const struct irx_findings *findings, const struct irx_error *error);

/* Adds to a report, or to what check says, the forecast, the limits, and what is over them. */
void irx_report_add_limits(const struct irx_session *s, json_t *object);

/* Files of reports: of the last thing that was done, the last drill, the last update. */
#define IRX_REPORT_LAST   "last-report.json"
#define IRX_REPORT_DRILL  "last-drill.json"
#define IRX_REPORT_UPDATE "last-update.json"

/*
 * Writes it as last-report.json into the first directory that takes it (made if missing); one with
 * the figures of a whole drill or update also as last-drill.json or last-update.json.
 */
int irx_report_store(const json_t *report, const char *const *directories, struct irx_error *e);
/* The newest file of this name in these directories: to path. False: there is none. */
bool irx_report_find(const char *const *directories, const char *name, char *path, size_t size);
/* Reads this file. NULL: see *e. */
json_t *irx_report_read(const char *path, struct irx_error *e);
/* Reads the newest one of these directories. NULL: see *e. */
json_t *irx_report_load(const char *const *directories, struct irx_error *e);

/*
 * Fills what the guests know from {"guests": [{"name" or "domid", ...}]}: known
 * keys only, each of its type. Guests that the report does not have are an error.
 */
int irx_report_merge(json_t *report, const json_t *guests, struct irx_error *e);

/* The summary that a person reads. */
void irx_report_print(const json_t *report, FILE *out);
/* Writes JSON with stable order and a newline. */
int irx_json_print(const json_t *json, FILE *out);

#endif
