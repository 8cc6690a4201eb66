/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The part of Interrex that is compiled inside common/event_fifo.c: where the
 * guest's control blocks and event array are, and the tails of the queues,
 * which are in Xen's memory alone.
 */
#include "private.h"

static mfn_t page_mfn(const void *va)
{
    return domain_page_map_to_mfn((void *)((unsigned long)va & PAGE_MASK));
}

static uint64_t page_gfn(const struct domain *d, const void *va)
{
    mfn_t mfn = page_mfn(va);

    return is_pv_domain(d) ? mfn_x(mfn) : get_gpfn_from_mfn(mfn_x(mfn));
}

void interrex_fifo_vcpu(const struct vcpu *v, struct irx_fifo_vcpu *out)
{
    const struct evtchn_fifo_vcpu *efv = v->evtchn_fifo;
    unsigned int i;

    BUILD_BUG_ON(IRX_FIFO_QUEUES != EVTCHN_FIFO_MAX_QUEUES);

    *out = (struct irx_fifo_vcpu){ .control_gfn = ~0ULL };
    if ( !efv || !efv->control_block )
        return;

    out->control_gfn = page_gfn(v->domain, efv->control_block);
    out->control_offset = (unsigned long)efv->control_block & ~PAGE_MASK;
    for ( i = 0; i < IRX_FIFO_QUEUES; i++ )
        out->tail[i] = efv->queue[i].tail;
}

void interrex_fifo_set_tails(struct vcpu *v, const uint32_t *tail)
{
    unsigned int i;

    for ( i = 0; v->evtchn_fifo && i < IRX_FIFO_QUEUES; i++ )
        v->evtchn_fifo->queue[i].tail = tail[i];
}

unsigned int interrex_fifo_pages(const struct domain *d)
{
    return d->evtchn_fifo
               ? d->evtchn_fifo->num_evtchns / EVTCHN_FIFO_EVENT_WORDS_PER_PAGE
               : 0;
}

uint64_t interrex_fifo_page_gfn(const struct domain *d, unsigned int i)
{
    return page_gfn(d, d->evtchn_fifo->event_array[i]);
}

mfn_t interrex_fifo_page_mfn(const struct domain *d, unsigned int i)
{
    return page_mfn(d->evtchn_fifo->event_array[i]);
}

mfn_t interrex_fifo_control_mfn(const struct vcpu *v)
{
    const struct evtchn_fifo_vcpu *efv = v->evtchn_fifo;

    return efv && efv->control_block ? page_mfn(efv->control_block)
                                     : INVALID_MFN;
}

void interrex_fifo_lastq(const struct evtchn *chn, uint16_t *vcpu,
                         uint8_t *priority)
{
    union evtchn_fifo_lastq lastq = { .raw = chn->fifo_lastq };

    *vcpu = lastq.last_vcpu_id;
    *priority = lastq.last_priority;
}

void interrex_fifo_set_lastq(struct evtchn *chn, uint16_t vcpu,
                             uint8_t priority)
{
    union evtchn_fifo_lastq lastq = {};

    lastq.last_vcpu_id = vcpu;
    lastq.last_priority = priority;
    write_atomic(&chn->fifo_lastq, lastq.raw);
}
