/* SPDX-License-Identifier: GPL-2.0-only */
#include "window.h"

#include "paging.h"

void *window_map(struct pcpu *pc, mfn_t mfn)
{
    uint32_t window;
    uint64_t va;

    for (window = 0; window < WINDOWS; window++)
        if (pc->window_mfn[window].v == mfn.v)
            return paging_window_va(pc, window);

    window = pc->window_next;
    pc->window_next = (window + 1) % WINDOWS;
    va = pc->window_va + window * PAGE_SIZE;
    pc->window_mfn[window] = mfn;
    paging_window_set(pc, window, mfn);
    hw_invlpg(va);
    return paging_window_va(pc, window);
}

void window_clear(struct pcpu *pc)
{
    for (uint32_t window = 0; window < WINDOWS; window++) {
        if (pc->window_mfn[window].v == ~0ull)
            continue;
        pc->window_mfn[window] = MFN(~0ull);
        paging_window_clear(pc, window);
        hw_invlpg(pc->window_va + window * PAGE_SIZE);
    }
}
