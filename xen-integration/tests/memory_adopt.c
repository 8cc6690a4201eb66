/* SPDX-License-Identifier: GPL-2.0-only */
/* Pages of Xen that a domain has mapped, which tests of its memory only count. */
#include <xen/mm.h>

#include "state/state.h"

unsigned int adopted, unshared; /* memory_bench.h */

int interrex_adopt_xen_page(struct domain *d, mfn_t mfn, void **va)
{
    *va = mfn_to_virt(mfn_x(mfn));
    adopted++;

    return 0;
}

void interrex_unshare_xen_page(struct domain *d, void *va)
{
    unshared++;
}
