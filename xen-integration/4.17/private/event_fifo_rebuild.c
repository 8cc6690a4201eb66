/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The part of Interrex that is compiled inside common/event_fifo.c: a domain's
 * control blocks and event array, mapped again where they lie. d's event_lock
 * is held.
 */
#include "private.h"

int interrex_fifo_import(struct domain *d)
{
    struct vcpu *v;
    int rc = d->evtchn_fifo ? -EEXIST : 0;

    for_each_vcpu (d, v)
        if ( !rc )
            rc = setup_control_block(v);

    rc = rc ?: setup_event_array(d);
    if ( !rc )
        d->evtchn_port_ops = &evtchn_port_ops_fifo;

    return rc;
}

int interrex_fifo_import_control(struct vcpu *v, uint64_t gfn, uint32_t offset)
{
    return map_control_block(v, gfn, offset);
}

/*
 * The guest gave that page away, and its words are where nobody sees them: so they may begin
 * anew. It is the guest's until the array is gone, as it was in the Xen before.
 */
static int add_vanished_page(struct domain *d)
{
    const unsigned int slot = d->evtchn_fifo->num_evtchns /
                              EVTCHN_FIFO_EVENT_WORDS_PER_PAGE;
    const unsigned int max_pages = d->max_pages;
    struct page_info *page;
    void *virt;

    if ( slot >= EVTCHN_FIFO_MAX_EVENT_ARRAY_PAGES )
        return -ENOSPC;

    d->max_pages = UINT_MAX;
    page = alloc_domheap_page(d, 0);
    d->max_pages = max_pages;
    if ( !page )
        return -ENOMEM;
    if ( !get_page_and_type(page, d, PGT_writable_page) )
    {
        put_page_alloc_ref(page);
        return -EINVAL;
    }
    put_page_alloc_ref(page);

    virt = __map_domain_page_global(page);
    if ( !virt )
    {
        put_page_and_type(page);
        return -ENOMEM;
    }
    clear_page(virt);

    d->evtchn_fifo->event_array[slot] = virt;
    d->evtchn_fifo->num_evtchns += EVTCHN_FIFO_EVENT_WORDS_PER_PAGE;

    return 0;
}

/* Before the ports: nothing is raised again. */
int interrex_fifo_import_page(struct domain *d, uint64_t gfn)
{
    return gfn == ~0ULL ? add_vanished_page(d)
                        : add_page_to_event_array(d, gfn);
}
