/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * state/evtchn.c: a held domain's ports follow what others bind to them, and what the
 * shim moved in them comes back.
 */
#include "region_bench.h"

#include <xen/event.h>

#include "private/private.h"
#include "region/region.h"
#include "state/state.h"

#define PORTS 6u

static struct evtchn channels[PORTS];
static uint16_t last_vcpu[PORTS];

struct evtchn *evtchn_from_port(const struct domain *d, unsigned int port)
{
    assert_true(port < d->valid_evtchns);
    return &channels[port];
}

unsigned int interrex_fifo_pages(const struct domain *d)
{
    return 0;
}

uint64_t interrex_fifo_page_gfn(const struct domain *d, unsigned int i)
{
    return ~0ULL;
}

void interrex_fifo_lastq(const struct evtchn *chn, uint16_t *vcpu,
                         uint8_t *priority)
{
    *vcpu = last_vcpu[chn->port];
    *priority = 7;
}

void interrex_fifo_set_lastq(struct evtchn *chn, uint16_t vcpu,
                             uint8_t priority)
{
    last_vcpu[chn->port] = vcpu;
}

static struct domain *guest, *peer;
static struct irx_domain *rec;

static struct irx_port *port(unsigned int i)
{
    return (struct irx_port *)interrex_at(rec->ports) + i;
}

static int evtchn_begin(void **state)
{
    int rc = region_begin(state);
    unsigned int i;

    guest = world_domain(1, 2);
    peer = world_domain(7, 1);
    guest->valid_evtchns = PORTS;
    rec = interrex_domain_rec(2);
    memset(channels, 0, sizeof(channels));
    memset(last_vcpu, 0, sizeof(last_vcpu));
    for ( i = 0; i < PORTS; i++ )
        channels[i].port = i;
    channels[0].state = ECS_RESERVED;
    channels[3].state = ECS_UNBOUND;
    channels[3].u.unbound.remote_domid = 7;
    interrex_evtchn_layout(guest, rec, interrex_anchor()->data.off);
    assert_int_equal(interrex_evtchn_export(guest, rec), 0);

    return rc;
}
#define EVTCHN_CASE(test)                                                     \
    cmocka_unit_test_setup_teardown(test, evtchn_begin, world_end)

static void bound_and_let_go(void **state)
{
    assert_int_equal(port(3)->state, IRX_PORT_UNBOUND);
    port(3)->notify_vcpu = 1; /* the shim's */
    channels[3].state = ECS_INTERDOMAIN;
    channels[3].u.interdomain.remote_dom = peer;
    channels[3].u.interdomain.remote_port = 44;
    interrex_evtchn_follow_port(&channels[3], rec);
    assert_int_equal(port(3)->state, IRX_PORT_INTERDOMAIN);
    assert_int_equal(port(3)->remote_domid, 7);
    assert_int_equal(port(3)->remote_port, 44);
    assert_int_equal(port(3)->notify_vcpu, 1);
    channels[3].state = ECS_UNBOUND;
    channels[3].u.unbound.remote_domid = 7;
    interrex_evtchn_follow_port(&channels[3], rec);
    assert_int_equal(port(3)->state, IRX_PORT_UNBOUND);
    assert_int_equal(port(3)->remote_domid, 7);
}

/* A port that came up since the layout has no place in R. */
static void beyond_the_layout(void **state)
{
    rec->port_count = 3;
    channels[3].state = ECS_IPI;
    interrex_evtchn_follow_port(&channels[3], rec);
    assert_int_equal(port(3)->state, IRX_PORT_UNBOUND);
}

static void what_the_shim_moved(void **state)
{
    port(3)->notify_vcpu = 1;
    port(3)->last_vcpu = 1;
    port(4)->flags = IRX_PORT_F_PENDING;
    interrex_evtchn_import(guest, rec);
    assert_int_equal(channels[3].notify_vcpu_id, 1);
    assert_int_equal(last_vcpu[3], 1);
    assert_true(channels[4].pending);
    assert_int_equal(channels[4].notify_vcpu_id, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        EVTCHN_CASE(bound_and_let_go),
        EVTCHN_CASE(beyond_the_layout),
        EVTCHN_CASE(what_the_shim_moved),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
