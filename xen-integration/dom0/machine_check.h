/* SPDX-License-Identifier: GPL-2.0-only */
/* Machine checks that a CPU met while the shim had it: irx_cpu.mce, as status and report show it. */
#ifndef INTERREX_DOM0_MACHINE_CHECK_H
#define INTERREX_DOM0_MACHINE_CHECK_H

#include <stdio.h>

#include <interrex/abi/live.h>
#include <jansson.h>

#include "session.h"
#include "view.h"

#define IRX_MCE_NOBODY 0xffffu /* irx_machine_check.domid: the shim itself ran */

/* name: of its domain; ignored where the shim itself ran. null where the CPU met none. */
json_t *irx_machine_check_json(const struct irx_cpu *cpu, const char *name);
/* A line for people, of what irx_machine_check_json() made. */
void irx_machine_check_print(const json_t *check, FILE *out);

/*
 * Notes in the session what the CPUs in R have met so far: it is gone from there when they are
 * Xen's again.
 */
void irx_machine_checks_note(struct irx_session *s, const struct irx_view *view);
/* The same, with a look into R. Failure only means that nothing more is noted. */
void irx_machine_checks_look(struct irx_session *s);
/* All that were noted, a list. */
json_t *irx_machine_checks_json(const struct irx_session *s);

#endif
