/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The part of Interrex that is compiled inside arch/x86/time.c: the system time
 * of a Xen that an update started continues that of the Xen before, on the same
 * line through (TSC, system time).
 */
#include "../resume/early.h"

uint64_t __init interrex_tsc_hz(void)
{
    const struct irx_time_record *r = interrex_early_time();

    return r ? r->tsc_khz * 1000 : 0;
}

/* From here on NOW() is the time of the Xen before. */
void __init interrex_time_seed(void)
{
    const struct irx_time_record *r = interrex_early_time();
    struct cpu_time *t = &this_cpu(cpu_time);

    if ( !r )
        return;

    t->tsc_scale.mul_frac = r->scale.mul;
    t->tsc_scale.shift = r->scale.shift;
    t->stamp.local_tsc = r->scale.tsc_stamp;
    t->stamp.local_stime = r->scale.stime_stamp;
    t->stamp.master_stime = r->scale.stime_stamp;
}

/* The platform timer has no history here: it starts from now. */
void __init interrex_time_seed_platform(void)
{
    unsigned long flags;

    if ( !interrex_resumed() )
        return;

    spin_lock_irqsave(&platform_timer_lock, flags);
    restart_platform_time();
    spin_unlock_irqrestore(&platform_timer_lock, flags);
}

bool __init interrex_time_wallclock(void)
{
    const struct irx_time_record *r = interrex_early_time();

    if ( !r )
        return false;

    do_settime(r->wc_sec, r->wc_nsec, 0);

    return true;
}
