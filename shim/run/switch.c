/* SPDX-License-Identifier: GPL-2.0-only */
#include "switch.h"

#include "core/fpu.h"
#include "core/spec.h"
#include "core/vendor.h"
#include "core/window.h"
#include "core/xenabi.h"

void switch_unload(struct pcpu *pc)
{
    struct vcpu *v = pc->loaded;

    if (!v)
        return;
    vendor_dr_take(v);
    vendor_switch_out(pc);
    fpu_save(v);
    pc->loaded = NULL;
}

/* Nothing of who ran here is in reach of the next one. */
static void part(struct pcpu *pc, const struct vcpu *next)
{
    if (pc->last_id >> 16 != next->d->domid)
        window_clear(pc);
    spec_switch(pc, next);
}

void switch_to(struct pcpu *pc, struct vcpu *v)
{
    if (pc->loaded == v)
        return;
    switch_unload(pc);
    pc->rec->switches++;
    part(pc, v);
    fpu_load(v);
    if (shim.host.rdtscp)
        hw_wrmsr(MSR_TSC_AUX, vcpu_hw_cpu(v)->msr_tsc_aux);
    if (vendor_dr_active(v))
        vendor_dr_give(v);
    vendor_switch_in(pc, v);
    pc->loaded = v;
}
