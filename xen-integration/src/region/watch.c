/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * struct irx_watch (abi/anchor.h): what a Xen says of how far it is, so that held CPUs notice
 * when it says nothing any more.
 */
#include <xen/sched.h>

#include <asm/time.h>

#include "region/region.h"

void interrex_watch_limit(struct irx_anchor *a, uint32_t silence_ms)
{
    a->watch = (struct irx_watch){ .limit = a->tsc_khz * silence_ms };
}

uint64_t interrex_watch_next(struct irx_anchor *a, uint32_t stage,
                             bool answers)
{
    struct irx_watch *w = &a->watch;
    uint64_t deadline = rdtsc() + w->limit;

    if ( !w->limit )
        return 0;

    /* Nobody sees a deadline with what was said with another. */
    write_atomic(&w->deadline, 0);
    smp_wmb();
    w->answers = answers;
    w->stage = stage;
    write_atomic(&w->noticed, 0);
    smp_wmb();
    write_atomic(&w->deadline, deadline);

    return deadline;
}

void interrex_watch_end(struct irx_anchor *a)
{
    write_atomic(&a->watch.deadline, 0);
}
