/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Event channels: each operation on a port in each state. The ports are made at boot, by vCPU 0, in
 * Xen.
 */
#include "hostile.h"

#define __XEN_INTERFACE_VERSION__ 0x00040e00
#include <xen/xen.h>
#include <xen/event_channel.h>
#include <xen/sched.h>

enum kind {
    FREE,
    UNBOUND_DOM0,
    UNBOUND_SELF,
    PAIR,
    PAIR_OTHER,
    VIRQ,
    IPI,
    IPI_0,
    ZERO,
    BEYOND,
    HUGE_PORT,
    KINDS
};
static const char *const kinds[KINDS] = {"free",       "unbound-dom0", "unbound-self", "pair",
                                         "pair-other", "virq",         "ipi",          "ipi-0",
                                         "zero",       "beyond",       "huge"};
static uint32_t ports[KINDS];

static long op(unsigned int sub, void *arg)
{
    return hypercall5(__HYPERVISOR_event_channel_op, sub, (uintptr_t)arg, 0, 0, 0);
}

static uint64_t ask_send(struct worker *w, const struct query *k, unsigned int word)
{
    uint32_t port = ports[k->a];
    long rc;

    (void)w;
    (void)word;
    xen_take(port % 4096);
    rc = op(EVTCHNOP_send, &port);
    return (uint32_t)rc | (uint64_t)xen_take(port % 4096) << 32 |
           (k->a == PAIR ? (uint64_t)xen_take(ports[PAIR_OTHER]) << 33 : 0);
}

static uint64_t ask_status(struct worker *w, const struct query *k, unsigned int word)
{
    struct evtchn_status s = {.dom = word == 0   ? DOMID_SELF
                                     : word == 1 ? 0
                                                 : 0x7ff3,
                              .port = ports[k->a]};
    long rc;

    (void)w;
    s.status = 0x55;
    rc = op(EVTCHNOP_status, &s);
    return fold_bytes((uint64_t)rc, &s, sizeof(s));
}

/* Unmasked, with and without something pending. */
static uint64_t ask_unmask(struct worker *w, const struct query *k, unsigned int word)
{
    uint32_t port = ports[k->a];
    long rc;

    (void)w;
    xen_mask(port % 4096, true);
    if (word)
        op(EVTCHNOP_send, &port);
    rc = op(EVTCHNOP_unmask, &port);
    return (uint32_t)rc | (uint64_t)xen_mask(port % 4096, false) << 32 |
           (uint64_t)xen_take(port % 4096) << 33;
}

/* To the own vCPU, to one that there is not, and back to vCPU 0. */
static uint64_t ask_bind_vcpu(struct worker *w, const struct query *k, unsigned int word)
{
    struct evtchn_bind_vcpu bind = {.port = ports[k->a],
                                    .vcpu = word == 0   ? 1
                                            : word == 1 ? 200
                                                        : 0};

    (void)w;
    return (uint64_t)op(EVTCHNOP_bind_vcpu, &bind);
}

/* Polls of this port alone and beside another, with something pending or a time that is past. */
static uint64_t ask_poll(struct worker *w, const struct query *k, unsigned int word)
{
    uint32_t list[2] = {ports[k->a], ports[IPI_0]}, port = ports[k->a];
    struct sched_poll poll = {.nr_ports = word & 1 ? 2 : 1, .timeout = 1};
    long rc;

    (void)w;
    set_xen_guest_handle(poll.ports, list);
    if (word & 2)
        op(EVTCHNOP_send, &port);
    rc = hypercall5(__HYPERVISOR_sched_op, SCHEDOP_poll, (uintptr_t)&poll, 0, 0, 0);
    xen_take(port % 4096);
    return (uint64_t)rc;
}

static uint64_t ask_priority(struct worker *w, const struct query *k, unsigned int word)
{
    struct evtchn_set_priority set = {.port = ports[k->a],
                                      .priority = word == 0   ? 7
                                                  : word == 1 ? 15
                                                              : 16};
    uint64_t rc = (uint64_t)op(EVTCHNOP_set_priority, &set);

    (void)w;
    set.priority = 7;
    op(EVTCHNOP_set_priority, &set);
    return rc;
}

/* Made, used and closed again: what each step answers. */
static uint64_t ask_life(struct worker *w, const struct query *k, unsigned int word)
{
    struct evtchn_alloc_unbound alloc = {.dom = DOMID_SELF, .remote_dom = DOMID_SELF};
    struct evtchn_bind_ipi ipi = {.vcpu = w->id};
    struct evtchn_close close;
    uint64_t h = 0;

    (void)word;
    if (k->a == 0) {
        h = (uint8_t)op(EVTCHNOP_alloc_unbound, &alloc);
        close.port = alloc.port;
    } else {
        h = (uint8_t)op(EVTCHNOP_bind_ipi, &ipi);
        close.port = ipi.port;
    }
    h = h << 8 | (uint8_t)op(EVTCHNOP_send, &close.port);
    h = h << 8 | xen_take(close.port);
    /* From then on it may be another vCPU's; for ports that are none there are others. */
    return h << 8 | (uint8_t)op(EVTCHNOP_close, &close);
}

static void make_ports(void)
{
    struct evtchn_alloc_unbound alloc = {.dom = DOMID_SELF, .remote_dom = 0};
    struct evtchn_bind_interdomain pair = {.remote_dom = DOMID_SELF};
    struct evtchn_bind_virq virq = {.virq = VIRQ_DEBUG, .vcpu = 1};

    op(EVTCHNOP_alloc_unbound, &alloc);
    ports[UNBOUND_DOM0] = alloc.port;
    alloc.remote_dom = DOMID_SELF;
    op(EVTCHNOP_alloc_unbound, &alloc);
    ports[UNBOUND_SELF] = alloc.port;
    op(EVTCHNOP_alloc_unbound, &alloc);
    ports[PAIR_OTHER] = pair.remote_port = alloc.port;
    op(EVTCHNOP_bind_interdomain, &pair);
    ports[PAIR] = pair.local_port;
    op(EVTCHNOP_bind_virq, &virq);
    ports[VIRQ] = virq.port;
    ports[IPI] = xen_bind_ipi(1);
    ports[IPI_0] = xen_bind_ipi(0);
    ports[FREE] = 900;
    ports[BEYOND] = 4096;
    ports[HUGE_PORT] = 0xffffffff;
}

void group_evtchn(void)
{
    static const struct {
        const char *name;
        ask_fn *ask;
        unsigned int words;
    } asks[] = {{"send", ask_send, 1},     {"status", ask_status, 3},
                {"unmask", ask_unmask, 2}, {"bind_vcpu", ask_bind_vcpu, 3},
                {"poll", ask_poll, 4},     {"priority", ask_priority, 3}};

    make_ports();
    for (unsigned int i = 0; i < sizeof(asks) / sizeof(asks[0]); i++)
        for (unsigned int n = 0; n < KINDS; n++)
            add(asks[i].ask, asks[i].words, n, 0, NULL, "port %s %s", kinds[n], asks[i].name);
    add(ask_life, 1, 0, 0, NULL, "port life unbound");
    add(ask_life, 1, 1, 0, NULL, "port life ipi");
}
