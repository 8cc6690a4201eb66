/* SPDX-License-Identifier: GPL-2.0-only */
#include "progress.h"

#include <stdarg.h>

void irx_progress_start(struct irx_progress *p, FILE *out, const struct irx_xen *xen,
                        unsigned int total)
{
    *p = (struct irx_progress){.out = out, .xen = xen, .total = total, .phase = ""};
    p->start_ns = xen->ops->now_ns(xen->ctx);
}

void irx_progress_phase(struct irx_progress *p, const char *phase)
{
    p->phase = phase;
    p->index++;
    if (p->index > p->total)
        p->total = p->index; /* going back adds phases */
}

void irx_progress_step(struct irx_progress *p, uint64_t done, uint64_t of, const char *format, ...)
{
    uint64_t ms;
    va_list args;

    if (!p->out)
        return;
    ms = (p->xen->ops->now_ns(p->xen->ctx) - p->start_ns) / 1000000;
    fprintf(p->out, "%5llu.%03u s  %u/%u  %-8s %3u %%  ", (unsigned long long)(ms / 1000),
            (unsigned int)(ms % 1000), p->index, p->total, p->phase,
            (unsigned int)(of ? done * 100 / of : 100));
    va_start(args, format);
    vfprintf(p->out, format, args);
    va_end(args);
    fputc('\n', p->out);
    fflush(p->out);
}
