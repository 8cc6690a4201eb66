/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A wait that takes long: the vCPU of dom0 that asks sleeps in between, and looks again when it comes
 * back to its hypercall. Xen's other work, and dom0's, has the CPU.
 */
#include <xen/sched.h>
#include <xen/timer.h>

#include "hold/hold.h"

#define DOZE MILLISECS(2)

static struct timer timer;
static struct vcpu *dozes; /* one at a time: operations are */

static void cf_check wake(void *unused)
{
    struct vcpu *v = dozes;

    write_atomic(&dozes, NULL);
    vcpu_unpause(v);
}

void interrex_doze(void)
{
    struct vcpu *v = current;

    if ( is_idle_vcpu(v) || !is_hardware_domain(v->domain) ||
         read_atomic(&dozes) )
        return;

    if ( !timer.function )
        init_timer(&timer, wake, NULL, 0);
    write_atomic(&dozes, v);
    vcpu_pause_nosync(v);
    set_timer(&timer, NOW() + DOZE);
}
