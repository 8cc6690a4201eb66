/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Progress lines: seconds since the start, phase, percentage of the phase, and what it is at.
 *
 * Writing one never waits: a terminal that was stopped, or a pipe that nobody reads, loses lines and
 * holds no guest up.
 */
#ifndef INTERREX_DOM0_PROGRESS_H
#define INTERREX_DOM0_PROGRESS_H

#include <stdio.h>

#include "xen.h"

struct irx_progress {
    FILE *out;   /* NULL: silent */
    int fd;      /* the same, opened without waiting; -1: it could not be */
    bool is_cut; /* the last line of fd has no end */
    const struct irx_xen *xen;
    uint64_t start_ns;
    const char *phase;
    unsigned int index, total; /* phase number of how many */
};

void irx_progress_start(struct irx_progress *p, FILE *out, const struct irx_xen *xen,
                        unsigned int total);
void irx_progress_end(struct irx_progress *p);
/* Begins the next phase (no line of its own). */
void irx_progress_phase(struct irx_progress *p, const char *phase);
/* A line: `done` of `of` of this phase. */
void irx_progress_step(struct irx_progress *p, uint64_t done, uint64_t of, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
/* Words as they are. */
void irx_progress_say(struct irx_progress *p, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
