/* SPDX-License-Identifier: GPL-2.0-only */
/* Event channels, 2-level and FIFO: nothing lost, nothing doubled, the bits as Xen leaves them. */
#include "env.h"

#include <stdlib.h>
#include <string.h>

#include "fake/fake.h"
#include "guest/evtchn.h"
#include "guest/intr.h"
#include "guest/vlapic.h"

#define P_MASKED  (1u << EVTCHN_FIFO_MASKED)
#define P_PENDING (1u << EVTCHN_FIFO_PENDING)
#define P_LINKED  (1u << EVTCHN_FIFO_LINKED)
#define P_BUSY    (1u << EVTCHN_FIFO_BUSY)

static struct shared_info *shared(uint32_t entry)
{
    return env_page(entry, GFN_SHARED);
}

static struct vcpu_info *info(uint32_t entry, uint32_t vcpu)
{
    return (struct vcpu_info *)((uint8_t *)env_page(entry, GFN_INFO) + (size_t)vcpu * 64);
}

static event_word_t *word(uint32_t entry, uint32_t port)
{
    return (event_word_t *)env_page(entry, GFN_ARRAY) + port;
}

static struct evtchn_fifo_control_block *control(uint32_t entry, uint32_t vcpu)
{
    return (void *)((uint8_t *)env_page(entry, GFN_CONTROL) + (size_t)vcpu * 128);
}

static struct dom *run_2l(uint32_t vcpus)
{
    return env_run(env_domain(0, 1, vcpus));
}

static struct dom *run_fifo(uint32_t vcpus)
{
    struct irx_domain *d = env_domain(0, 1, vcpus);

    env_use_fifo(d);
    return env_run(d);
}

/* ---- 2-level ---- */

static void twolevel_raise(void **state)
{
    struct dom *d = run_2l(2);

    (void)state;
    fake_clear_ipis();
    d->ports[12].notify_vcpu = 1;
    env_vcpu(d, 1)->cpu = env_cpu(1);
    env_vcpu(d, 1)->kicked = 0;
    assert_true(evtchn_raise(env_on(0), d, 12));
    assert_int_equal(shared(0)->evtchn_pending[0], 1ull << 12);
    assert_int_equal(info(0, 1)->evtchn_pending_sel, 1);
    assert_int_equal(info(0, 1)->evtchn_upcall_pending, 1);
    assert_int_equal(info(0, 0)->evtchn_upcall_pending, 0);
    assert_int_equal(env_vcpu(d, 1)->kicked, 1);
    assert_int_equal(fake_count_ipis(11, IRX_SHIM_KICK_VECTOR), 1);
    assert_int_equal(env_vcpu(d, 1)->rec->events_in, 1);
}

static void twolevel_again_is_one_level(void **state)
{
    struct dom *d = run_2l(1);

    (void)state;
    evtchn_raise(env_on(0), d, 11);
    info(0, 0)->evtchn_pending_sel = 0; /* the guest is at it */
    info(0, 0)->evtchn_upcall_pending = 0;
    evtchn_raise(env_on(0), d, 11);
    assert_int_equal(info(0, 0)->evtchn_pending_sel, 0);
    assert_int_equal(info(0, 0)->evtchn_upcall_pending, 0);
}

static void twolevel_masked_then_unmasked(void **state)
{
    struct dom *d = run_2l(1);

    (void)state;
    shared(0)->evtchn_mask[0] = 1ull << 11;
    evtchn_raise(env_on(0), d, 11);
    assert_int_equal(shared(0)->evtchn_pending[0], 1ull << 11);
    assert_int_equal(info(0, 0)->evtchn_upcall_pending, 0);
    assert_int_equal(evtchn_unmask(env_on(0), d, 11), 0);
    assert_int_equal(shared(0)->evtchn_mask[0], 0);
    assert_int_equal(info(0, 0)->evtchn_pending_sel, 1);
    assert_int_equal(info(0, 0)->evtchn_upcall_pending, 1);
    assert_int_equal(evtchn_unmask(env_on(0), d, ENV_PORTS), -SHIM_EINVAL);
}

static void twolevel_high_port_and_32bit(void **state)
{
    struct irx_domain *r = env_domain(0, 1, 1);
    const uint8_t *page = env_page(0, GFN_SHARED);
    struct dom *d;

    (void)state;
    env_ports(r)[200].state = IRX_PORT_IPI;
    r->flags |= IRX_DOMF_SHINFO_32BIT;
    d = env_run(r);
    evtchn_raise(env_on(0), d, 200);
    assert_int_equal(page[2048 + 25], 1);                 /* pending, byte 200 / 8 */
    assert_int_equal(((uint8_t *)info(0, 0))[4], 1 << 6); /* selector word 200 / 32 */
    assert_int_equal(evtchn_unmask(env_on(0), d, 200), 0);
}

