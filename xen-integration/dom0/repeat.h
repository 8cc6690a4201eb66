/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Prepare to claim many times between one lend and one return (`--times`): begin, done after each
 * claim, end after the last one or a failure. To whoever watches it is one phase.
 *
 * The report then has of each guest the longest blackout at enter of all times, the counts of
 * all, and the blackout at leave of the last, since only return tells when vCPUs ran again.
 */
#ifndef INTERREX_DOM0_REPEAT_H
#define INTERREX_DOM0_REPEAT_H

#include <stdint.h>
#include <stdio.h>

struct irx_session;

struct irx_repeat {
    unsigned int times; /* how many are meant; 0: not repeating now */
    unsigned int done;
    FILE *out;         /* the progress' own, which is silent meanwhile */
    uint64_t shown_ns; /* when a line last told of the times */
};

void irx_repeat_begin(struct irx_session *s, unsigned int times);
void irx_repeat_done(struct irx_session *s);
void irx_repeat_end(struct irx_session *s);

#endif
