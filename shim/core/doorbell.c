/* SPDX-License-Identifier: GPL-2.0-only */
#include "doorbell.h"

#include "apic.h"
#include "guest/evtchn.h"

static void ring_word(struct pcpu *pc, struct dom *d, uint32_t word)
{
    uint64_t bits = __atomic_exchange_n(&d->to_guest[word], 0, __ATOMIC_ACQ_REL);

    while (bits) {
        uint32_t port = word * 64 + (uint32_t)__builtin_ctzll(bits);

        bits &= bits - 1;
        evtchn_raise_locked(pc, d, port);
    }
}

void doorbell_to_guest(struct pcpu *pc, struct dom *d)
{
    uint64_t summary = 0;

    if (!__atomic_load_n(&d->rec->to_guest_summary, __ATOMIC_ACQUIRE))
        return;
    lock_take(&d->lock, pc->index);
    if (d->live) /* else the bits are Xen's to look at */
        summary = __atomic_exchange_n(&d->rec->to_guest_summary, 0, __ATOMIC_ACQ_REL);
    for (; summary; summary &= summary - 1)
        for (uint32_t w = (uint32_t)__builtin_ctzll(summary); w < d->port_words; w += 64)
            if (d->to_guest[w])
                ring_word(pc, d, w);
    lock_drop(&d->lock);
}

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
