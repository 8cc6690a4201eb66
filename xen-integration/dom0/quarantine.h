/* SPDX-License-Identifier: GPL-2.0-only */
/* Quarantined guests: the shim runs them, and the Xen that runs cannot take them. */
#ifndef INTERREX_DOM0_QUARANTINE_H
#define INTERREX_DOM0_QUARANTINE_H

#include "findings.h"
#include "session.h"

/* What Xen says of its domains. */
struct irx_quarantine {
    struct irx_op_reason *reasons;
    unsigned int count;
};

/* Asks Xen, and waits while it is busy: once for all domains. What it does not say is not there. */
void irx_quarantine_ask(const struct irx_xen *xen, struct irx_quarantine *q);
void irx_quarantine_free(struct irx_quarantine *q);
/* Why Xen cannot take this domain, into *why. False: it is not quarantined, or Xen does not say. */
bool irx_quarantine_reason(const struct irx_quarantine *q, uint32_t domid, struct irx_finding *why);

/*
 * Asks Xen whether a guest that it did not take is quarantined; if so, notes and shows why. The
 * others go on. False: it is not.
 */
bool irx_quarantine_note(struct irx_session *s, struct irx_guest *g);

/*
 * Begins an update beside what a jump has left in the shim, if all of it is quarantined and the Xen that runs
 * hands it on: those guests stay where they are. False: it cannot begin, or there is nothing there.
 */
bool irx_session_carry(struct irx_session *s);
/* Notes those guests where the jump was not made. */
void irx_carried_note(struct irx_session *s);

#endif
