/* SPDX-License-Identifier: GPL-2.0-only */
#include "doorbell.h"

#include "apic.h"

#define RING_US 20u /* between two rings; Xen looks at all domains in some of it */

static void ring(void)
{
    if (__atomic_load_n(&shim.anchor->xen_alive, __ATOMIC_ACQUIRE))
        apic_send(shim.anchor->xen_apic_id, (uint8_t)shim.anchor->xen_vector);
}

/* Rings, or says when it may. */
static void ring_or_wait(struct pcpu *pc, tsc_t now)
{
    tsc_t last = __atomic_load_n(&shim.rung, __ATOMIC_SEQ_CST);
    tsc_t next = last + shim.tsc_khz * RING_US / 1000;

    /* Who loses the race has been overtaken by a ring just now. */
    if (now < next || !__atomic_compare_exchange_n(&shim.rung, &last, now, false, __ATOMIC_SEQ_CST,
                                                   __ATOMIC_SEQ_CST)) {
        pc->ring_at = MAX(next, now + 1);
        return;
    }
    pc->ring_at = 0;
    ring();
}

void doorbell_to_xen(struct pcpu *pc, struct dom *d, uint32_t port)
{
    uint64_t word = BIT(port % 64), group = BIT(port / 64 % 64);
    bool was = __atomic_fetch_or(&d->to_xen[port / 64], word, __ATOMIC_SEQ_CST) & word;

    was &= !!(__atomic_fetch_or(&d->rec->to_xen_summary, group, __ATOMIC_SEQ_CST) & group);
    /* Xen has not taken the level yet: it was rung for it, or will look when it comes alive. */
    if (!was && __atomic_load_n(&shim.anchor->xen_alive, __ATOMIC_ACQUIRE) && !pc->ring_at)
        ring_or_wait(pc, hw_tsc());
}

tsc_t doorbell_due(const struct pcpu *pc)
{
    return pc->ring_at ? pc->ring_at : TSC_NEVER;
}

void doorbell_run(struct pcpu *pc, tsc_t now)
{
    if (pc->ring_at && now >= pc->ring_at)
        ring_or_wait(pc, now);
}

void doorbell_leave(struct pcpu *pc)
{
    if (pc->ring_at)
        ring();
    pc->ring_at = 0;
}
