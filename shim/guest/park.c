/* SPDX-License-Identifier: GPL-2.0-only */
#include "park.h"

#include "core/log.h"
#include "core/sched.h"
#include "core/vendor.h"

void vcpu_park(struct pcpu *pc, struct vcpu *v, uint32_t exit_class)
{
    struct irx_vcpu *r = v->rec;

    if (exit_class >= IRX_NR_EXITS)
        exit_class = IRX_EXIT_OTHER;
    r->park_class = exit_class;
    r->park_detail = v->park_detail;
    vendor_exit_info(v, &r->exit_code, &r->exit_info1, &r->exit_info2);
    r->park_tsc = hw_tsc();
    r->parked[exit_class]++;
    sched_park(pc, v);
    log_line("d%uv%u parked: class %u detail %x exit %lx %lx %lx rip %lx", v->d->domid, v->id,
             exit_class, v->park_detail, r->exit_code, r->exit_info1, r->exit_info2, v->rip);
}
