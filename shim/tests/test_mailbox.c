/* SPDX-License-Identifier: GPL-2.0-only */
/* The mailbox under running guests: domains that come and go, doorbells. */
#include "help_sched.h"

#include "core/mem.h"
#include "core/spec.h"
#include "fake/fake.h"
#include "run/mailbox.h"
#include "run/switch.h"
#include "run/prepare.h"

/* context_switch() of Xen: another vCPU, or the first on a CPU that was lent; not the same again. */
static void barrier_between_vcpus(void **state)
{
    struct irx_domain *r = env_domain(0, 1, 1);

    (void)state;
    shim.host.ibpb = true;
    spec.flags |= IRX_SPEC_IBPB_SWITCH;
    env_run(r);
    loops(0, 60);
    assert_int_equal(fake.ibpbs, 1); /* Xen and its guests ran here before */
    env_freeze(r);
    env_run(env_domain(1, 2, 1));
    loops(0, 60);
    assert_int_equal(fake.ibpbs, 2); /* the other one is claimed, its predictions are still here */
    env_run(env_domain(2, 3, 2));
    loops(0, 60);
    assert_int_equal(fake.ibpbs, env_cpu(0)->rec->switches); /* each went to another vCPU */
    assert_in_range(fake.ibpbs, 5, 20);
}

/* Xen's setting says no barrier, as each exit has one; what ran before the first entry had none. */
static void barrier_when_a_cpu_comes(void **state)
{
    (void)state;
    shim.host.ibpb = true;
    env_run(env_domain(0, 1, 2));
    env_run(env_domain(1, 2, 2));
    loops(0, 60);
    assert_int_equal(fake.ibpbs, 1);
    spec_cpu_init(env_cpu(0)); /* it went back to Xen and was lent again */
    switch_unload(env_on(0));
    loops(0, 60);
    assert_int_equal(fake.ibpbs, 2);
}

static void drills_leak_nothing(void **state)
{
    struct irx_domain *r = env_domain(0, 1, 2);
    uint64_t before = 0;

    (void)state;
    for (unsigned int i = 0; i < 30; i++) {
        env_run(r);
        loops(0, 5);
        env_freeze(r);
        assert_int_equal(r->state, IRX_DOM_FROZEN);
        r->state = IRX_DOM_WITH_XEN;
        env_cpu(0)->doorbell = 1;
        loops(0, 1);
        if (!i)
            before = mem_free_pages();
        assert_int_equal(mem_free_pages(), before);
    }
}

static void prepare_while_another_runs(void **state)
{
    struct dom *d = env_run(env_domain(0, 1, 1));
    struct irx_domain *r = env_domain(1, 2, 1);
    struct irx_extent *e = env_extents(r);
    unsigned int i;

    (void)state;
    e[0].mfn = 0x100001; /* page by page: takes several steps */
    e[0].nr = 40000;
    env_seal(r);
    r->state = IRX_DOM_PREPARING;
    env_cpu(0)->doorbell = 1;
    for (i = 0; r->state == IRX_DOM_PREPARING && i < 1000; i++)
        loops(0, 1);
    assert_int_equal(r->state, IRX_DOM_PREPARED);
    assert_in_range(i, 10, 100);
    assert_int_equal(runs(d, 0), i); /* the guest had its turn in each round */
}

/* The CPU goes round until all is done; how often. The guest had its turn each time. */
static unsigned int rounds(struct dom *runs_here, const struct irx_domain *r, uint32_t while_state)
{
    unsigned int before = runs(runs_here, 0), n = 0;

    env_cpu(0)->doorbell = 1;
    do
        loops(0, 1);
    while (n++ < 1000 && (r->state == while_state || prepare_any()));
    assert_int_equal(runs(runs_here, 0) - before, n);
    return n;
}

/* What takes long is done in pieces: extents summed and looked at, tables given back. */
static void a_large_domain(void **state)
{
    struct dom *d = env_run(env_domain(0, 1, 1));
    struct irx_domain *r = env_domain(1, 2, 1);
    uint64_t before = mem_free_pages();
    struct irx_extent *e = env_more_extents(r, 20000);

    (void)state;
    e[19999].nr = 200000; /* and more tables than are freed at a time */
    env_seal(r);
    r->state = IRX_DOM_PREPARING;
    assert_in_range(rounds(d, r, IRX_DOM_PREPARING), 20 + 100, 150);
    assert_int_equal(r->state, IRX_DOM_PREPARED);
    r->state = IRX_DOM_WITH_XEN;
    assert_in_range(rounds(d, r, IRX_DOM_PREPARED), 4, 8);
    assert_int_equal(mem_free_pages(), before);
    e[19998].access = 0; /* found in the last piece but one */
    env_seal(r);
    r->state = IRX_DOM_PREPARING;
    assert_in_range(rounds(d, r, IRX_DOM_PREPARING), 18, 24);
    assert_int_equal(r->state, IRX_DOM_FAILED);
    assert_int_equal(r->error, -SHIM_EINVAL);
    assert_int_equal(mem_free_pages(), before);
}

