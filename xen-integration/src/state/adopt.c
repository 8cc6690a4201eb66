/* SPDX-License-Identifier: GPL-2.0-only */
/* Adoption of the sending Xen's pages; see state.h. */
#include "state/state.h"

int interrex_adopt_xen_page(struct domain *d, mfn_t mfn, void **va)
{
    struct page_info *pg;

    if ( !mfn_valid(mfn) )
        return -EINVAL;

    pg = mfn_to_page(mfn);
    if ( pg->count_info || pg->u.inuse.type_info || page_get_owner(pg) )
        return -EBUSY;

    /* As alloc_xenheap_pages() leaves a page without a separate Xen heap. */
    pg->count_info = PGC_xen_heap;
    share_xen_page_with_guest(pg, d, SHARE_rw);
    *va = mfn_to_virt(mfn_x(mfn));

    return 0;
}

void interrex_unshare_xen_page(struct domain *d, void *va)
{
    struct page_info *pg = virt_to_page(va);

    ASSERT(page_get_owner(pg) == d);
    put_page_alloc_ref(pg);
    ASSERT(!(pg->count_info & ~PGC_xen_heap));
    page_set_owner(pg, NULL);
    free_xenheap_page(va);
}
