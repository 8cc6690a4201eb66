/* SPDX-License-Identifier: GPL-2.0-only */
/* Whether the next Xen gets on: struct irx_watch. */
#ifndef SHIM_RUN_SILENCE_H
#define SHIM_RUN_SILENCE_H

#include "core/pcpu.h"

/* Now and then, on any held CPU: the first that finds the deadline passed says so, and sends the NMI. */
void silence_look(const struct pcpu *pc, tsc_t now);

#endif
