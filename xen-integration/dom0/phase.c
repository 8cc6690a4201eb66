/* SPDX-License-Identifier: GPL-2.0-only */
#include "phase.h"

#include <string.h>

#include "session.h"

uint64_t irx_phase_now(struct irx_session *s)
{
    struct irx_op_info info;

    if (irx_xen_info(s->xen, &info))
        return s->phase_count ? s->phases[s->phase_count - 1].start_tsc : s->start_tsc;
    return info.tsc;
}

/* The one of an earlier time, if this is a later one. */
static struct irx_phase *phase_of_earlier_time(struct irx_session *s, const char *name)
{
    for (unsigned int i = 0; s->repeat.done && i < s->phase_count; i++)
        if (!strcmp(s->phases[i].name, name))
            return &s->phases[i];
    return NULL;
}

struct irx_phase *irx_phase_begin(struct irx_session *s, const char *name)
{
    static struct irx_phase spare;
    struct irx_phase *phase = phase_of_earlier_time(s, name);

    if (!s->repeat.times) /* else the times are one phase to whoever watches */
        irx_progress_phase(&s->progress, name);
    if (phase) {
        phase->begun_tsc = irx_phase_now(s);
        return phase;
    }
    phase = s->phase_count < IRX_PHASES_MAX ? &s->phases[s->phase_count++] : &spare;
    phase->name = name;
    phase->start_tsc = phase->end_tsc = phase->begun_tsc = irx_phase_now(s);
    return phase;
}

void irx_phase_end(struct irx_session *s, struct irx_phase *phase)
{
    phase->end_tsc += irx_phase_now(s) - phase->begun_tsc;
}

void irx_phase_add(struct irx_session *s, const char *name, uint64_t from, uint64_t to)
{
    if (from && to > from && s->phase_count < IRX_PHASES_MAX)
        s->phases[s->phase_count++] = (struct irx_phase){name, from, to, from};
}
