// SPDX-License-Identifier: GPL-2.0-only
/*
 * One TCP connection to io-peer in dom0, messages both ways at once. It is to last as long
 * as the guest: where it breaks, that is counted, and a new one is made so that the rest goes on.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "io.h"
#include "pattern.h"
#include "wire.h"

static struct sockaddr_in peer;
static uint64_t own_address;
static unsigned long rest_us;
static int fd = -1;
static uint64_t connections, sent, received, wrong;
static uint64_t bad_expected, bad_found;
static struct delay send_worst, receive_worst;

static bool send_all(const void *data, size_t n)
{
    for (const char *p = data; n > 0;) {
        ssize_t done = send(fd, p, n, MSG_NOSIGNAL);
        if (done <= 0)
            return false;
        p += done;
        n -= (size_t)done;
    }
    return true;
}

static void *sender(void *arg)
{
    static uint64_t message[STREAM_BYTES / sizeof(uint64_t)];

    (void)arg;
    for (uint64_t number = 0;; number++) {
        pattern_fill(message, sizeof(message), TO_DOM0(own_address), number);
        int64_t start = now_ns();
        if (!send_all(message, sizeof(message)))
            break;
        delay_note(&send_worst, start);
        sent++;
        rest(rest_us);
    }
    shutdown(fd, SHUT_RDWR);
    return NULL;
}

static void *receiver(void *arg)
{
    static uint64_t message[STREAM_BYTES / sizeof(uint64_t)];

    (void)arg;
    for (uint64_t number = 0;; number++) {
        int64_t start = now_ns();
        if (recv(fd, message, sizeof(message), MSG_WAITALL) != sizeof(message))
            break;
        delay_note(&receive_worst, start);
        received++;
        if (pattern_check(message, sizeof(message), TO_GUEST(own_address), number) !=
                PATTERN_RIGHT &&
            wrong++ == 0) {
            bad_expected = number;
            bad_found = message[1];
        }
    }
    shutdown(fd, SHUT_RDWR);
    return NULL;
}

static void one_connection(void)
{
    pthread_t threads[2];

    fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || connect(fd, (struct sockaddr *)&peer, sizeof(peer))) {
        close(fd);
        return;
    }
    connections++;
    if (pthread_create(&threads[0], NULL, sender, NULL) ||
        pthread_create(&threads[1], NULL, receiver, NULL)) {
        fprintf(stderr, "io: cannot start a thread\n");
        exit(1);
    }
    pthread_join(threads[0], NULL);
    pthread_join(threads[1], NULL);
    close(fd);
}

static void *keep_connected(void *arg)
{
    (void)arg;
    for (;;) {
        one_connection();
        rest(200000);
    }
    return NULL;
}

void stream_start(const char *dom0, uint16_t port, const char *own, unsigned long rest)
{
    struct in_addr address;

    peer = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons(port)};
    if (inet_pton(AF_INET, dom0, &peer.sin_addr) != 1 || inet_pton(AF_INET, own, &address) != 1) {
        fprintf(stderr, "io: dom0= and own= have to be IPv4 addresses\n");
        exit(1);
    }
    own_address = ntohl(address.s_addr);
    rest_us = rest;
    start_thread(keep_connected, NULL);
}

void stream_report(void)
{
    struct tcp_info info = {0};
    socklen_t size = sizeof(info);

    getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size);
    put(",\"stream\":{\"connections\":%" PRIu64 ",\"sent\":%" PRIu64 ",\"received\":%" PRIu64
        ",\"wrong\":%" PRIu64 ",\"retransmits\":%u,",
        connections, sent, received, wrong, info.tcpi_total_retrans);
    if (wrong)
        put("\"bad\":[%" PRIu64 ",%" PRIu64 "],", bad_expected, bad_found);
    put_delay("send_worst", &send_worst);
    put(",");
    put_delay("receive_worst", &receive_worst);
    put("}");
}
