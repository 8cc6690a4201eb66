/* SPDX-License-Identifier: GPL-2.0-only */
#include "silence.h"

#include "core/apic.h"
#include "core/log.h"

/* Nothing that is held is to get an NMI for it, whatever R says. */
static bool is_held(uint32_t apic_id)
{
    for (uint32_t i = 0; i < shim.cpu_count; i++)
        if (shim_cpu_rec(i)->state == IRX_CPU_HELD && shim_cpu_rec(i)->apic_id == apic_id)
            return true;
    return false;
}

void silence_look(const struct pcpu *pc, tsc_t now)
{
    struct irx_watch *w = &shim.anchor->watch;
    uint32_t nobody = 0, boots = shim.anchor->xen_apic_id;
    tsc_t deadline;

    if (!shim_has(IRX_VERSION(1, 1)))
        return;
    deadline = __atomic_load_n(&w->deadline, __ATOMIC_ACQUIRE);
    if (!deadline || now < deadline ||
        !__atomic_compare_exchange_n(&w->noticed, &nobody, pc->index + 1, false, __ATOMIC_SEQ_CST,
                                     __ATOMIC_SEQ_CST))
        return;
    if (!w->answers || is_held(boots)) {
        log_line("the next Xen is silent at stage %u, and takes no NMI: nothing is done", w->stage);
        return;
    }
    log_line("the next Xen is silent at stage %u: NMI to APIC %u", w->stage, boots);
    apic_send_nmi(boots);
}
