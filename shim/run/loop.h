/* SPDX-License-Identifier: GPL-2.0-only */
/* What a held CPU does over and over: events and requests, timers, a guest. */
#ifndef SHIM_RUN_LOOP_H
#define SHIM_RUN_LOOP_H

#include "core/pcpu.h"

/* One pass: events and requests of Xen, timers, one stretch of a guest or of idling. */
void loop_once(struct pcpu *pc);
/* A held CPU's life. */
_Noreturn void loop_enter(struct pcpu *pc);
/* The same after a fault in the shim (trap.c). */
_Noreturn void loop_restart(struct pcpu *pc);

#endif
