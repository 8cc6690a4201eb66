/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * struct irx_watch (abi/anchor.h): what a Xen says of how far it is, so that held CPUs notice
 * when it says nothing any more.
 */
#include <xen/cpumask.h>
#include <xen/sched.h>

#include <asm/smp.h>
#include <asm/time.h>

#include "region/region.h"

void interrex_watch_limit(struct irx_anchor *a, uint32_t silence_ms)
{
    a->watch = (struct irx_watch){
        .limit = a->tsc_khz * silence_ms,
        .deaf = a->watch.deaf,
    };
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
    w->heard = 0;
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

void interrex_watch_cpus(struct irx_anchor *a)
{
    struct irx_fallback *f = interrex_at(a->fallback.off);
    unsigned int cpu;
    uint32_t *ids;

    if ( !a->fallback_used )
        return;

    ids = interrex_at(f->cpus);
    f->cpu_count = 0;
    for_each_present_cpu (cpu)
        if ( f->cpu_count < IRX_FALLBACK_CPUS )
            ids[f->cpu_count++] = x86_cpu_to_apicid[cpu];
}
