/* SPDX-License-Identifier: GPL-2.0-only */
#include "stop.h"

#include "core/apic.h"
#include "core/doorbell.h"
#include "core/log.h"
#include "core/mce.h"
#include "core/place.h"
#include "core/sched.h"
#include "core/state.h"
#include "core/vendor.h"
#include "guest/park.h"
#include "loop.h"
#include "switch.h"

void cpu_leave(struct pcpu *pc)
{
    doorbell_leave(pc);
    mce_log_corrected(pc);
    vendor_cpu_exit(pc);
    apic_cpu_exit();
}

_Noreturn void cpu_release(struct pcpu *pc, int error)
{
    cpu_leave(pc);
    log_line("CPU %u released", pc->index);
    pc->rec->error = error;
    state_cpu(pc->rec, IRX_CPU_RELEASED);
    hw_stop();
}

_Noreturn void cpu_too_late(struct pcpu *pc)
{
    vendor_cpu_exit(pc);
    apic_cpu_exit();
    log_line("CPU %u came too late", pc->index);
    hw_stop();
}

static void park_all(struct pcpu *pc)
{
    for (struct vcpu *v = pc->list; v; v = v->next) {
        if (!sched_may_run(v))
            continue;
        sched_leave(v, hw_tsc());
        vcpu_park(pc, v, IRX_EXIT_OTHER);
    }
}

_Noreturn void cpu_stop(struct pcpu *pc)
{
    pc->stops = true;
    pc->turn = NULL; /* its guest's memory is not looked at again from here */
    log_line("CPU %u stops", pc->index);
    switch_unload(pc);
    if (place_give_away(pc))
        cpu_release(pc, -SHIM_EFAULT);
    pc->rec->error = -SHIM_EFAULT;
    place_close(pc);
    park_all(pc);
    sched_publish_idle(pc);
    loop_enter(pc);
}