static void upcall_through_the_local_apic(void **state)
{
    struct irx_domain *r = env_domain(0, 1, 1);
    struct dom *d;
    struct vcpu *v;

    (void)state;
    env_vcpu_rec(r, 0)->upcall_vector = 0x51;
    r->flags = 0;
    d = env_run(r);
    v = env_current(d, 0);
    evtchn_raise(env_on(0), d, 11);
    assert_int_equal(vlapic_pending(v), 0x51);
    intr_assist(env_cpu(0), v);
    assert_int_equal(fake_vcpu(v)->event_vector, 0x51);
    assert_int_equal(v->rec->upcalls, 1);
    assert_int_equal(vlapic_pending(v), -1); /* in service until its end */
}

static void upcall_by_callback_vector(void **state)
{
    struct dom *d = run_2l(1);
    struct vcpu *v = env_current(d, 0);

    (void)state;
    evtchn_raise(env_on(0), d, 11);
    v->rflags &= ~X86_EFLAGS_IF;
    intr_assist(env_cpu(0), v);
    assert_false(fake_vcpu(v)->event_valid);
    assert_true(fake_vcpu(v)->window);
    v->rflags |= X86_EFLAGS_IF;
    intr_assist(env_cpu(0), v);
    assert_true(fake_vcpu(v)->event_valid);
    assert_int_equal(fake_vcpu(v)->event_vector, ENV_UPCALL);
    info(0, 0)->evtchn_upcall_pending = 0; /* the guest took it: no end of interrupt is needed */
    fake_vcpu(v)->event_valid = false;
    intr_assist(env_cpu(0), v);
    assert_false(fake_vcpu(v)->event_valid);
}

/* ---- send ---- */

static void send_by_state(void **state)
{
    struct dom *d = run_2l(2);
    struct vcpu *v = env_current(d, 0);

    (void)state;
    assert_int_equal(evtchn_send(env_on(0), v, 12), 0); /* IPI to vCPU 1 */
    assert_int_equal(info(0, 1)->evtchn_upcall_pending, 1);
    assert_int_equal(evtchn_send(env_on(0), v, 21), 0);            /* unbound: dropped */
    assert_int_equal(evtchn_send(env_on(0), v, 1), -SHIM_EINVAL);  /* VIRQ */
    assert_int_equal(evtchn_send(env_on(0), v, 0), -SHIM_EINVAL);  /* reserved */
    assert_int_equal(evtchn_send(env_on(0), v, 30), -SHIM_EINVAL); /* closed */
    assert_int_equal(evtchn_send(env_on(0), v, ENV_PORTS), -SHIM_EINVAL);
    d->ports[11].flags = IRX_PORT_F_CONSUMER;
    assert_int_equal(evtchn_send(env_on(0), v, 11), -SHIM_EINVAL);
    assert_int_equal(v->rec->events_out, 2);
}

static void send_to_xen(void **state)
{
    struct dom *d = run_2l(1);
    struct vcpu *v = env_current(d, 0);

    (void)state;
    fake_clear_ipis();
    assert_int_equal(evtchn_send(env_on(0), v, 20), 0);
    assert_int_equal(d->to_xen[0], 1ull << 20);
    assert_int_equal(d->rec->to_xen_summary, 1);
    assert_int_equal(fake_count_ipis(77, 0xe1), 1);
    evtchn_send(env_on(0), v, 20); /* Xen has not looked yet: told once */
    assert_int_equal(fake_count_ipis(77, 0xe1), 1);
    d->rec->to_xen_summary = 0;
    d->to_xen[0] = 0;
    shim.anchor->xen_alive = 0; /* no Xen: the level waits */
    evtchn_send(env_on(0), v, 20);
    assert_int_equal(d->to_xen[0], 1ull << 20);
    assert_int_equal(fake_count_ipis(77, 0xe1), 1);
}

static struct dom *peer(uint32_t entry, uint16_t domid, uint16_t other)
{
    struct irx_domain *r = env_domain(entry, domid, 1);

    env_ports(r)[40] = (struct irx_port){
        .state = IRX_PORT_INTERDOMAIN, .remote_domid = other, .remote_port = 40};
    return env_run(r);
}

