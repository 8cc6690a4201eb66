// SPDX-License-Identifier: GPL-2.0-only
/*
 * Numbered UDP datagrams to dom0, which sends them back. All take the same way one
 * after the other, so one that is still away when a much later one is back was lost.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "io.h"
#include "wire.h"

#define REMEMBERED 4096 /* a power of 2 */
#define LATER      64   /* so many more numbers are "much later" */
#define BUFFER     (4 << 20)

static int fd;
static unsigned long rest_us;
static _Atomic uint64_t sent;
static uint64_t send_errors;

/* The receiver's: numbers below `settled` are known to be back or lost. */
static uint8_t back[REMEMBERED];
static uint64_t settled, next, answered, lost, doubled, out_of_order, strange;
static struct delay worst;

static void *sender(void *arg)
{
    (void)arg;
    for (;;) {
        struct ping p = {.number = atomic_load(&sent), .sent_ns = now_ns()};

        /* Blocks where there is no room on the way: slow, but nothing is thrown away. */
        if (send(fd, &p, sizeof(p), 0) == sizeof(p))
            atomic_fetch_add(&sent, 1);
        else
            send_errors++;
        rest(rest_us);
    }
    return NULL;
}

/* Every number that a much later one has overtaken is judged for good. */
static void settle(void)
{
    for (; settled + LATER < next; settled++) {
        lost += !back[settled % REMEMBERED];
        back[settled % REMEMBERED] = 0;
    }
}

static void note(const struct ping *p)
{
    if (p->number > atomic_load(&sent)) {
        strange++;
        return;
    }
    if (p->number < settled || back[p->number % REMEMBERED]) {
        doubled++;
        return;
    }
    answered++;
    back[p->number % REMEMBERED] = 1;
    out_of_order += p->number < next;
    if (p->number >= next)
        next = p->number + 1;
    delay_note(&worst, p->sent_ns);
    settle();
}

static void *receiver(void *arg)
{
    struct ping p;

    (void)arg;
    for (;;) {
        ssize_t n = recv(fd, &p, sizeof(p), 0);

        if (n == sizeof(p))
            note(&p);
        else if (n < 0)
            send_errors++; /* what ICMP said about one that was sent */
        else
            strange++;
    }
    return NULL;
}

void ping_start(const char *dom0, unsigned long rest)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(PING_PORT)};
    int bytes = BUFFER;

    rest_us = rest;
    fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || inet_pton(AF_INET, dom0, &to.sin_addr) != 1 ||
        setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof(bytes)) ||
        connect(fd, (struct sockaddr *)&to, sizeof(to))) {
        perror("io: ping");
        exit(1);
    }
    start_thread(receiver, NULL);
    start_thread(sender, NULL);
}

void ping_report(void)
{
    put(",\"ping\":{\"sent\":%" PRIu64 ",\"answered\":%" PRIu64 ",\"lost\":%" PRIu64
        ",\"doubled\":%" PRIu64 ",\"out_of_order\":%" PRIu64 ",\"strange\":%" PRIu64
        ",\"send_errors\":%" PRIu64 ",",
        atomic_load(&sent), answered, lost, doubled, out_of_order, strange, send_errors);
    put_delay("worst", &worst);
    put("}");
}
