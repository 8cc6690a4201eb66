/* SPDX-License-Identifier: GPL-2.0-only */
/* Whether the next Xen gets on: struct irx_watch. */
#ifndef SHIM_RUN_SILENCE_H
#define SHIM_RUN_SILENCE_H

#include "core/pcpu.h"

/*
 * Now and then, on any held CPU: the first that finds the deadline passed says so, and sends the NMI. Where
 * nothing comes of that, one that can be spared leaves the shim (recover.h) and does not come back.
 */
void silence_look(struct pcpu *pc, tsc_t now);

#endif
