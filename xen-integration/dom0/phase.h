/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Phases of a session: what took how long, for the report and for whoever watches. Times are the
 * host's TSC, which runs on across a kexec; the clock of dom0 need not.
 */
#ifndef INTERREX_DOM0_PHASE_H
#define INTERREX_DOM0_PHASE_H

#include <stdint.h>

#define IRX_PHASES_MAX 32u

struct irx_session;

/*
 * One that is gone through several times (repeat.h) counts once: from the first start on, and its
 * end so that end - start is the sum of all.
 */
struct irx_phase {
    const char *name; /* static */
    uint64_t start_tsc, end_tsc;
    uint64_t begun_tsc; /* this time */
};

/* The host's TSC now; the last known start when Xen does not answer. */
uint64_t irx_phase_now(struct irx_session *s);

/* Begins a phase, which whoever watches sees. Beyond IRX_PHASES_MAX it is not kept. Never NULL. */
struct irx_phase *irx_phase_begin(struct irx_session *s, const char *name);
void irx_phase_end(struct irx_session *s, struct irx_phase *phase);

/* Adds one that is known only afterwards; nothing when a stamp is missing or out of order. */
void irx_phase_add(struct irx_session *s, const char *name, uint64_t from, uint64_t to);

#endif
