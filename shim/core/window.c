/* SPDX-License-Identifier: GPL-2.0-only */
#include "window.h"

#include "paging.h"

void *window_map(struct pcpu *pc, mfn_t mfn)
{
    uint32_t slot;
    uint64_t va;

    for (slot = 0; slot < WINDOW_SLOTS; slot++)
        if (pc->window_mfn[slot].v == mfn.v)
            return paging_window_va(pc, slot);

    slot = pc->window_next;
    pc->window_next = (slot + 1) % WINDOW_SLOTS;
    va = pc->window_va + slot * PAGE_SIZE;
    pc->window_mfn[slot] = mfn;
    paging_window_set(pc, slot, mfn);
    hw_invlpg(va);
    return paging_window_va(pc, slot);
}

void window_clear(struct pcpu *pc)
{
    for (uint32_t slot = 0; slot < WINDOW_SLOTS; slot++) {
        if (pc->window_mfn[slot].v == ~0ull)
            continue;
        pc->window_mfn[slot] = MFN(~0ull);
        paging_window_clear(pc, slot);
        hw_invlpg(pc->window_va + slot * PAGE_SIZE);
    }
}
