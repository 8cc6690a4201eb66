/* SPDX-License-Identifier: GPL-2.0-only */
/* CPUs of the shim that answered no more, and who was lost with them, as status and report show it. */
#ifndef INTERREX_DOM0_DEAD_H
#define INTERREX_DOM0_DEAD_H

#include <stdio.h>

#include <jansson.h>

#include "session.h"

/*
 * A list of those that R tells of, with the vCPUs of the last update's guests whose registers were in
 * them; empty also where R cannot be read.
 */
json_t *irx_dead_gather(const struct irx_xen *xen);
/* The same for a report: a guest that is gone by now has the name that it had in the session. */
json_t *irx_dead_json(const struct irx_session *s);
/* Such a list, for people: what has happened, and what is to be done. Nothing, if it is empty or none. */
void irx_dead_print(const json_t *dead, FILE *out);

#endif
