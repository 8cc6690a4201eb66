/* SPDX-License-Identifier: GPL-2.0-only */
#include "silence.h"

#include "core/apic.h"
#include "core/log.h"
#include "recover.h"

/*
 * After an NMI. A CPU that is in firmware for so long is as good as gone; one of a virtual machine whose host is busy
 * may well stand for a fifth of it.
 */
#define ANSWER_MS 500u
/*
 * Who has heard it writes what is left of its console to a serial line first, which may be slow. Before R is in
 * its reach it cannot say that it has.
 */
#define HEARD_MS 5000u

/* When the NMI was sent, and for which deadline (atomic, written last). */
static tsc_t asked_at, asked_for;

/* Nothing that is held is to get an NMI for it, whatever R says. */
static bool is_held(uint32_t apic_id)
{
    for (uint32_t i = 0; i < shim.cpu_count; i++)
        if (shim_cpu_rec(i)->state == IRX_CPU_HELD && shim_cpu_rec(i)->apic_id == apic_id)
            return true;
    return false;
}

static void ask(const struct irx_watch *w, tsc_t deadline)
{
    uint32_t boots = shim.anchor->xen_apic_id;

    if (!w->answers || is_held(boots)) {
        log_line("the next Xen is silent at stage %u, and takes no NMI: nothing is done", w->stage);
        return;
    }
    log_line("the next Xen is silent at stage %u: NMI to APIC %u", w->stage, boots);
    asked_at = hw_tsc();
    __atomic_store_n(&asked_for, deadline, __ATOMIC_RELEASE);
    apic_send_nmi(boots);
}

static tsc_t patience(const struct irx_watch *w)
{
    bool may_be_at_it = w->stage == IRX_BOOT_EARLY || __atomic_load_n(&w->heard, __ATOMIC_RELAXED);

    return shim.tsc_khz * (may_be_at_it ? HEARD_MS : ANSWER_MS);
}

void silence_look(struct pcpu *pc, tsc_t now)
{
    struct irx_watch *w = &shim.anchor->watch;
    uint32_t nobody = 0;
    tsc_t deadline;

    if (!shim_has(IRX_VERSION(1, 1)))
        return;
    deadline = __atomic_load_n(&w->deadline, __ATOMIC_ACQUIRE);
    if (!deadline || now < deadline)
        return;
    if (__atomic_compare_exchange_n(&w->noticed, &nobody, pc->index + 1, false, __ATOMIC_SEQ_CST,
                                    __ATOMIC_SEQ_CST))
        ask(w, deadline);
    else if (__atomic_load_n(&asked_for, __ATOMIC_ACQUIRE) == deadline &&
             now > asked_at + patience(w))
        recover_past_deaf(pc, deadline);
}
