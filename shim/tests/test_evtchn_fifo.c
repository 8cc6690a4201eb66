/* SPDX-License-Identifier: GPL-2.0-only */
/* FIFO event channels: nothing lost, nothing doubled, the words and queues as Xen leaves them. */
#include "help_evtchn.h"

#include <stdlib.h>
#include <string.h>

#include "guest/evtchn.h"
#include "guest/vlapic.h"

#define P_MASKED  (1u << EVTCHN_FIFO_MASKED)
#define P_PENDING (1u << EVTCHN_FIFO_PENDING)
#define P_LINKED  (1u << EVTCHN_FIFO_LINKED)
#define P_BUSY    (1u << EVTCHN_FIFO_BUSY)

static event_word_t *word(uint32_t entry, uint32_t port)
{
    return (event_word_t *)env_page(entry, GFN_ARRAY) + port;
}

static struct evtchn_fifo_control_block *control(uint32_t entry, uint32_t vcpu)
{
    return (void *)((uint8_t *)env_page(entry, GFN_CONTROL) + (size_t)vcpu * 128);
}

static struct dom *run_fifo(uint32_t vcpus)
{
    struct irx_domain *d = env_domain(0, 1, vcpus);

    env_use_fifo(d);
    return env_run(d);
}

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

/* The guest gave the page of its event words away: its frame may be anybody's by now. */
static void fifo_words_nowhere(void **state)
{
    struct irx_domain *r = env_domain(0, 1, 1);
    struct dom *d;

    (void)state;
    env_use_fifo(r);
    *(uint64_t *)(ENV_REGION + r->fifo_array) = ~0ull;
    d = env_run(r);
    evtchn_raise(env_on(0), d, 11);
    assert_int_equal(*word(0, 11), 0);
    assert_int_equal(d->ports[11].flags, IRX_PORT_F_PENDING);
    assert_int_equal(info(0, 0)->evtchn_upcall_pending, 0);
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        ENV_CASE(fifo_one_event),
        ENV_CASE(fifo_words_nowhere),
        ENV_CASE(fifo_second_behind_first),
        ENV_CASE(fifo_queue_emptied_by_the_guest),
        ENV_CASE(fifo_masked),
        ENV_CASE(fifo_without_its_array_page),
        ENV_CASE(fifo_without_control_block),
        ENV_CASE(fifo_moves_queue),
        ENV_CASE(fifo_hostile_tail),
        ENV_CASE(fifo_random),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
