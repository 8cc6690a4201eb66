/* SPDX-License-Identifier: GPL-2.0-only */
#include "repeat.h"

#include <stdlib.h>

#include "measure.h"
#include "session.h"

#define SHOW_NS 2000000000u /* between two lines about the times */

void irx_repeat_begin(struct irx_session *s, unsigned int times)
{
    struct irx_repeat *r = &s->repeat;

    irx_progress_phase(&s->progress, "repeat");
    r->times = times;
    r->shown_ns = s->xen->ops->now_ns(s->xen->ctx);
    r->out = s->progress.out;
    s->progress.out = NULL;
}

/* The next enter of a guest starts from nothing; what R says of the last one will be gone. */
static void forget(struct irx_guest *g)
{
    free(g->samples);
    g->samples = NULL;
    g->entered = g->claimed = g->measure = false;
}

void irx_repeat_done(struct irx_session *s)
{
    struct irx_repeat *r = &s->repeat;
    uint64_t now = s->xen->ops->now_ns(s->xen->ctx);

    r->done++;
    s->progress.out = r->out;
    if (r->done == r->times || now - r->shown_ns >= SHOW_NS) {
        r->shown_ns = now;
        irx_progress_step(&s->progress, r->done, r->times, "%u of %u times", r->done, r->times);
    }
    if (r->done == r->times)
        return; /* the last one is measured when the CPUs are back */
    s->progress.out = NULL;
    irx_measure_all(s, false);
    for (unsigned int i = 0; i < s->guest_count; i++)
        forget(&s->guests[i]);
}

void irx_repeat_end(struct irx_session *s)
{
    s->progress.out = s->repeat.out;
    s->repeat.times = 0;
}
