/* SPDX-License-Identifier: GPL-2.0-only */
/* What a target left in R that failed before dom0 ran in it, and that a fallback stood in for it. */
#ifndef INTERREX_DOM0_RECOVERY_H
#define INTERREX_DOM0_RECOVERY_H

#include <stdio.h>

#include <jansson.h>

#include "session.h"

/*
 * For the report and for status: {"attempts", "attempts_max", "failed": {...} or null}. null where
 * no fallback was started in R's last update, or R cannot be read.
 */
json_t *irx_recovery_gather(const struct irx_xen *xen);
/*
 * The same of this session, once; null in the Xen that it began in. After the guests have been
 * claimed: JSON's first object waits for the kernel's random numbers, which a dom0 that was just
 * booted may not have for a second.
 */
const json_t *irx_session_recovery(struct irx_session *s);
/* In a line: "the target failed while it was at ...". */
void irx_recovery_say(const json_t *recovery, char *words, size_t size);
/* For people, with the last lines of its console. */
void irx_recovery_print(const json_t *recovery, FILE *out);

#endif
