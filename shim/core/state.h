/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Writing the state words of R. What handoff-abi/states.table has no arrow for is a fault of ours:
 * it is said in the log, and counted; a host test in which it happens fails.
 */
#ifndef SHIM_CORE_STATE_H
#define SHIM_CORE_STATE_H

#include <interrex/states.h>

/* How often that happened, and the last one. */
extern struct state_faults {
    uint32_t count;
    uint32_t from, to;
    const char *what;
} state_faults;

/* Says that `to` does not follow `from` in the word `what`. */
void state_fault(const char *what, uint32_t from, uint32_t to);

/* Xen has the CPU's state before, and reads this one after all that was written before. */
static inline void state_cpu(struct irx_cpu *c, uint32_t to)
{
    uint32_t from = __atomic_load_n(&c->state, __ATOMIC_RELAXED);

    if (!irx_cpu_may(from, to, IRX_BY_SHIM))
        state_fault("cpu", from, to);
    __atomic_store_n(&c->state, to, __ATOMIC_RELEASE);
}

/* From a state in which Xen writes, too. False: it was no longer `from`, and stays as it is. */
static inline bool state_cpu_from(struct irx_cpu *c, uint32_t from, uint32_t to)
{
    if (!irx_cpu_may(from, to, IRX_BY_SHIM))
        state_fault("cpu", from, to);
    return __atomic_compare_exchange_n(&c->state, &from, to, false, __ATOMIC_ACQ_REL,
                                       __ATOMIC_ACQUIRE);
}

/* The same of a domain, which Xen takes back as it likes. */
static inline bool state_domain_from(struct irx_domain *d, uint32_t from, uint32_t to)
{
    if (!irx_domain_may(from, to, IRX_BY_SHIM))
        state_fault("domain", from, to);
    return __atomic_compare_exchange_n(&d->state, &from, to, false, __ATOMIC_ACQ_REL,
                                       __ATOMIC_ACQUIRE);
}

/* Of a vCPU that is the caller's. */
static inline void state_vcpu(struct irx_vcpu *v, uint32_t to)
{
    uint32_t from = __atomic_load_n(&v->state, __ATOMIC_RELAXED);

    if (!irx_vcpu_may(from, to, IRX_BY_SHIM))
        state_fault("vcpu", from, to);
    __atomic_store_n(&v->state, to, __ATOMIC_RELEASE);
}

#endif
