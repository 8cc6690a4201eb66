/* SPDX-License-Identifier: GPL-2.0-only */
/* The jump into the next Xen: what its files share. */
#ifndef INTERREX_HANDOVER_H
#define INTERREX_HANDOVER_H

#include <interrex/abi/early.h>
#include <interrex/stream.h>

/* Starts a section of this handoff in its place in R. Errors of irx_writer_init(). */
int interrex_writer_init(struct irx_writer *w, const struct irx_span *span,
                         uint32_t section);

/* clock.c: the wall clock and what was measured. r->scale is the caller's. */
void interrex_clock_export(struct irx_time_record *r);

#endif
