/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * dom0's interrupt hardware: its virtual IO-APICs and the physical lines behind
 * them. dom0 is PVH, so a line is bound when dom0 unmasks its pin.
 */
#ifndef INTERREX_DOM0_IRQ_H
#define INTERREX_DOM0_IRQ_H

#include <interrex/abi/late.h>

struct domain;

/* Chip `index` of paused d. -ENOENT past the last, -E2BIG above 128 pins. */
int interrex_vioapic_export(const struct domain *d, unsigned int index,
                            struct irx_vioapic *out);

/* Whether in fits chip `index` of d: same address, base and pins. No effect. */
int interrex_vioapic_validate(const struct domain *d, unsigned int index,
                              const struct irx_vioapic *in);

/*
 * Writes the chip's registers and binds the lines of its unmasked pins, as
 * vioapic_hwdom_map_gsi() did in the Xen before. d has its vCPUs and has not
 * run yet; after interrex_vioapic_validate() of every chip. A level line that
 * is still asserted interrupts again, so what came meanwhile is not lost.
 */
int interrex_vioapic_restore(struct domain *d, unsigned int index,
                             const struct irx_vioapic *in);

#endif
