/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * state/evtchn_rebuild.c: a domain's event channels in the Xen that an update started,
 * of an entry that was validated.
 */
#include "region_bench.h"

#include <stdio.h>

#include "private/private.h"
#include "region/region.h"
#include "state/state.h"

/* ---- Xen's event channels, as private/ shows them: what was asked, in turn ---- */

static struct domain *guest;
static char steps[256];
static unsigned int fails; /* the n-th step fails; 0: none */
static struct domain *remotes[8];

static int step(const char *format, ...)
{
    size_t used = strlen(steps);
    va_list list;

    assert_true(guest->event_lock.taken);
    va_start(list, format);
    vsnprintf(steps + used, sizeof(steps) - used, format, list);
    va_end(list);

    return fails && !--fails ? -ENOMEM : 0;
}

int interrex_ports_make_room(struct domain *d, unsigned int ports)
{
    return step("room %u, ", ports);
}

int interrex_port_import(struct domain *d, unsigned int p,
                         const struct irx_port *r, struct domain *remote)
{
    assert_ptr_equal(d, guest);
    remotes[p] = remote;
    assert_true(!remote || remote->world_refs == 1);

    return step("port %u, ", p);
}

void interrex_ports_let_go(struct domain *d)
{
}

int interrex_fifo_import(struct domain *d)
{
    return step("fifo, ");
}

int interrex_fifo_import_control(struct vcpu *v, uint64_t gfn, uint32_t offset)
{
    return step("control %u %u %u, ", v->vcpu_id, (unsigned int)gfn, offset);
}

int interrex_fifo_import_page(struct domain *d, uint64_t gfn)
{
    return step("page %u, ", (unsigned int)gfn);
}

/* ---- A domain with two vCPUs ---- */

static struct irx_domain rec;
static struct irx_port ports[8];
static const uint64_t pages[] = { 40, 41 };
static struct irx_domain_view view;

static int ports_begin(void **state)
{
    int rc = region_begin(state);
    unsigned int i;

    guest = world_domain(1, 2);
    steps[0] = '\0';
    fails = 0;
    memset(ports, 0, sizeof(ports));
    memset(remotes, 0, sizeof(remotes));
    rec = (struct irx_domain){ .port_count = 5, .vcpu_first = 3 };
    for ( i = 0; i < 2; i++ )
        interrex_vcpu_rec(3 + i)->fifo_control_gfn = ~0ULL;
    view = (struct irx_domain_view){ .d = &rec,
                                     .ports = ports,
                                     .fifo_array = pages };

    return rc;
}
#define PORTS_CASE(test)                                                      \
    cmocka_unit_test_setup_teardown(test, ports_begin, world_end)

static void only_open_ports_are_made(void **state)
{
    ports[0].state = IRX_PORT_RESERVED;
    ports[2].state = IRX_PORT_UNBOUND;
    ports[4].state = IRX_PORT_VIRQ;
    ports[5].state = IRX_PORT_IPI; /* beyond the count */
    assert_int_equal(interrex_ports_import(guest, &view), 0);
    assert_string_equal(steps, "room 5, port 2, port 4, ");
}

static void ends_are_joined(void **state)
{
    struct domain *other = world_domain(7, 1);

    ports[1].state = IRX_PORT_INTERDOMAIN;
    ports[1].remote_domid = 7;
    ports[2].state = IRX_PORT_UNBOUND;
    ports[2].remote_domid = 7; /* whom it waits for, not an end */
    ports[3].state = IRX_PORT_INTERDOMAIN;
    ports[3].remote_domid = 1; /* its own */
    assert_int_equal(interrex_ports_import(guest, &view), 0);
    assert_ptr_equal(remotes[1], other);
    assert_null(remotes[2]);
    assert_ptr_equal(remotes[3], guest);
}

static void fifo_comes_before_its_ports(void **state)
{
    rec.evtchn_abi = IRX_EVTCHN_FIFO;
    rec.fifo_array_count = 2;
    interrex_vcpu_rec(4)->fifo_control_gfn = 9;
    interrex_vcpu_rec(4)->fifo_control_offset = 64;
    ports[1].state = IRX_PORT_IPI;
    assert_int_equal(interrex_ports_import(guest, &view), 0);
    assert_string_equal(steps, "fifo, control 1 9 64, page 40, page 41, "
                               "room 5, port 1, ");
}

static void without_fifo_no_array_is_looked_at(void **state)
{
    rec.evtchn_abi = IRX_EVTCHN_2L;
    rec.fifo_array_count = 2;
    interrex_vcpu_rec(3)->fifo_control_gfn = 9;
    assert_int_equal(interrex_ports_import(guest, &view), 0);
    assert_string_equal(steps, "room 5, ");
}

/* Whichever step fails, the next ones are not tried, and nothing stays locked. */
static void first_error_ends_it(void **state)
{
    unsigned int n, rc = 1;

    rec.evtchn_abi = IRX_EVTCHN_FIFO;
    rec.fifo_array_count = 2;
    interrex_vcpu_rec(3)->fifo_control_gfn = 9;
    ports[1].state = IRX_PORT_IPI;
    ports[2].state = IRX_PORT_INTERDOMAIN;
    ports[2].remote_domid = 1;
    for ( n = 1; rc; n++ )
    {
        unsigned int done = 0;
        const char *p;

        steps[0] = '\0';
        fails = n;
        rc = interrex_ports_import(guest, &view);
        for ( p = steps; *p; p++ )
            done += *p == ',';
        assert_true(!rc || done == n);
        assert_false(guest->event_lock.taken);
        assert_int_equal(guest->world_refs, 0);
    }
    assert_int_equal(n, 9); /* seven steps, and once without an error */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        PORTS_CASE(only_open_ports_are_made),
        PORTS_CASE(ends_are_joined),
        PORTS_CASE(fifo_comes_before_its_ports),
        PORTS_CASE(without_fifo_no_array_is_looked_at),
        PORTS_CASE(first_error_ends_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
