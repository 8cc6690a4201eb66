/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Interrupts that reach a held CPU and are for someone else (irx_cpu.irq_pending).
 *
 * A CPU that goes offline gives its interrupts to others, and fixup_irqs()
 * forwards what is pending at it by then: so these are rare, an interrupt that was
 * on its way. The shim ends it and keeps its vector. Only the Xen that lent the CPU
 * knows whose vector that was, so it looks before it jumps, and when it gets the
 * CPU back; a vector that a Xen does not know makes it raise everything of dom0's
 * that could have been swallowed.
 */
#ifndef INTERREX_STRAY_H
#define INTERREX_STRAY_H

#include <xen/types.h>

/* Makes room to note the vectors of the CPU that gets `slot`. -ENOMEM. */
int interrex_stray_prepare(unsigned int slot);

/* On that CPU, last of all in Xen, interrupts off: its vectors, and what is pending. */
void interrex_stray_note(unsigned int slot);

/*
 * Takes what came to the held CPU of `slot`; true if there was anything. Each
 * interrupt is raised once, at the CPU that has it now. A level line is left
 * alone: it interrupts anew by itself.
 */
bool interrex_stray_raise(unsigned int slot);

/* The same for every CPU that is not with Xen. */
bool interrex_stray_raise_all(void);

#endif
