/* SPDX-License-Identifier: GPL-2.0-only */
/* What the next Xen need not measure again: clocks that the one before knows. */
#include <xen/init.h>
#include <xen/sched.h>

#include <asm/interrex-boot.h>

#include "resume/early.h"
#include "handover/handover.h"

static uint64_t __read_mostly apic_timer_hz;

unsigned long __init interrex_apic_timer_hz(void)
{
    const struct irx_time_record *r = interrex_early_time();

    return r ? r->apic_timer_hz : 0;
}

void __init interrex_apic_timer_is(unsigned long hz)
{
    apic_timer_hz = hz;
}

void interrex_clock_export(struct irx_time_record *r)
{
    const struct domain *d = hardware_domain;
    /* Of a domain without a time offset, which dom0 is, it is Xen's own. */
    uint32_t hi = has_32bit_shinfo(d) ? d->shared_info->compat.arch.wc_sec_hi
                                      : d->shared_info->native.wc_sec_hi;

    r->wc_sec = shared_info(d, wc_sec) | (uint64_t)hi << 32;
    r->wc_sec -= d->time_offset.seconds;
    r->wc_nsec = shared_info(d, wc_nsec);
    r->apic_timer_hz = apic_timer_hz;
}
