/* SPDX-License-Identifier: GPL-2.0-only */
/* The state of a host as `interrex status` shows it: gathered once, as JSON, and printed from
 * there. */
#ifndef INTERREX_DOM0_STATUS_H
#define INTERREX_DOM0_STATUS_H

#include <jansson.h>

#include "xen.h"

/*
 * NULL: see *e. lock: the file that one who is at work has locked; NULL: nobody can be. with_log:
 * also the shim's log, as a list of lines.
 */
json_t *irx_status_gather(const struct irx_xen *xen, const char *lock, bool with_log,
                          struct irx_error *e);
/* log_lines: how many of the newest lines of the log, 0 = all. */
void irx_status_print(const json_t *status, unsigned int log_lines, FILE *out);

#endif