static void send_between_held_guests(void **state)
{
    struct dom *a = peer(0, 1, 2), *b = peer(1, 2, 1);

    (void)state;
    assert_int_equal(evtchn_send(env_on(0), env_vcpu(a, 0), 40), 0);
    assert_int_equal(shared(1)->evtchn_pending[0], 1ull << 40);
    assert_int_equal(a->to_xen[0], 0);
    env_freeze(b->rec);
    assert_int_equal(b->rec->state, IRX_DOM_FROZEN);
    assert_int_equal(evtchn_send(env_on(0), env_vcpu(a, 0), 40), 0);
    assert_int_equal(a->to_xen[0], 1ull << 40); /* now its receiver is Xen's */
}

/* The other guest's port does not agree: Xen knows the truth. */
static void send_to_a_port_that_disagrees(void **state)
{
    struct dom *a = peer(0, 1, 2), *b = peer(1, 2, 1);

    (void)state;
    b->ports[40].remote_port = 41;
    evtchn_send(env_on(0), env_vcpu(a, 0), 40);
    assert_int_equal(a->to_xen[0], 1ull << 40);
    assert_int_equal(shared(1)->evtchn_pending[0], 0);
    b->ports[40].remote_port = 40;
    b->ports[40].flags = IRX_PORT_F_CONSUMER;
    a->to_xen[0] = 0;
    evtchn_send(env_on(0), env_vcpu(a, 0), 40);
    assert_int_equal(a->to_xen[0], 1ull << 40);
}

/* ---- doorbells from Xen ---- */

static void doorbells_to_the_guest(void **state)
{
    struct dom *d = run_2l(1);

    (void)state;
    d->ports[130].state = IRX_PORT_INTERDOMAIN;
    d->to_guest[0] = 1ull << 20 | 1ull << 30; /* 30 is closed: nothing to raise */
    d->to_guest[2] = 1ull << 2;
    d->rec->to_guest_summary = 1 | 1 << 2;
    evtchn_deliver(env_on(0), d);
    assert_int_equal(shared(0)->evtchn_pending[0], 1ull << 20);
    assert_int_equal(shared(0)->evtchn_pending[2], 1ull << 2);
    assert_int_equal(info(0, 0)->evtchn_pending_sel, 1 | 1 << 2);
    assert_int_equal(d->to_guest[0] | d->to_guest[2] | d->rec->to_guest_summary, 0);
}

static void doorbells_before_enter_and_at_freeze(void **state)
{
    struct irx_domain *r = env_domain(0, 1, 1);
    struct dom *d;

    (void)state;
    ((uint64_t *)(ENV_REGION + r->to_guest))[0] = 1ull << 20;
    r->to_guest_summary = 1;
    d = env_run(r);
    assert_int_equal(shared(0)->evtchn_pending[0], 1ull << 20);
    d->to_guest[0] = 1ull << 11;
    r->to_guest_summary = 1;
    env_freeze(r);
    assert_int_equal(r->state, IRX_DOM_FROZEN);
    assert_int_equal(shared(0)->evtchn_pending[0], 1ull << 20 | 1ull << 11);
    assert_false(evtchn_raise(env_on(0), d, 12));
}

/* ---- polls ---- */

static void pollers(void **state)
{
    struct dom *d = run_2l(2);
    struct vcpu *v = env_vcpu(d, 1);

    (void)state;
    shared(0)->evtchn_mask[0] = ~0ull;
    d->poll_mask[0] = 2;
    v->rec->poll_port = 12;
    v->kicked = 0;
    evtchn_raise(env_on(0), d, 11); /* another port */
    assert_int_equal(v->kicked, 0);
    evtchn_raise(env_on(0), d, 12);
    assert_int_equal(v->kicked, 1);
    assert_int_equal(d->poll_mask[0], 0);
    assert_int_equal(evtchn_poll(env_on(0), d, 12), 1);
    assert_int_equal(evtchn_poll(env_on(0), d, 20), 0);
    assert_int_equal(evtchn_poll(env_on(0), d, ENV_PORTS), -SHIM_EINVAL);
    v->rec->poll_port = -1; /* many ports: any event wakes it */
    d->poll_mask[0] = 2;
    v->kicked = 0;
    evtchn_raise(env_on(0), d, 20);
    assert_int_equal(v->kicked, 1);
}

/* ---- FIFO ---- */

