/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The part of Interrex that is compiled inside arch/x86/time.c.
 *
 * While system time is frozen, no CPU's line through (TSC, system time)
 * changes: every guest's pvclock page stays true, whoever runs it, and a CPU
 * that comes online takes over the boot CPU's line (interrex_copy_time()).
 */
#include "private.h"

void interrex_time_stop_calibration(void)
{
    stop_timer(&calibration_timer);
}

/*
 * The platform timer starts again from system time. Returns the TSC at which it
 * did. One reading of the TSC for both where it is the platform timer itself:
 * what passes between two readings would be a step of every clock.
 */
static u64 restart_platform_time(void)
{
    u64 counter, tsc;

    ASSERT(spin_is_locked(&platform_timer_lock));

    counter = read_counter();
    tsc = clocksource_is_tsc() ? counter : rdtsc_ordered();
    stime_platform_stamp = get_s_time_fixed(tsc);
    platform_timer_stamp = plt_stamp64 + ((counter - plt_stamp) & plt_mask);

    return tsc;
}

/*
 * The platform timer has gone its own way meanwhile. Let it start again from
 * the boot CPU's time, so that the next calibration finds nothing to correct.
 */
void interrex_time_start_calibration(void)
{
    struct cpu_time *t = &this_cpu(cpu_time);
    unsigned long flags;

    ASSERT(smp_processor_id() == 0);

    spin_lock_irqsave(&platform_timer_lock, flags);
    /* What the next calibration takes its difference from. */
    t->stamp.local_tsc = restart_platform_time();
    t->stamp.local_stime = stime_platform_stamp;
    t->stamp.master_stime = stime_platform_stamp;
    spin_unlock_irqrestore(&platform_timer_lock, flags);

    set_timer(&calibration_timer, NOW() + EPOCH);
}

void interrex_time_scale(struct irx_time_scale *scale)
{
    const struct cpu_time *t = &per_cpu(cpu_time, 0);

    *scale = (struct irx_time_scale){
        .tsc_stamp = t->stamp.local_tsc,
        .stime_stamp = t->stamp.local_stime,
        .mul = t->tsc_scale.mul_frac,
        .shift = t->tsc_scale.shift,
    };
}

/* v's TSC, without its offset, when system time was stime. */
static u64 emulated_tsc(const struct vcpu *v, s_time_t stime)
{
    struct domain *d = v->domain;

    stime += d->arch.hvm.pl_time->stime_offset + v->arch.hvm.stime_offset;

    return stime >= 0 ? gtime_to_gtsc(d, stime) : -gtime_to_gtsc(d, -stime);
}

/* As __update_vcpu_system_time() for an HVM guest without TSC scaling. */
const struct vcpu_time_info *interrex_pvclock_publish(struct vcpu *v)
{
    const struct cpu_time *t = &per_cpu(cpu_time, 0);
    const struct arch_domain *a = &v->domain->arch;
    const struct time_scale *scale = a->vtsc ? &a->vtsc_to_ns : &t->tsc_scale;
    struct vcpu_time_info *u, new = {
        .tsc_timestamp = v->arch.hvm.cache_tsc_offset +
                         (a->vtsc ? emulated_tsc(v, t->stamp.local_stime)
                                  : t->stamp.local_tsc),
        .system_time = t->stamp.local_stime,
        .tsc_to_system_mul = scale->mul_frac,
        .tsc_shift = scale->shift,
        .flags = clocksource_is_tsc() ? XEN_PVCLOCK_TSC_STABLE_BIT : 0,
    };

    if ( v->vcpu_info == &dummy_vcpu_info )
        return NULL;

    u = &vcpu_info(v, time);
    new.version = u->version = version_update_begin(u->version);
    smp_wmb();
    *u = new;
    smp_wmb();
    u->version = version_update_end(u->version);

    return u;
}
