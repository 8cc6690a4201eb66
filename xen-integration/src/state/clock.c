/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Time goes on in the next Xen where it was in the one before: system time and wall
 * clock, and the frequencies that need not be measured again.
 */
#include <xen/acpi.h>
#include <xen/init.h>
#include <xen/sched.h>

#include <asm/hpet.h>
#include <asm/interrex-boot.h>
#include <asm/mc146818rtc.h>
#include <asm/time.h>

#include "private/private.h"
#include "state/state.h"

static uint64_t __read_mostly apic_timer_hz;
/* What the Xen before was told, in one that an update started. */
static struct irx_time_record __initdata before;

void __init interrex_apic_timer_is(unsigned long hz)
{
    apic_timer_hz = hz;
}

static void export_wall_clock(struct irx_time_record *r)
{
    const struct domain *d = hardware_domain;
    /* Of a domain without a time offset, which dom0 is, it is Xen's own. */
    uint32_t hi = has_32bit_shinfo(d) ? d->shared_info->compat.arch.wc_sec_hi
                                      : d->shared_info->native.wc_sec_hi;

    r->wc_sec = shared_info(d, wc_sec) | (uint64_t)hi << 32;
    r->wc_sec -= d->time_offset.seconds;
    r->wc_nsec = shared_info(d, wc_nsec);
}

void interrex_clock_export(struct irx_writer *w)
{
    struct irx_time_record r = {
        .tsc_khz = cpu_khz,
        .apic_timer_hz = apic_timer_hz,
    };

    interrex_time_scale(&r.scale);
    export_wall_clock(&r);
    irx_writer_record(w, IRX_REC_TIME, 0, &r, sizeof(r));
}

void __init interrex_clock_import(const struct irx_time_record *r)
{
    before = *r;
}

/* ---- Called by Xen's own files while it boots; without an update `before` is all zero ---- */

unsigned long __init interrex_apic_timer_hz(void)
{
    return before.apic_timer_hz;
}

uint64_t __init interrex_tsc_hz(void)
{
    return before.tsc_khz * 1000;
}

/* From here on NOW() is the time of the Xen before. */
void __init interrex_time_seed(void)
{
    if ( interrex_resumed() )
        interrex_time_line_import(&before.scale);
}

void __init interrex_time_seed_platform(void)
{
    if ( interrex_resumed() )
        interrex_platform_timer_restart();
}

bool __init interrex_time_wallclock(void)
{
    if ( !interrex_resumed() )
        return false;

    do_settime(before.wc_sec, before.wc_nsec, 0);

    return true;
}

/*
 * Without a timer that runs in deep sleep Xen takes that of the HPET, whose legacy mode cuts the CMOS
 * clock's interrupts off, until dom0 enables one of these (handle_rtc_once() in arch/x86/hpet.c). It did so in the Xen before,
 * and waits for one now.
 */
void __init interrex_cmos_clock_keep(void)
{
    unsigned long flags;
    uint8_t enabled;

    if ( !pv_rtc_handler ||
         (acpi_gbl_FADT.boot_flags & ACPI_FADT_NO_CMOS_RTC) )
        return;

    spin_lock_irqsave(&rtc_lock, flags);
    enabled = CMOS_READ(RTC_REG_B);
    spin_unlock_irqrestore(&rtc_lock, flags);
    pv_rtc_handler(RTC_REG_B, enabled);
}
