/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TESTS_XEN_EVENT_H
#define TESTS_XEN_EVENT_H

#include <xen/lib.h>
#include <xen/sched.h>

#define ECS_FREE        0
#define ECS_RESERVED    1
#define ECS_UNBOUND     2
#define ECS_INTERDOMAIN 3
#define ECS_PIRQ        4
#define ECS_VIRQ        5
#define ECS_IPI         6

#define BITS_TO_LONGS(n) (((n) + 63) / 64)

struct evtchn {
    uint8_t state, priority, xen_consumer;
    bool pending;
    uint16_t notify_vcpu_id;
    uint32_t port;
    union {
        struct {
            domid_t remote_domid;
        } unbound;
        struct {
            uint32_t remote_port;
            struct domain *remote_dom;
        } interdomain;
        struct {
            uint32_t irq;
        } pirq;
        uint32_t virq;
    } u;
};

/* The ports of the domain under test; `port` is below its valid_evtchns. */
struct evtchn *evtchn_from_port(const struct domain *d, unsigned int port);

/* There is always something else to do. Xen asserts that a domain's vCPU asks. */
static inline bool hypercall_preempt_check(void)
{
    ASSERT(!is_idle_vcpu(current));

    return true;
}

void vcpu_yield(void);

#endif
