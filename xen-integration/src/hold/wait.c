/* SPDX-License-Identifier: GPL-2.0-only */
/* Waiting for the shim: in turns, so that the caller can let others on in between. */
#include "hold/hold.h"
#include "lend/lend.h"

/* A shim whose CPUs are all there has answered by then: from here on they are looked at, now and then. */
#define LOOK_AFTER MILLISECS(50)
/* As long as a CPU of the shim is suspected, and once it is given up, the wait goes on: at most so long. */
#define SILENCE_MAX MILLISECS(4 * INTERREX_TIMEOUT_MS)

void interrex_set_state(struct interrex_hold *h, uint32_t state)
{
    interrex_set_domain_state(h->entry, state);
    interrex_ring(~0u);
}

/* Who does not answer may be a CPU that is dead: when that is known the others do. */
static void look(struct interrex_hold *h, unsigned int timeout_ms)
{
    s_time_t now = NOW();

    if ( now < h->look )
        return;

    h->look = now + LOOK_AFTER;
    if ( interrex_cpus_look() && now < h->longest )
        h->deadline = max(h->deadline, now + MILLISECS(timeout_ms));
}

int interrex_wait_turn(struct interrex_hold *h, unsigned int timeout_ms,
                       s_time_t start, s_time_t patience)
{
    if ( !h->deadline )
    {
        h->deadline = start + MILLISECS(timeout_ms);
        h->longest = start + SILENCE_MAX;
        h->look = start + LOOK_AFTER;
    }

    look(h, timeout_ms);
    if ( NOW() > h->deadline )
    {
        h->deadline = 0;
        return -ETIMEDOUT;
    }
    if ( NOW() > h->longest - SILENCE_MAX + LOOK_AFTER )
    {
        interrex_doze();
        return -ERESTART;
    }
    if ( interrex_gives_way(start + patience) )
        return -ERESTART;
    cpu_relax();

    return 0;
}

int interrex_wait_state(struct interrex_hold *h, uint32_t from, uint32_t to,
                        unsigned int timeout_ms, s_time_t patience)
{
    struct irx_domain *r = interrex_domain_rec(h->entry);
    s_time_t start = NOW();
    uint32_t state;

    while ( (state = interrex_load_acquire(&r->state)) == from )
    {
        int rc = interrex_wait_turn(h, timeout_ms, start, patience);

        if ( rc )
            return rc;
    }

    h->deadline = 0;
    if ( state == to )
        return 0;

    return state == IRX_DOM_FAILED && r->error < 0 ? r->error : -EIO;
}
