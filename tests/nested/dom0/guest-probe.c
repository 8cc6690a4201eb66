// SPDX-License-Identifier: GPL-2.0-only
/*
 * guest-probe GUEST [report [FIRST COUNT] | reset] [seconds=N] [program=NAME]
 *
 * Asks the probe in a guest (or another program there), through xenstore, and prints its
 * answer (one line of JSON; nothing for reset). Exit status 124 when there is no answer in time.
 */
#define _GNU_SOURCE
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "../guest/xenstore.h"

#define TIMED_OUT 124

static const char *program = "probe";
static unsigned long seconds = 20;
static char verb[64];
static char base[64]; /* the program's folder in xenstore */

static uint64_t now_ns(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

static int fail(const char *what, const char *guest)
{
    fprintf(stderr, "guest-probe: %s (%s)\n", what, guest);
    return EXIT_FAILURE;
}

static void parse(int count, char **words)
{
    for (int i = 0; i < count; i++) {
        if (!strncmp(words[i], "seconds=", 8))
            seconds = strtoul(words[i] + 8, NULL, 10);
        else if (!strncmp(words[i], "program=", 8))
            program = words[i] + 8;
        else
            snprintf(verb + strlen(verb), sizeof(verb) - strlen(verb), " %s", words[i]);
    }
    if (!verb[0])
        strcpy(verb, " report");
}

static bool node_read(struct xs *xs, const char *name, char *body)
{
    char path[96];

    snprintf(path, sizeof(path), "%s/%s", base, name);
    return xs_read(xs, path, body);
}

/* Whether the answer to the request with this number is there: its pieces. */
static bool answered(struct xs *xs, const char *seq, unsigned int *pieces)
{
    char body[XS_MAX + 1], done[24];

    return node_read(xs, "done", body) && sscanf(body, "%23s %u", done, pieces) == 2 &&
           !strcmp(done, seq);
}

static int show(struct xs *xs, unsigned int pieces)
{
    char body[XS_MAX + 1], name[32];

    for (unsigned int i = 0; i < pieces; i++) {
        snprintf(name, sizeof(name), "answer/%u", i);
        if (!node_read(xs, name, body))
            return fail("a piece of the answer is missing", name);
        fputs(body, stdout);
    }
    if (pieces)
        putchar('\n');
    return EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
    char path[96], seq[24], request[96];
    unsigned int pieces;
    uint64_t end;
    struct xs xs;
    int domid;

    if (argc < 2)
        return fail("no guest is named", "usage: guest-probe GUEST [VERB...]");
    parse(argc - 2, argv + 2);
    xs_open(&xs);
    domid = xs_domid(&xs, argv[1]);
    if (domid < 0)
        return fail("there is no such guest", argv[1]);
    snprintf(base, sizeof(base), "/local/domain/%d/data/%.20s", domid, program);
    snprintf(seq, sizeof(seq), "%x-%x", (unsigned int)getpid(), (unsigned int)now_ns());
    snprintf(request, sizeof(request), "%s%s", seq, verb);
    snprintf(path, sizeof(path), "%s/done", base);
    if (!xs_watch(&xs, path))
        return fail("xenstore refused a watch", path);
    snprintf(path, sizeof(path), "%s/request", base);
    if (!xs_write(&xs, path, request, strlen(request)))
        return fail("xenstore refused a request", path);
    end = now_ns() + seconds * 1000000000u;
    while (!answered(&xs, seq, &pieces)) {
        uint64_t now = now_ns();

        if (now >= end) {
            fprintf(stderr, "guest-probe: no answer from the %s in %s\n", program, argv[1]);
            return TIMED_OUT;
        }
        xs_wait(&xs, (int)((end - now) / 1000000 + 1));
    }
    return show(&xs, pieces);
}
