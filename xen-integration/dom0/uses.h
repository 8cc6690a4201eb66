/* SPDX-License-Identifier: GPL-2.0-only */
/* What dom0 uses that an update takes from it, or that an update is dangerous for. */
#ifndef INTERREX_DOM0_USES_H
#define INTERREX_DOM0_USES_H

#include "findings.h"
#include "xen.h"

/*
 * The first process of this /proc that has a hardware watchdog open (/dev/watchdog*): 1 and its
 * name; 0: none has, or it cannot be seen.
 */
int irx_watchdog_user(const char *proc, char *name, size_t size);

/* Warnings into *f: nothing of this refuses an update. */
void irx_uses_check(const struct irx_xen *xen, struct irx_findings *f);

#endif
