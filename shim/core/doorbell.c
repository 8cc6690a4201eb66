/* SPDX-License-Identifier: GPL-2.0-only */
#include "doorbell.h"

#include "apic.h"

void doorbell_to_xen(struct dom *d, uint32_t port)
{
    uint64_t word = BIT(port % 64), group = BIT(port / 64 % 64);
    bool was = __atomic_fetch_or(&d->to_xen[port / 64], word, __ATOMIC_SEQ_CST) & word;

    was &= !!(__atomic_fetch_or(&d->rec->to_xen_summary, group, __ATOMIC_SEQ_CST) & group);
    /* Xen has not taken the level yet: it was rung for it, or will look when it comes alive. */
    if (was || !__atomic_load_n(&shim.anchor->xen_alive, __ATOMIC_ACQUIRE))
        return;
    apic_send(shim.anchor->xen_apic_id, (uint8_t)shim.anchor->xen_vector);
}
