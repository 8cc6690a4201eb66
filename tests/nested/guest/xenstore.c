// SPDX-License-Identifier: GPL-2.0-only
/* See xenstore.h. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "xenstore.h"

#define XS_DIRECTORY   1
#define XS_READ        2
#define XS_WATCH       4
#define XS_WRITE       11
#define XS_WATCH_EVENT 15
#define XS_ERROR       16

#define CHUNK 1500 /* bytes in one node of xenstore */

struct xs_header {
    uint32_t type, req_id, tx_id, len;
};

static bool read_all(int fd, void *to, size_t n)
{
    for (char *p = to; n > 0;) {
        ssize_t got = read(fd, p, n);
        if (got <= 0)
            return false;
        p += got;
        n -= (size_t)got;
    }
    return true;
}

/* Reads one message; false when xenstore is of no more use. */
static bool xs_receive(const struct xs *xs, struct xs_header *head, char *body)
{
    if (!read_all(xs->fd, head, sizeof(*head)) || head->len > XS_MAX ||
        !read_all(xs->fd, body, head->len))
        return false;
    body[head->len] = 0;
    return true;
}

/* Sends a request of a path and, perhaps, a value; the reply is left in body. */
static bool xs_call(struct xs *xs, uint32_t type, const char *path, const char *value,
                    size_t value_len, char *body)
{
    char message[sizeof(struct xs_header) + XS_MAX];
    size_t path_len = strlen(path) + 1;
    struct xs_header head = {.type = type, .len = (uint32_t)(path_len + value_len)};

    memcpy(message, &head, sizeof(head));
    memcpy(message + sizeof(head), path, path_len);
    memcpy(message + sizeof(head) + path_len, value, value_len);
    if (write(xs->fd, message, sizeof(head) + head.len) != (ssize_t)(sizeof(head) + head.len))
        return false;
    do {
        if (!xs_receive(xs, &head, body))
            return false;
        xs->pending |= head.type == XS_WATCH_EVENT;
    } while (head.type == XS_WATCH_EVENT);
    return head.type != XS_ERROR;
}

bool xs_read(struct xs *xs, const char *path, char *body)
{
    return xs_call(xs, XS_READ, path, "", 0, body);
}

bool xs_write(struct xs *xs, const char *path, const void *value, size_t len)
{
    char body[XS_MAX + 1];

    return xs_call(xs, XS_WRITE, path, value, len, body);
}

bool xs_watch(struct xs *xs, const char *path)
{
    char body[XS_MAX + 1];

    return xs_call(xs, XS_WATCH, path, "watch", sizeof("watch"), body);
}

void xs_wait(struct xs *xs, int ms)
{
    struct pollfd ready = {.fd = xs->fd, .events = POLLIN};
    char body[XS_MAX + 1];
    struct xs_header head;

    if (!xs->pending && poll(&ready, 1, ms) > 0)
        xs_receive(xs, &head, body);
    xs->pending = false;
}

int xs_domid(struct xs *xs, const char *name)
{
    char ids[XS_MAX + 1], body[XS_MAX + 1], path[64];

    memset(ids, 0, sizeof(ids)); /* one name behind the other: the end is an empty one */
    if (!xs_call(xs, XS_DIRECTORY, "/local/domain", "", 0, ids))
        return -1;
    for (const char *id = ids; *id; id += strlen(id) + 1) {
        snprintf(path, sizeof(path), "/local/domain/%.10s/name", id);
        if (xs_read(xs, path, body) && !strcmp(body, name))
            return atoi(id);
    }
    return -1;
}

void xs_open(struct xs *xs)
{
    xs->pending = false;
    xs->fd = open("/dev/xen/xenbus", O_RDWR | O_CLOEXEC);
    if (xs->fd < 0) {
        perror("xenstore");
        exit(1);
    }
}

static void give_answer(struct xs *xs, const char *program, const char *seq, const char *text)
{
    size_t left = strlen(text);
    char path[64];
    char done[64];
    unsigned int n = 0;

    for (; left > 0; n++) {
        size_t len = left < CHUNK ? left : CHUNK;

        snprintf(path, sizeof(path), "data/%s/answer/%u", program, n);
        if (!xs_write(xs, path, text, len))
            fprintf(stderr, "%s: xenstore refused a piece of the answer\n", program);
        text += len;
        left -= len;
    }
    int len = snprintf(done, sizeof(done), "%.20s %u", seq, n);
    snprintf(path, sizeof(path), "data/%s/done", program);
    xs_write(xs, path, done, (size_t)len);
}

void xs_serve(const char *program, const char *(*answer)(const char *verb, const char *rest))
{
    char body[XS_MAX + 1];
    struct xs_header head;
    char last_seq[24] = "";
    char request[64];
    struct xs xs;

    xs_open(&xs);
    snprintf(request, sizeof(request), "data/%s/request", program);
    if (!xs_watch(&xs, request)) {
        fprintf(stderr, "%s: xenstore refused a watch\n", program);
        return;
    }
    for (;;) {
        char seq[24] = "";
        char verb[16] = "";
        int rest = 0;

        if (!xs.pending && !xs_receive(&xs, &head, body))
            break;
        xs.pending = false;
        if (!xs_read(&xs, request, body) || sscanf(body, "%20s %15s %n", seq, verb, &rest) < 2 ||
            !strcmp(seq, last_seq))
            continue;
        strcpy(last_seq, seq);
        give_answer(&xs, program, seq, answer(verb, body + rest));
    }
    fprintf(stderr, "%s: xenstore has gone\n", program);
}
