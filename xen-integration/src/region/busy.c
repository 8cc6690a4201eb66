/* SPDX-License-Identifier: GPL-2.0-only */
/* One operation at a time on R, whoever asks for it. */
#include <xen/event.h>

#include "region/region.h"

/* One is under way: in a hypercall, or in a tasklet after one. */
static bool busy;

static s_time_t heard;

bool interrex_op_begin(void)
{
    return !test_and_set_bool(busy);
}

void interrex_op_end(void)
{
    smp_mb();
    write_atomic(&busy, false);
}

void interrex_heard(void)
{
    write_atomic(&heard, NOW());
}

s_time_t interrex_last_heard(void)
{
    return read_atomic(&heard);
}

bool interrex_gives_way(s_time_t from)
{
    if ( from == STIME_MAX || NOW() < from )
        return false;

    /* Nobody preempts a tasklet: it gives way by itself. */
    return is_idle_vcpu(current) || hypercall_preempt_check();
}
