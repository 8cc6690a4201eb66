/* SPDX-License-Identifier: GPL-2.0-only */
/* Writing the state words of R by the table of what may follow what. */
#include "region/region.h"

static void follows(bool may, const char *word, uint32_t from, uint32_t to)
{
    if ( !may )
        printk(XENLOG_ERR "Interrex: %s: state %u does not follow %u\n", word,
               to, from);
}

void interrex_set_host_state(uint32_t state)
{
    uint32_t *word = &interrex_anchor()->host_state;

    follows(irx_host_may(*word, state, IRX_BY_XEN), "host", *word, state);
    interrex_store_release(word, state);
}

void interrex_set_cpu_state(unsigned int entry, uint32_t state)
{
    uint32_t *word = &interrex_cpu_rec(entry)->state;
    uint32_t from = read_atomic(word);

    follows(irx_cpu_may(from, state, IRX_BY_XEN), "CPU", from, state);
    interrex_store_release(word, state);
}

void interrex_set_domain_state(unsigned int entry, uint32_t state)
{
    uint32_t *word = &interrex_domain_rec(entry)->state;
    uint32_t from = read_atomic(word);

    follows(irx_domain_may(from, state, IRX_BY_XEN), "domain", from, state);
    interrex_store_release(word, state);
}

uint32_t interrex_cpu_state_from(unsigned int entry, uint32_t from,
                                 uint32_t to)
{
    follows(irx_cpu_may(from, to, IRX_BY_XEN), "CPU", from, to);

    return cmpxchg(&interrex_cpu_rec(entry)->state, from, to);
}

uint32_t interrex_domain_state_from(unsigned int entry, uint32_t from,
                                    uint32_t to)
{
    follows(irx_domain_may(from, to, IRX_BY_XEN), "domain", from, to);

    return cmpxchg(&interrex_domain_rec(entry)->state, from, to);
}
