/* SPDX-License-Identifier: GPL-2.0-only */
/* The fallback, started by a held CPU: struct irx_watch and struct irx_fallback. */
#ifndef SHIM_RUN_RECOVER_H
#define SHIM_RUN_RECOVER_H

#include "core/pcpu.h"

/*
 * The CPU that boots the next Xen has taken no NMI since irx_watch.deadline was this one. Comes back where this CPU does not start the fallback in
 * its place: another one does, it goes on after all, or it cannot be done, which the log says once.
 */
void recover_past_deaf(struct pcpu *pc, tsc_t deadline);

/* Threads of a core go together: this one lets itself go, if another of its core starts the fallback. */
void recover_leave(struct pcpu *pc);

#endif