/* Its ports, on the way in: and the one of its timer is found among them. */
static void many_ports(void **state)
{
    struct dom *d = env_run(env_domain(0, 1, 1));
    struct irx_domain *r = env_domain(1, 2, 2);
    struct irx_port *ports = env_more_ports(r, 100000);

    (void)state;
    env_use_fifo(r);
    ports[99999] = (struct irx_port){.state = IRX_PORT_VIRQ, .notify_vcpu = 1};
    env_prepare(r);
    r->state = IRX_DOM_ENTERING;
    assert_in_range(rounds(d, r, IRX_DOM_ENTERING), 20, 30);
    assert_int_equal(r->state, IRX_DOM_RUNNING);
    assert_int_equal(shim.doms[1].vcpus[0].timer_port, 0);
    assert_int_equal(shim.doms[1].vcpus[1].timer_port, 99999);
}

/* Xen does not wait until the last of them was looked at. */
static void enter_given_up(void **state)
{
    struct irx_domain *r = env_domain(1, 2, 1);
    uint64_t before = mem_free_pages();

    (void)state;
    env_use_fifo(r);
    env_more_ports(r, 100000);
    env_prepare(r);
    r->state = IRX_DOM_ENTERING;
    env_cpu(0)->doorbell = 1;
    loops(0, 3);
    assert_int_equal(r->state, IRX_DOM_ENTERING);
    r->state = IRX_DOM_WITH_XEN;
    loops(0, 3);
    assert_false(prepare_any());
    assert_int_equal(mem_free_pages(), before);
    assert_int_equal(env_cpu(0)->nr, 0);
}

static void prepare_given_up(void **state)
{
    struct irx_domain *r = env_domain(1, 2, 1);
    uint64_t before = mem_free_pages();

    (void)state;
    env_extents(r)[0].mfn = 0x100001;
    env_extents(r)[0].nr = 40000;
    env_seal(r);
    r->state = IRX_DOM_PREPARING;
    env_cpu(0)->doorbell = 1;
    loops(0, 3);
    r->state = IRX_DOM_WITH_XEN;
    loops(0, 1);
    assert_false(prepare_any());
    assert_int_equal(mem_free_pages(), before);
}

static void doorbell_wakes_a_guest(void **state)
{
    struct dom *d = env_run(env_domain(0, 1, 1));

    (void)state;
    fake_guest = halts;
    loops(0, 1);
    d->to_guest[0] = 1ull << 20;
    d->rec->to_guest_summary = 1;
    env_cpu(0)->doorbell = 1;
    loops(0, 1);
    assert_int_equal(runs(d, 0), 2);
    assert_int_equal(((uint64_t *)env_page(0, GFN_SHARED))[256], 1ull << 20);
}

/* Another CPU holds the mailbox for long: guests and their doorbells do not wait for it. */
static void busy_mailbox(void **state)
{
    struct dom *d = env_run(env_domain(0, 1, 1));

    (void)state;
    lock_take(&shim.mailbox_lock, 1);
    d->to_guest[0] = 1ull << 20;
    d->rec->to_guest_summary = 1;
    d->rec->state = IRX_DOM_FREEZING;
    env_cpu(0)->doorbell = 1;
    loops(0, 3);
    assert_int_equal(((uint64_t *)env_page(0, GFN_SHARED))[256], 1ull << 20);
    assert_int_equal(runs(d, 0), 3);
    lock_drop(&shim.mailbox_lock);
    loops(0, 2); /* looked at again within 100 us, without another doorbell */
    assert_int_equal(d->rec->state, IRX_DOM_FROZEN);
}

/* Where Xen asks for nothing an event does not wait for who is at the mailbox, nor looks again. */
static void events_need_no_mailbox(void **state)
{
    struct dom *d = env_run(env_domain(0, 1, 1));

    (void)state;
    lock_take(&shim.mailbox_lock, 1);
    d->to_guest[0] = 1ull << 20;
    d->rec->to_guest_summary = 1;
    env_cpu(0)->doorbell = 1;
    loops(0, 1);
    assert_int_equal(((uint64_t *)env_page(0, GFN_SHARED))[256], 1ull << 20);
    assert_true(env_cpu(0)->next_poll - fake.tsc > 10000 * US);
    env_domain(1, 2, 1)->state = IRX_DOM_PREPARING;
    assert_false(mailbox_poll(env_on(0)));
    lock_drop(&shim.mailbox_lock);
}

/* A doorbell whose interrupt was lost is found all the same. */
static void doorbell_without_interrupt(void **state)
{
    struct dom *d = env_run(env_domain(0, 1, 1));

    (void)state;
    loops(0, 2);
    d->to_guest[0] = 1ull << 20;
    d->rec->to_guest_summary = 1;
    loops(0, 250); /* 25 ms */
    assert_int_equal(((uint64_t *)env_page(0, GFN_SHARED))[256], 1ull << 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        LOOP_CASE(barrier_between_vcpus),
        LOOP_CASE(barrier_when_a_cpu_comes),
        LOOP_CASE(drills_leak_nothing),
        LOOP_CASE(prepare_while_another_runs),
        LOOP_CASE(prepare_given_up),
        LOOP_CASE(a_large_domain),
        LOOP_CASE(many_ports),
        LOOP_CASE(enter_given_up),
        LOOP_CASE(doorbell_wakes_a_guest),
        LOOP_CASE(busy_mailbox),
        LOOP_CASE(events_need_no_mailbox),
        LOOP_CASE(doorbell_without_interrupt),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
