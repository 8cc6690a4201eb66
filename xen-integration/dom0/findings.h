/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a check found, line by line: what is in order, and what refuses an
 * update and why. Collected whole, so that an operator sees every reason at once.
 */
#ifndef INTERREX_DOM0_FINDINGS_H
#define INTERREX_DOM0_FINDINGS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include <jansson.h>

#include "error.h"

struct irx_finding {
    bool refused, warning; /* at most one of them; neither: it is in order */
    bool limit;            /* with one of them: the operator's own limit says so (over.h) */
    char subject[80];      /* "host", "shim", "target", or "name (domid)" */
    uint16_t domid;        /* IRX_DOMID_HOST unless a domain's */
    uint16_t code;         /* IRX_REASON_*; 0 = found by the tool */
    uint64_t detail;       /* as struct irx_op_reason */
    char what[320];
    char remedy[320]; /* with refused or warning */
};

struct irx_findings {
    struct irx_finding *list;
    unsigned int count, room;
    unsigned int refused;
    unsigned int refused_by_limit; /* of them */
    bool lost;                     /* out of memory: something is missing, counts as refused */
};

void irx_findings_ok(struct irx_findings *f, const char *subject, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* What does not refuse, but should be looked at; with a remedy. */
void irx_findings_warn(struct irx_findings *f, const char *subject, const char *remedy,
                       const char *format, ...) __attribute__((format(printf, 4, 5)));
/* From an error of the tool itself. */
void irx_findings_error(struct irx_findings *f, const char *subject, const struct irx_error *e);
/* Appends a copy of *finding. */
void irx_findings_add(struct irx_findings *f, const struct irx_finding *finding);
bool irx_findings_passed(const struct irx_findings *f);
/* Refused, and by nothing but limits of the operator's. */
bool irx_findings_only_limits(const struct irx_findings *f);
void irx_findings_free(struct irx_findings *f);

/* "ok", "warning" and "REFUSED" lines, remedies below. only_refused: without what is in order. */
void irx_findings_print(const struct irx_findings *f, FILE *out, bool only_refused);
/* Array of the refused ones: subject, domid (null: host), code, name, what, remedy, detail. */
json_t *irx_findings_json(const struct irx_findings *f);
/* The same of the warnings. */
json_t *irx_findings_warnings_json(const struct irx_findings *f);

#endif
