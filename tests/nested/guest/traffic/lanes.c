// SPDX-License-Identifier: GPL-2.0-only
/*
 * The traffic's messages: what goes over the lanes of an end, and what is wrong with it.
 */
#define _GNU_SOURCE
#include "traffic.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "xen.h"

/* Between an event without a message and the message. The end itself stands still for so long: a check
 * that all lanes go on comes later than that. */
#define SPOIL_US 1500000

/* Word i of a message: which, where, and to whom. */
static uint64_t word_of(unsigned int to, unsigned int lane, uint64_t seq, unsigned int i)
{
    uint64_t x = seq * 0x9e3779b97f4a7c15u ^ (to * 64u + lane * 4096u + i) * 0xc2b2ae3d27d4eb4fu;

    return x ^ x >> 29;
}

static void notify(const struct end *e, unsigned int lane)
{
    struct ioctl_evtchn_notify arg = {.port = e->port[lane]};

    request(e->fd, IOCTL_EVTCHN_NOTIFY, &arg, "notify");
}

static bool take_spoil(struct end *e, int what)
{
    return atomic_load_explicit(&e->f->spoil, memory_order_relaxed) == what &&
           atomic_compare_exchange_strong(&e->f->spoil, &what, SPOIL_NONE);
}

static void send_next(struct end *e, unsigned int lane)
{
    struct message *m = &e->page->message[!e->me][lane];
    struct lane *l = &e->f->lane[lane];

    if (take_spoil(e, SPOIL_DOUBLE)) {
        notify(e, lane);
        usleep(SPOIL_US);
    }
    l->sent++;
    for (unsigned int i = 0; i < WORDS; i++)
        m->words[i] = word_of(!e->me, lane, l->sent, i);
    atomic_store_explicit(&m->seq, l->sent, memory_order_release);
    if (!take_spoil(e, SPOIL_DROP))
        notify(e, lane);
}

static uint64_t waiting(const struct end *e, unsigned int lane)
{
    return atomic_load_explicit(&e->page->message[e->me][lane].seq, memory_order_acquire);
}

static void accept_message(struct end *e, unsigned int lane, uint64_t seq)
{
    const struct message *m = &e->page->message[e->me][lane];
    struct lane *l = &e->f->lane[lane];
    bool intact = true;

    for (unsigned int i = 0; i < WORDS; i++)
        intact &= m->words[i] == word_of(e->me, lane, seq, i);
    l->damaged += !intact;
    l->disordered += seq != l->received + 1;
    l->received = seq;
    e->late_ticks[lane] = 0;
    note_message(e->f);
    send_next(e, lane);
}

static void take_event(struct end *e, uint32_t port)
{
    for (unsigned int lane = 0; lane < e->f->lanes; lane++) {
        uint64_t seq = waiting(e, lane);

        if (e->port[lane] != port)
            continue;
        e->f->lane[lane].events++;
        if (seq == e->f->lane[lane].received)
            e->f->lane[lane].doubled++;
        else
            accept_message(e, lane, seq);
        return;
    }
    fail("an event for port %u, which is not ours", port);
}

/* A tick in which this end ran. */
static void look_for_late(struct end *e)
{
    for (unsigned int lane = 0; lane < e->f->lanes; lane++) {
        uint64_t seq = waiting(e, lane);

        if (seq == e->f->lane[lane].received || ++e->late_ticks[lane] < opt.late_ms / TICK_MS)
            continue;
        e->f->lane[lane].lost++;
        accept_message(e, lane, seq);
    }
}

unsigned int wait_events(const struct end *e, uint32_t ports[LANES], int timeout_ms)
{
    struct pollfd p = {.fd = e->fd, .events = POLLIN};
    ssize_t n;

    if (poll(&p, 1, timeout_ms) <= 0)
        return 0;
    n = read(e->fd, ports, LANES * sizeof(ports[0]));
    if (n < 0)
        fail("events: %s", strerror(errno));
    return (unsigned int)((size_t)n / sizeof(ports[0]));
}

void unmask(const struct end *e, const uint32_t *ports, unsigned int n)
{
    if (n && write(e->fd, ports, n * sizeof(ports[0])) != (ssize_t)(n * sizeof(ports[0])))
        fail("unmask: %s", strerror(errno));
}

void *exchange(void *end)
{
    struct end *e = end;
    int64_t tick = now_ns() + TICK_MS * MS_NS;
    uint32_t ports[LANES];

    if (e->cpu >= 0)
        pin(e->cpu, 0);
    for (;;) {
        unsigned int n = wait_events(e, ports, TICK_MS);

        for (unsigned int i = 0; i < n; i++)
            take_event(e, ports[i]);
        unmask(e, ports, n);
        if (now_ns() >= tick) {
            tick = now_ns() + TICK_MS * MS_NS;
            look_for_late(e);
        }
        note_reset(e->f);
        if (n)
            usleep(opt.rest_us);
    }
    return NULL;
}

void begin(struct end *e)
{
    for (unsigned int lane = 0; lane < e->f->lanes; lane++)
        send_next(e, lane);
}
