/* SPDX-License-Identifier: GPL-2.0-only */
/* Ringing Xen: at once, but not at a rate that a guest sets; and for nobody who does not hear. */
#include "help_guest.h"

#include "core/doorbell.h"
#include "guest/evtchn.h"
#include "run/loop.h"

#define RING 20000u /* ticks between two rings */
#define SENT 20u    /* env.c: to dom0 */

static unsigned int rings(void)
{
    return fake_count_ipis(77, 0xe1);
}

/* Xen takes the level as soon as it is rung. */
static void xen_looks(struct dom *d)
{
    d->rec->to_xen_summary = 0;
    d->to_xen[0] = 0;
}

static void a_storm_of_sends(void **state)
{
    struct vcpu *v = current(1);
    tsc_t begin;

    (void)state;
    fake_clear_ipis();
    begin = fake.tsc;
    while (fake.tsc < begin + 10 * RING) {
        assert_int_equal(evtchn_send(env_cpu(0), v, SENT), 0);
        doorbell_run(env_cpu(0), hw_tsc());
        if (env_cpu(0)->ring_at == 0)
            xen_looks(v->d);
        fake.tsc += 100;
    }
    assert_in_range(rings(), 5, 12);
}

static void what_waits_is_rung_for(void **state)
{
    struct vcpu *v = current(1);

    (void)state;
    fake_clear_ipis();
    evtchn_send(env_cpu(0), v, SENT);
    assert_int_equal(rings(), 1);
    xen_looks(v->d);
    evtchn_send(env_cpu(0), v, SENT);
    assert_int_equal(rings(), 1);
    assert_in_range(doorbell_due(env_cpu(0)), fake.tsc, fake.tsc + RING);
    loop_once(env_on(0)); /* the CPU wakes up for it */
    assert_true(fake.timer <= doorbell_due(env_cpu(0)));
    fake.tsc = doorbell_due(env_cpu(0));
    loop_once(env_on(0));
    assert_int_equal(rings(), 2);
    assert_int_equal(v->d->to_xen[0], 1ull << SENT);
    assert_true(doorbell_due(env_cpu(0)) == TSC_NEVER);
}

static void all_cpus_share_the_rate(void **state)
{
    struct vcpu *v = current(1);

    (void)state;
    fake_clear_ipis();
    evtchn_send(env_cpu(0), v, SENT);
    xen_looks(v->d);
    evtchn_send(env_on(1), v, SENT);
    assert_int_equal(rings(), 1);
    assert_true(doorbell_due(env_cpu(1)) != TSC_NEVER);
    doorbell_leave(env_cpu(1)); /* released: it does not take the ring along */
    assert_int_equal(rings(), 2);
}

static void nobody_is_rung_for_an_unbound_port(void **state)
{
    struct vcpu *v = current(1);

    (void)state;
    fake_clear_ipis();
    assert_int_equal(evtchn_send(env_cpu(0), v, 21), 0);
    assert_int_equal(v->d->to_xen[0], 0);
    assert_int_equal(rings(), 0);
    v->d->ports[21].state = IRX_PORT_INTERDOMAIN; /* bound: Xen says so in R */
    assert_int_equal(evtchn_send(env_cpu(0), v, 21), 0);
    assert_int_equal(rings(), 1);
}

/* A Xen of ABI 1.0 does not say it. */
static void an_older_xen_looks_itself(void **state)
{
    struct vcpu *v = current(1);

    (void)state;
    fake_clear_ipis();
    shim.anchor->version = IRX_VERSION(1, 0);
    assert_int_equal(evtchn_send(env_cpu(0), v, 21), 0);
    assert_int_equal(v->d->to_xen[0], 1u << 21);
    assert_int_equal(rings(), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ENV_CASE(a_storm_of_sends),          ENV_CASE(what_waits_is_rung_for),
        ENV_CASE(all_cpus_share_the_rate),   ENV_CASE(nobody_is_rung_for_an_unbound_port),
        ENV_CASE(an_older_xen_looks_itself),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
