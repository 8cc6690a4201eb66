/* SPDX-License-Identifier: GPL-2.0-only */
/* The log ring in R: text lines for Xen and for the operator. */
#ifndef SHIM_CORE_LOG_H
#define SHIM_CORE_LOG_H

#include "types.h"

struct irx_log;

/* Starts a new log in `ring`; size is that of the whole span, header included. */
void log_init(struct irx_log *ring, uint64_t size);

/*
 * Writes one line, a time stamp in front and a newline behind. Understands %u %d
 * %x %lu %lx %s %% only. Any CPU, any time, interrupts off; lines longer than
 * 160 characters are cut.
 */
void log_line(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* After a fault in the shim on this CPU: gives up the log's lock. */
void log_recover(uint32_t cpu);

#endif
