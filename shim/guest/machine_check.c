/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A machine check while a guest ran. What it computes from now on may be wrong, so none of its vCPUs
 * goes on, and whoever claims it crashes it; nobody else is concerned.
 */
#include "core/mce.h"
#include "core/sched.h"
#include "handlers.h"

void guest_machine_check(struct pcpu *pc, struct vcpu *v)
{
    pc->unsound = !mce_take(pc, v, v->rip);
    if (shim.anchor->version < IRX_VERSION(1, 1)) /* that Xen knows no such flag: v waits for it */
        return;
    __atomic_fetch_or(&v->rec->flags, IRX_VCPUF_MACHINE_CHECK, __ATOMIC_SEQ_CST);
    __atomic_store_n(&v->d->stopped, 1, __ATOMIC_SEQ_CST);
    for (uint32_t i = 0; i < v->d->vcpu_count; i++)
        if (i != v->id)
            sched_kick(pc, &v->d->vcpus[i]);
}
