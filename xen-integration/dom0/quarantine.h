/* SPDX-License-Identifier: GPL-2.0-only */
/* Quarantined guests: the shim runs them, and the Xen that runs cannot take them. */
#ifndef INTERREX_DOM0_QUARANTINE_H
#define INTERREX_DOM0_QUARANTINE_H

#include "findings.h"
#include "session.h"

/* Why Xen cannot take this domain, into *why. False: it is not quarantined, or Xen does not say. */
bool irx_quarantine_reason(const struct irx_xen *xen, uint32_t domid, struct irx_finding *why);

/*
 * Asks Xen whether a guest that it did not take is quarantined; if so, notes and shows why. The
 * others go on. False: it is not.
 */
bool irx_quarantine_note(struct irx_session *s, struct irx_guest *g);

#endif