static void fifo_one_event(void **state)
{
    struct dom *d = run_fifo(2);
    struct vcpu *v = env_vcpu(d, 1);

    (void)state;
    evtchn_raise(env_on(0), d, 12);
    assert_int_equal(*word(0, 12), P_PENDING | P_LINKED);
    assert_int_equal(control(0, 1)->head[7], 12);
    assert_int_equal(control(0, 1)->ready, 1 << 7);
    assert_int_equal(v->rec->fifo_tail[7], 12);
    assert_int_equal(d->ports[12].last_vcpu, 1);
    assert_int_equal(info(0, 1)->evtchn_upcall_pending, 1);
    assert_int_equal(vlapic_pending(v), ENV_UPCALL);
}

static void fifo_second_behind_first(void **state)
{
    struct dom *d = run_fifo(1);

    (void)state;
    evtchn_raise(env_on(0), d, 11);
    control(0, 0)->ready = 0;
    info(0, 0)->evtchn_upcall_pending = 0;
    evtchn_raise(env_on(0), d, 20);
    assert_int_equal(*word(0, 11), P_PENDING | P_LINKED | 20);
    assert_int_equal(*word(0, 20), P_PENDING | P_LINKED);
    assert_int_equal(control(0, 0)->head[7], 11);
    assert_int_equal(env_vcpu(d, 0)->rec->fifo_tail[7], 20);
    assert_int_equal(control(0, 0)->ready, 0); /* the queue was not empty: nobody is told */
    assert_int_equal(info(0, 0)->evtchn_upcall_pending, 0);
}

static void fifo_queue_emptied_by_the_guest(void **state)
{
    struct dom *d = run_fifo(1);

    (void)state;
    evtchn_raise(env_on(0), d, 11);
    *word(0, 11) = 0; /* consumed: unlinked, not pending */
    evtchn_raise(env_on(0), d, 20);
    assert_int_equal(*word(0, 11), 0);
    assert_int_equal(control(0, 0)->head[7], 20);
}

static void fifo_masked(void **state)
{
    struct dom *d = run_fifo(1);

    (void)state;
    *word(0, 11) = P_MASKED;
    evtchn_raise(env_on(0), d, 11);
    assert_int_equal(*word(0, 11), P_MASKED | P_PENDING);
    assert_int_equal(control(0, 0)->ready, 0);
    evtchn_unmask(env_on(0), d, 11);
    assert_int_equal(*word(0, 11), P_PENDING | P_LINKED);
    assert_int_equal(control(0, 0)->ready, 1 << 7);
}

static void fifo_without_its_array_page(void **state)
{
    struct irx_domain *r = env_domain(0, 1, 1);
    struct dom *d;

    (void)state;
    env_use_fifo(r);
    r->fifo_array_count = 0;
    d = env_run(r);
    evtchn_raise(env_on(0), d, 11);
    assert_int_equal(d->ports[11].flags, IRX_PORT_F_PENDING);
    assert_int_equal(control(0, 0)->ready, 0);
}

static void fifo_without_control_block(void **state)
{
    struct irx_domain *r = env_domain(0, 1, 1);
    struct dom *d;

    (void)state;
    env_use_fifo(r);
    env_vcpu_rec(r, 0)->fifo_control_gfn = ~0ull;
    d = env_run(r);
    evtchn_raise(env_on(0), d, 11);
    assert_int_equal(*word(0, 11), 0);
}

/* The event moves to another vCPU's queue while the old queue ends with it. */
static void fifo_moves_queue(void **state)
{
    struct dom *d = run_fifo(2);

    (void)state;
    evtchn_raise(env_on(0), d, 11);
    assert_int_equal(env_vcpu(d, 0)->rec->fifo_tail[7], 11);
    *word(0, 11) = 0;
    d->ports[11].notify_vcpu = 1;
    evtchn_raise(env_on(0), d, 11);
    assert_int_equal(env_vcpu(d, 0)->rec->fifo_tail[7], 0);
    assert_int_equal(env_vcpu(d, 1)->rec->fifo_tail[7], 11);
    assert_int_equal(control(0, 1)->head[7], 11);
    assert_int_equal(d->ports[11].last_vcpu, 1);
}

