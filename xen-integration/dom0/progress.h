/* SPDX-License-Identifier: GPL-2.0-only */
/* Progress lines: seconds since the start, phase, percentage of the phase, and what it is at. */
#ifndef INTERREX_DOM0_PROGRESS_H
#define INTERREX_DOM0_PROGRESS_H

#include <stdio.h>

#include "xen.h"

struct irx_progress {
    FILE *out; /* NULL: silent */
    const struct irx_xen *xen;
    uint64_t start_ns;
    const char *phase;
    unsigned int index, total; /* phase number of how many */
};

void irx_progress_start(struct irx_progress *p, FILE *out, const struct irx_xen *xen,
                        unsigned int total);
/* Begins the next phase (no line of its own). */
void irx_progress_phase(struct irx_progress *p, const char *phase);
/* A line: `done` of `of` of this phase. */
void irx_progress_step(struct irx_progress *p, uint64_t done, uint64_t of, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

#endif
