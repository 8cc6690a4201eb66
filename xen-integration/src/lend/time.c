/* SPDX-License-Identifier: GPL-2.0-only */
/* System time stands on one line while anything is lent. */
#include <xen/softirq.h>

#include "lend/lend.h"
#include "private/private.h"

static bool frozen;

bool interrex_time_frozen(void)
{
    return read_atomic(&frozen);
}

bool interrex_copy_time(void *to, const void *from, size_t size)
{
    if ( !interrex_time_frozen() )
        return false;

    memcpy(to, from, size);

    return true;
}

void interrex_time_freeze(void)
{
    struct irx_anchor *a = interrex_anchor();

    ASSERT(smp_processor_id() == 0);

    if ( frozen )
        return;

    write_atomic(&frozen, true);
    smp_mb();
    /* A calibration whose rendezvous is over: its softirq still writes the line. */
    process_pending_softirqs();
    interrex_time_stop_calibration();

    interrex_time_scale(&a->time);
    a->tsc_khz = cpu_khz;
}

void interrex_time_begin_frozen(void)
{
    frozen = true;
}

void interrex_time_thaw(void)
{
    if ( !frozen )
        return;

    write_atomic(&frozen, false);
    interrex_time_start_calibration();
}