/* The guest wrote nonsense where the tail is: only its own event is lost. */
static void fifo_hostile_tail(void **state)
{
    struct irx_domain *r = env_domain(0, 1, 1);
    struct dom *d;

    (void)state;
    env_use_fifo(r);
    env_vcpu_rec(r, 0)->fifo_tail[7] = 1023; /* of the array, and no port */
    d = env_run(r);
    evtchn_raise(env_on(0), d, 11);
    assert_int_equal(control(0, 0)->head[7], 11);
    memset(env_page(0, GFN_ARRAY), 0xff, 4096);
    memset(env_page(0, GFN_CONTROL), 0xff, 4096);
    for (uint32_t p = 0; p < ENV_PORTS; p++)
        evtchn_raise(env_on(0), d, p);
}

/* ---- FIFO, the guest's side (as Linux's events_fifo.c), and a random walk ---- */

static uint32_t heads[16];
static unsigned int got[ENV_PORTS];

static void consume_one(uint32_t priority, uint32_t *ready)
{
    struct evtchn_fifo_control_block *c = control(0, 0);
    uint32_t port = heads[priority] ? heads[priority] : c->head[priority], w = *word(0, port);

    *word(0, port) = w & ~(P_LINKED | EVTCHN_FIFO_LINK_MASK);
    heads[priority] = w & EVTCHN_FIFO_LINK_MASK;
    if (!heads[priority])
        *ready &= ~(1u << priority);
    if ((*word(0, port) & P_PENDING) && !(*word(0, port) & P_MASKED)) {
        *word(0, port) &= ~P_PENDING;
        got[port]++;
    }
}

static void consume_all(void)
{
    struct evtchn_fifo_control_block *c = control(0, 0);
    uint32_t ready;

    info(0, 0)->evtchn_upcall_pending = 0;
    ready = c->ready;
    c->ready = 0;
    while (ready) {
        consume_one((uint32_t)__builtin_ctz(ready), &ready);
        ready |= c->ready;
        c->ready = 0;
    }
}

static void fifo_random(void **state)
{
    struct irx_domain *r = env_domain(0, 1, 1);
    bool want[ENV_PORTS] = {false}, masked[ENV_PORTS] = {false};
    unsigned int seed = 4711, expected[ENV_PORTS] = {0};
    struct dom *d;

    (void)state;
    memset(heads, 0, sizeof(heads));
    memset(got, 0, sizeof(got));
    env_use_fifo(r);
    for (uint32_t p = 30; p < 60; p++) {
        env_ports(r)[p].state = IRX_PORT_IPI;
        env_ports(r)[p].priority = env_ports(r)[p].last_priority = (uint8_t)(p % 3 + 5);
    }
    d = env_run(r);
    for (unsigned int i = 0; i < 200000; i++) {
        uint32_t p = 30 + (uint32_t)rand_r(&seed) % 30;

        switch (rand_r(&seed) % 8) {
        case 0:
        case 1:
        case 2:
        case 3:
            evtchn_raise(env_on(0), d, p);
            want[p] = true;
            break;
        case 4:
            *word(0, p) |= P_MASKED;
            masked[p] = true;
            break;
        case 5:
            evtchn_unmask(env_on(0), d, p);
            masked[p] = false;
            break;
        default:
            if (!info(0, 0)->evtchn_upcall_pending)
                break;
            consume_all();
            for (uint32_t q = 30; q < 60; q++) {
                if (want[q] && !masked[q]) {
                    expected[q]++;
                    want[q] = false;
                }
                assert_int_equal(got[q], expected[q]);
            }
        }
        /* Whoever waits unmasked has been told of. */
        if (want[p] && !masked[p])
            assert_int_equal(info(0, 0)->evtchn_upcall_pending, 1);
    }
    assert_true(got[31] > 1000);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, env_setup, env_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(twolevel_raise),
        TEST(twolevel_again_is_one_level),
        TEST(twolevel_masked_then_unmasked),
        TEST(twolevel_high_port_and_32bit),
        TEST(upcall_through_the_local_apic),
        TEST(upcall_by_callback_vector),
        TEST(send_by_state),
        TEST(send_to_xen),
        TEST(send_between_held_guests),
        TEST(send_to_a_port_that_disagrees),
        TEST(doorbells_to_the_guest),
        TEST(doorbells_before_enter_and_at_freeze),
        TEST(pollers),
        TEST(fifo_one_event),
        TEST(fifo_second_behind_first),
        TEST(fifo_queue_emptied_by_the_guest),
        TEST(fifo_masked),
        TEST(fifo_without_its_array_page),
        TEST(fifo_without_control_block),
        TEST(fifo_moves_queue),
        TEST(fifo_hostile_tail),
        TEST(fifo_random),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
