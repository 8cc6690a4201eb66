/* SPDX-License-Identifier: GPL-2.0-only */
#include "switch.h"

#include "core/fpu.h"
#include "core/vendor.h"
#include "core/window.h"
#include "core/xenabi.h"

void switch_unload(struct pcpu *pc)
{
    struct vcpu *v = pc->loaded;

    if (!v)
        return;
    vendor_dr_take(v);
    fpu_save(v);
    pc->loaded = NULL;
}

/* Nothing of the domain that ran here is in reach of the next one. */
static void change_domain(struct pcpu *pc, struct dom *to)
{
    window_clear(pc);
    if (pc->last_dom && shim.host.ibpb)
        hw_wrmsr(MSR_PRED_CMD, 1);
    pc->last_dom = to;
}

void switch_to(struct pcpu *pc, struct vcpu *v)
{
    if (pc->loaded == v)
        return;
    switch_unload(pc);
    pc->rec->switches++;
    if (pc->last_dom != v->d)
        change_domain(pc, v->d);
    fpu_load(v);
    if (shim.host.rdtscp)
        hw_wrmsr(MSR_TSC_AUX, vcpu_hw_cpu(v)->msr_tsc_aux);
    if (vendor_dr_active(v))
        vendor_dr_give(v);
    pc->loaded = v;
}
