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
 * Writes the chip's registers; no line is bound yet. d has not run; after
 * interrex_vioapic_validate() of every chip.
 */
void interrex_vioapic_import(struct domain *d, unsigned int index,
                             const struct irx_vioapic *in);

/*
 * Binds the lines of all unmasked pins, as vioapic_hwdom_map_gsi() did in the
 * Xen before. d's local APICs have their state, for a line may interrupt at once:
 * a level line that is still asserted does. 0 or -errno.
 */
int interrex_vioapic_bind(struct domain *d);

/*
 * Raises each edge line and each MSI that is bound to d once, with `msix` also
 * each MSI-X vector. d's drivers look at their devices then, and at most find
 * nothing to do.
 *
 * The Xen before stopped listening when it parked d, and what no one listens to
 * is lost: an IO-APIC ignores an edge at a masked pin (82093AA, 3.2.4, bit 16), a
 * local APIC that is off takes no message (SDM vol. 3, 10.4.7.2), and a function
 * sends none for what happened while its MSI was off. The devices still assert
 * what nobody has served (MC146818 until its register C is read, 16550 until its
 * cause is), and then there is no second edge: without this they would be silent
 * for ever. What is pending in d's local APIC already stays one interrupt. MSI-X
 * vectors were masked meanwhile and have pending bits of their own (PCI 3.0,
 * 6.8.3.4), level lines stay asserted.
 */
void interrex_dom0_irq_raise(struct domain *d, bool msix);

#endif
