/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The part of Interrex that is compiled inside arch/x86/time.c: the system time
 * of a Xen that an update started continues that of the Xen before, on the same
 * line through (TSC, system time).
 */
#include "private.h"

void __init interrex_time_line_import(const struct irx_time_scale *scale)
{
    struct cpu_time *t = &this_cpu(cpu_time);

    t->tsc_scale.mul_frac = scale->mul;
    t->tsc_scale.shift = scale->shift;
    t->stamp.local_tsc = scale->tsc_stamp;
    t->stamp.local_stime = scale->stime_stamp;
    t->stamp.master_stime = scale->stime_stamp;
}

void __init interrex_platform_timer_restart(void)
{
    unsigned long flags;

    spin_lock_irqsave(&platform_timer_lock, flags);
    restart_platform_time();
    spin_unlock_irqrestore(&platform_timer_lock, flags);
}
