/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which of our lines this Xen went through: a build for `make coverage` counts them, and writes the
 * counters out before they are lost. Other builds of the bed have none, and hardware's not even this.
 */
#ifndef INTERREX_COUNTED_H
#define INTERREX_COUNTED_H

#ifdef CONFIG_INTERREX_FAULTS
/* Writes all counters to a port of the bed's emulator. Any context in which this Xen's image is mapped. */
void interrex_counted(void);
#else
static inline void interrex_counted(void)
{
}
#endif

#endif /* INTERREX_COUNTED_H */
