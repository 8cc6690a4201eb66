/* SPDX-License-Identifier: MIT */
/*
 * Which state may follow which, and by whose hand: what Xen and the shim ask before they write a
 * state word of R. The arrows are those of handoff-abi/states.table, with what they are part of.
 *
 * Where both may write a word in the same state (a CPU's LENT, a domain's PREPARING and ENTERING),
 * whoever answers the other side compares and exchanges.
 */
#ifndef INTERREX_STATES_H
#define INTERREX_STATES_H

#include "abi/live.h"
#include "platform.h"

enum irx_side { IRX_BY_XEN, IRX_BY_SHIM };

#define IRX_NR_HOST_STATES   7u
#define IRX_NR_CPU_STATES    6u
#define IRX_NR_DOMAIN_STATES 10u
#define IRX_NR_VCPU_STATES   5u

/* What may follow one state, by writer: a bit a state. */
struct irx_next {
    uint16_t by[2];
};

extern const struct irx_next irx_next_host[IRX_NR_HOST_STATES];
extern const struct irx_next irx_next_cpu[IRX_NR_CPU_STATES];
extern const struct irx_next irx_next_domain[IRX_NR_DOMAIN_STATES];
extern const struct irx_next irx_next_vcpu[IRX_NR_VCPU_STATES];

/* Not to be called but by those below. A state may be written again. */
static inline bool irx_may_follow(const struct irx_next *next, uint32_t count, uint32_t from,
                                  uint32_t to, enum irx_side writer)
{
    return from < count && to < count && (from == to || next[from].by[writer] >> to & 1);
}

/* May irx_anchor.host_state become `to`, written by `writer`, where it is `from`? */
static inline bool irx_host_may(uint32_t from, uint32_t to, enum irx_side writer)
{
    return irx_may_follow(irx_next_host, IRX_NR_HOST_STATES, from, to, writer);
}

/* The same of irx_cpu.state. */
static inline bool irx_cpu_may(uint32_t from, uint32_t to, enum irx_side writer)
{
    return irx_may_follow(irx_next_cpu, IRX_NR_CPU_STATES, from, to, writer);
}

/* The same of irx_domain.state. */
static inline bool irx_domain_may(uint32_t from, uint32_t to, enum irx_side writer)
{
    return irx_may_follow(irx_next_domain, IRX_NR_DOMAIN_STATES, from, to, writer);
}

/* The same of irx_vcpu.state. */
static inline bool irx_vcpu_may(uint32_t from, uint32_t to, enum irx_side writer)
{
    return irx_may_follow(irx_next_vcpu, IRX_NR_VCPU_STATES, from, to, writer);
}

#endif
