/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the Xen that an update started did by itself, since nobody went on with the update: Xen keeps it in
 * R until the next one (struct irx_deadman).
 */
#ifndef INTERREX_DOM0_DEADMAN_H
#define INTERREX_DOM0_DEADMAN_H

#include <stdbool.h>
#include <stdio.h>

#include <jansson.h>

#include "session.h"

/*
 * {"limit_ms", "began", "ended", "claimed", "cpus", "left", "tsc"}; began, ended: UTC, null: it did not. null
 * where the Xen of the last update waits for ever, and in an R that an older Xen laid out.
 */
json_t *irx_deadman_gather(const struct irx_xen *xen);
/* The same of this session's host, once. */
const json_t *irx_session_deadman(struct irx_session *s);
/* It did something. */
bool irx_deadman_began(const json_t *deadman);
/* The last report tells of it already. report: NULL where there is none. */
bool irx_deadman_is_told(const json_t *deadman, const json_t *report);
/* For people, if it did something. */
void irx_deadman_print(const json_t *deadman, FILE *out);

#endif
