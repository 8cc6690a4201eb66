/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * FIFO event channels: event words in the guest's array, linked into one queue a
 * priority and vCPU. The protocol is Xen's event_fifo.c to the bit; its two queue
 * locks are one domain lock here. Tails live in irx_vcpu.fifo_tail, last queues in
 * irx_port.
 */
#include "core/window.h"
#include "core/xenabi.h"
#include "evtchn_abi.h"
#include "upcall.h"

#define WORD_PENDING BIT(EVTCHN_FIFO_PENDING)
#define WORD_MASKED  BIT(EVTCHN_FIFO_MASKED)
#define WORD_LINKED  BIT(EVTCHN_FIFO_LINKED)
#define WORD_BUSY    BIT(EVTCHN_FIFO_BUSY)
#define WORD_LINK    EVTCHN_FIFO_LINK_MASK

#define LINK_TRIES 4u /* the guest can change a linked word at most so often */

static event_word_t *word_of(struct pcpu *pc, const struct dom *d, uint32_t port)
{
    uint32_t page = port / FIFO_WORDS_PER_PAGE;

    if (page >= d->fifo_pages || d->fifo_mfn[page] == ~0ull) /* none, or the guest gave it away */
        return NULL;
    return (event_word_t *)window_map(pc, MFN(d->fifo_mfn[page])) + port % FIFO_WORDS_PER_PAGE;
}

static uint32_t word_get(const event_word_t *w)
{
    return __atomic_load_n(w, __ATOMIC_SEQ_CST);
}

static bool word_test_and_set(event_word_t *w, uint32_t bit)
{
    return __atomic_fetch_or(w, bit, __ATOMIC_SEQ_CST) & bit;
}

static void word_clear(event_word_t *w, uint32_t bit)
{
    __atomic_fetch_and(w, ~bit, __ATOMIC_SEQ_CST);
}

static struct evtchn_fifo_control_block *control_of(struct pcpu *pc, const struct vcpu *v)
{
    if (v->control_mfn.v == ~0ull)
        return NULL;
    return (void *)((uint8_t *)window_map(pc, v->control_mfn) + v->control_offset);
}

/* 1: linked, 0: the word is no longer linked, -1: the guest was faster; *w is what it holds. */
static int try_link(event_word_t *word, uint32_t *w, uint32_t port)
{
    uint32_t linked = (*w & ~(uint32_t)(WORD_BUSY | WORD_LINK)) | port;

    if (!(*w & WORD_LINKED))
        return 0;
    return __atomic_compare_exchange_n(word, w, linked, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST)
               ? 1
               : -1;
}

/* evtchn_fifo_set_link(): links `port` behind a tail that is still linked. */
static bool link_behind(event_word_t *tail, uint32_t port)
{
    uint32_t w = word_get(tail);
    int rc = try_link(tail, &w, port);

    if (rc >= 0)
        return rc;
    __atomic_fetch_or(tail, (uint32_t)WORD_BUSY, __ATOMIC_SEQ_CST); /* holds off unmasking */
    w = word_get(tail);
    for (unsigned int i = 0; i < LINK_TRIES; i++) {
        rc = try_link(tail, &w, port);
        if (rc >= 0) {
            if (rc == 0)
                word_clear(tail, WORD_BUSY);
            return rc;
        }
    }
    word_clear(tail, WORD_BUSY); /* the guest breaks the protocol: its loss */
    return true;
}

/* Puts the port, LINKED by us just now, at the end of its queue. True: the queue was empty. */
static bool enqueue(struct pcpu *pc, struct vcpu *v, uint32_t port)
{
    struct dom *d = v->d;
    struct irx_port *p = &d->ports[port];
    uint32_t *old_tail = &d->vcpus[p->last_vcpu].rec->fifo_tail[p->last_priority];
    uint32_t *tail = &v->rec->fifo_tail[p->priority];
    bool linked = false;

    if (*old_tail == port) /* it was that queue's last: the queue is empty now */
        *old_tail = 0;
    p->last_vcpu = (uint16_t)v->id;
    p->last_priority = p->priority;
    if (*tail) {
        event_word_t *tail_word = word_of(pc, d, *tail);

        linked = tail_word && link_behind(tail_word, port);
    }
    if (!linked)
        __atomic_store_n(&control_of(pc, v)->head[p->priority], port, __ATOMIC_SEQ_CST);
    *tail = port;
    return !linked;
}

void fifo_set_pending(struct pcpu *pc, struct vcpu *v, uint32_t port)
{
    struct dom *d = v->d;
    struct irx_port *p = &d->ports[port];
    event_word_t *word = word_of(pc, d, port);
    bool was_pending, empty = false;

    if (!word) { /* kept until the guest gives the array its page */
        p->flags |= IRX_PORT_F_PENDING;
        return;
    }
    if (v->control_mfn.v == ~0ull)
        return; /* no control block, so the guest cannot have unmasked: dropped as in Xen */
    was_pending = word_test_and_set(word, WORD_PENDING);
    if (!(word_get(word) & WORD_MASKED) && !word_test_and_set(word, WORD_LINKED))
        empty = enqueue(pc, v, port);
    if (empty) {
        struct evtchn_fifo_control_block *control = control_of(pc, v);

        if (!word_test_and_set(&control->ready, 1u << p->priority))
            upcall_raise(pc, v);
    }
    if (!was_pending)
        upcall_pollers(pc, d, port);
}

void fifo_unmask(struct pcpu *pc, struct vcpu *v, uint32_t port)
{
    event_word_t *word = word_of(pc, v->d, port);

    if (!word)
        return;
    word_clear(word, WORD_MASKED);
    if (word_get(word) & WORD_PENDING)
        fifo_set_pending(pc, v, port);
}

bool fifo_is_pending(struct pcpu *pc, const struct dom *d, uint32_t port)
{
    const event_word_t *word = word_of(pc, d, port);

    return word && (word_get(word) & WORD_PENDING);
}
