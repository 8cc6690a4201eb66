/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Event channels of a held domain: an event for it sets a bit in R and rings
 * the shim, which delivers it. What still waits at claim is delivered by the
 * domain's own ops, once.
 */
#include <xen/event.h>

#include <asm/interrex.h>

#include "hold/hold.h"
#include "state/state.h"

/* Bit n of the summary: look at words n, n + 64, ... of the bitmap. */
static bool bit_raise(irx_off_t bitmap, uint64_t *summary, unsigned int port)
{
    bool was = test_and_set_bit(port, (unsigned long *)interrex_at(bitmap));

    set_bit(port / BITS_PER_LONG % 64, (unsigned long *)summary);

    return !was;
}

static void cf_check held_set_pending(struct vcpu *v, struct evtchn *evtchn)
{
    struct interrex_hold *h = v->domain->arch.interrex;
    struct irx_domain *r = interrex_domain_rec(h->entry);

    /* A port that dom0 made for it meanwhile: the shim has no place for it. */
    if ( evtchn->port >= r->port_count )
    {
        evtchn->pending = true;
        return;
    }

    if ( bit_raise(r->to_guest, &r->to_guest_summary, evtchn->port) )
        interrex_ring(interrex_vcpu_rec(r->vcpu_first + v->vcpu_id)->cpu_hint);
}

static const struct evtchn_port_ops *own_ops(const struct domain *d)
{
    return d->arch.interrex->ops;
}

/* It is now another's end, or nobody's; or new. */
static void follow(const struct domain *d, const struct evtchn *evtchn)
{
    interrex_evtchn_follow_port(evtchn,
                                interrex_domain_rec(d->arch.interrex->entry));
}

static void cf_check held_init(struct domain *d, struct evtchn *evtchn)
{
    follow(d, evtchn);
    if ( own_ops(d)->init )
        own_ops(d)->init(d, evtchn);
}

static void cf_check held_clear_pending(struct domain *d,
                                        struct evtchn *evtchn)
{
    own_ops(d)->clear_pending(d, evtchn);
}

/* Only a domain's own hypercall unmasks, and those go to the shim. */
static void cf_check held_unmask(struct domain *d, struct evtchn *evtchn)
{
    ASSERT_UNREACHABLE();
}

static bool cf_check held_is_pending(const struct domain *d,
                                     const struct evtchn *evtchn)
{
    return own_ops(d)->is_pending(d, evtchn);
}

static bool cf_check held_is_masked(const struct domain *d,
                                    const struct evtchn *evtchn)
{
    return own_ops(d)->is_masked(d, evtchn);
}

static bool cf_check held_is_busy(const struct domain *d,
                                  const struct evtchn *evtchn)
{
    return own_ops(d)->is_busy && own_ops(d)->is_busy(d, evtchn);
}

static void cf_check held_print_state(struct domain *d,
                                      const struct evtchn *evtchn)
{
    own_ops(d)->print_state(d, evtchn);
}

static const struct evtchn_port_ops held_ops = {
    .init = held_init,
    .set_pending = held_set_pending,
    .clear_pending = held_clear_pending,
    .unmask = held_unmask,
    .is_pending = held_is_pending,
    .is_masked = held_is_masked,
    .is_busy = held_is_busy,
    .print_state = held_print_state,
};

/* Looks at a port that is locked whenever one looks: microseconds in all. */
#define PORT_PATIENCE 1000u

/*
 * The lock is not taken: evtchn_read_trylock() drops an event when it meets a writer. But nobody tries
 * to lock a port between domains: each waits in turn. There a guest whose many vCPUs send all the time
 * may keep us from ever seeing the lock free, and so we get in line. Other ports are locked by this Xen alone,
 * for as long as it takes to set a bit.
 */
static void wait_free(struct evtchn *chn)
{
    unsigned int looks = 0;

    while ( rw_is_locked(&chn->lock) )
    {
        if ( ++looks > PORT_PATIENCE && chn->state == ECS_INTERDOMAIN )
        {
            write_lock(&chn->lock);
            write_unlock(&chn->lock);
            return;
        }
        cpu_relax();
    }
}

void interrex_port_changed(struct domain *d, const struct evtchn *evtchn)
{
    if ( d->evtchn_port_ops == &held_ops )
        follow(d, evtchn);
}

/*
 * Whoever raises an event holds a port's lock: of the port itself, but of his
 * own port when he sends from another domain (evtchn_send()). Once each was
 * seen free, nobody uses the ops any more that were in place before. event_lock
 * keeps the ends together.
 */
static void wait_for_users(struct domain *d)
{
    unsigned int port;

    smp_mb();
    read_lock(&d->event_lock);

    for ( port = 0; port_is_valid(d, port); port++ )
    {
        struct evtchn *chn = evtchn_from_port(d, port);

        wait_free(chn);
        if ( chn->state == ECS_INTERDOMAIN )
            wait_free(evtchn_from_port(chn->u.interdomain.remote_dom,
                                       chn->u.interdomain.remote_port));
    }

    read_unlock(&d->event_lock);
}

void interrex_evtchn_divert(struct interrex_hold *h)
{
    struct domain *d = h->d;

    if ( d->evtchn_port_ops == &held_ops )
        return;

    h->ops = d->evtchn_port_ops;
    smp_wmb();
    write_atomic(&d->evtchn_port_ops, &held_ops);
    wait_for_users(d);
}

static void deliver(struct domain *d, unsigned int port)
{
    struct evtchn *chn = evtchn_from_port(d, port);

    evtchn_read_lock(chn);
    chn->pending = false; /* the ops set it again if it has to wait on */
    evtchn_port_set_pending(d, chn->notify_vcpu_id, chn);
    evtchn_read_unlock(chn);
}

void interrex_evtchn_divert_undo(struct interrex_hold *h)
{
    struct domain *d = h->d;
    struct irx_domain *r = interrex_domain_rec(h->entry);
    unsigned long *waiting = interrex_at(r->to_guest);
    unsigned int port;

    if ( d->evtchn_port_ops != &held_ops )
        return;

    write_atomic(&d->evtchn_port_ops, h->ops);
    wait_for_users(d);

    r->to_guest_summary = 0;
    for ( port = 1; port_is_valid(d, port); port++ )
        if ( port < r->port_count ? test_and_clear_bit(port, waiting)
                                  : evtchn_from_port(d, port)->pending )
            deliver(d, port);
}
