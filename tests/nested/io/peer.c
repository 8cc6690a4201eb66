// SPDX-License-Identifier: GPL-2.0-only
/*
 * io-peer: the other end of the guests' pings and streams, in dom0. For each guest, by its
 * address, it keeps what it saw; REPORT_PORT gives it as a line of JSON.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "pattern.h"
#include "wire.h"

#define MAX_GUESTS 16
#define BUFFER     (4 << 20)

static struct guest {
    uint64_t address; /* 0: free */
    int fd;
    uint64_t connections, sent, received, wrong;
    uint64_t bad_expected, bad_found;
} guests[MAX_GUESTS];

static unsigned long rest_us = 5000;
static uint64_t pings, ping_errors;

static void fail(const char *what)
{
    perror(what);
    exit(1);
}

static int listen_on(uint16_t port)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(port)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &(int){1}, sizeof(int)) ||
        bind(fd, (struct sockaddr *)&at, sizeof(at)) || listen(fd, MAX_GUESTS))
        fail("io-peer: listen");
    return fd;
}

static void start_thread(void *(*run)(void *), void *arg)
{
    pthread_t thread;

    if (pthread_create(&thread, NULL, run, arg))
        fail("io-peer: thread");
    pthread_detach(thread);
}

static void *echo(void *arg)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(PING_PORT)};
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    int bytes = BUFFER;

    (void)arg;
    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof(bytes)) ||
        bind(fd, (struct sockaddr *)&at, sizeof(at)))
        fail("io-peer: ping");
    for (;;) {
        struct sockaddr_in from;
        socklen_t size = sizeof(from);
        struct ping p;
        ssize_t n = recvfrom(fd, &p, sizeof(p), 0, (struct sockaddr *)&from, &size);

        pings++;
        if (n != sizeof(p) || sendto(fd, &p, sizeof(p), 0, (struct sockaddr *)&from, size) != n)
            ping_errors++;
    }
    return NULL;
}

static void *send_stream(void *arg)
{
    uint64_t message[STREAM_BYTES / sizeof(uint64_t)];
    struct guest *g = arg;

    for (uint64_t number = 0;; number++) {
        pattern_fill(message, sizeof(message), TO_GUEST(g->address), number);
        if (send(g->fd, message, sizeof(message), MSG_NOSIGNAL) != sizeof(message))
            break;
        g->sent++;
        usleep((useconds_t)rest_us);
    }
    shutdown(g->fd, SHUT_RDWR);
    return NULL;
}

static void receive_stream(struct guest *g)
{
    uint64_t message[STREAM_BYTES / sizeof(uint64_t)];

    for (uint64_t number = 0;; number++) {
        if (recv(g->fd, message, sizeof(message), MSG_WAITALL) != sizeof(message))
            break;
        g->received++;
        if (pattern_check(message, sizeof(message), TO_DOM0(g->address), number) != PATTERN_RIGHT &&
            g->wrong++ == 0) {
            g->bad_expected = number;
            g->bad_found = message[1];
        }
    }
    shutdown(g->fd, SHUT_RDWR);
}

static void *serve_guest(void *arg)
{
    struct guest *g = arg;
    pthread_t thread;

    if (pthread_create(&thread, NULL, send_stream, g))
        fail("io-peer: thread");
    receive_stream(g);
    pthread_join(thread, NULL);
    close(g->fd);
    g->fd = -1;
    return NULL;
}

/* One connection a guest at a time. */
static struct guest *guest_of(uint64_t address)
{
    for (int i = 0; i < MAX_GUESTS; i++) {
        if (!guests[i].address) {
            guests[i].address = address;
            guests[i].fd = -1;
        }
        if (guests[i].address == address)
            return guests[i].fd < 0 ? &guests[i] : NULL;
    }
    return NULL;
}

static void *accept_streams(void *arg)
{
    int fd = listen_on(STREAM_PORT);

    (void)arg;
    for (;;) {
        struct sockaddr_in from;
        socklen_t size = sizeof(from);
        int client = accept(fd, (struct sockaddr *)&from, &size);
        struct guest *g = client < 0 ? NULL : guest_of(ntohl(from.sin_addr.s_addr));

        if (!g) {
            close(client);
            continue;
        }
        g->fd = client;
        g->connections++;
        start_thread(serve_guest, g);
    }
    return NULL;
}

static void report(FILE *out)
{
    fprintf(out, "{\"peer\":1,\"pings\":%" PRIu64 ",\"ping_errors\":%" PRIu64 ",\"guests\":[",
            pings, ping_errors);
    for (int i = 0; i < MAX_GUESTS && guests[i].address; i++) {
        const struct guest *g = &guests[i];
        struct in_addr address = {htonl((uint32_t)g->address)};

        fprintf(out,
                "%s{\"address\":\"%s\",\"connections\":%" PRIu64 ",\"sent\":%" PRIu64
                ",\"received\":%" PRIu64 ",\"wrong\":%" PRIu64 ",\"bad\":[%" PRIu64 ",%" PRIu64
                "]}",
                i ? "," : "", inet_ntoa(address), g->connections, g->sent, g->received, g->wrong,
                g->bad_expected, g->bad_found);
    }
    fprintf(out, "]}\n");
}

int main(int argc, char **argv)
{
    if (argc > 1 && sscanf(argv[1], "stream_rest_us=%lu", &rest_us) != 1) {
        fprintf(stderr, "io-peer: '%s' means nothing\n", argv[1]);
        return 1;
    }

    int fd = listen_on(REPORT_PORT);
    start_thread(echo, NULL);
    start_thread(accept_streams, NULL);
    for (;;) {
        int client = accept(fd, NULL, NULL);
        FILE *out = client < 0 ? NULL : fdopen(client, "w");

        if (out) {
            report(out);
            fclose(out);
        }
    }
}
