/* SPDX-License-Identifier: GPL-2.0-only */
/* The domains that the shim runs, for commands that are about one of them. */
#ifndef INTERREX_DOM0_HELD_H
#define INTERREX_DOM0_HELD_H

#include "cmd.h"

/* Arguments of such a command: argp's input for irx_held_parse(). */
struct irx_held_args {
    struct irx_env *env;
    bool needed;        /* a domain has to be named */
    const char *domain; /* NULL: none was */
};

/* argp's parser: the common options, and one domain. */
error_t irx_held_parse(int key, char *arg, struct argp_state *state);

/* The held domain with this name or number, or NULL. */
struct irx_guest *irx_held_find(struct irx_session *s, const char *domain);

/* Held domains. Those that are left decide whether the host is whole again. */
unsigned int irx_held_count(struct irx_session *s);

/* Notes of all that are left which of them are quarantined, and shows why. */
void irx_held_note_others(struct irx_session *s);

/* Says that the shim does not run `domain`; `others` ends the remedy. Returns IRX_RC_REFUSED. */
int irx_held_none(struct irx_run *run, const char *domain, const char *others);

#endif
