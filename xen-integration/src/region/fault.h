/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Fault points: places where a test build fails on purpose, `interrex-fault=<place>:<kind>` on the
 * command line or by `xl set-parameters`, once. No other build has any.
 */
#ifndef INTERREX_FAULT_H
#define INTERREX_FAULT_H

#ifdef CONFIG_INTERREX_FAULTS
/*
 * Does what it was told to do here: panic, bug, halt, restart; hang, deaf (with interrupts off);
 * delay (FAULT_DELAY_MS). Returns 0, or -errno that the caller is to end with: error, again, nomem.
 * Any context.
 */
int interrex_fault(const char *place);
#else
static inline int interrex_fault(const char *place)
{
    return 0;
}
#endif

#define FAULT_DELAY_MS 250

#endif /* INTERREX_FAULT_H */
