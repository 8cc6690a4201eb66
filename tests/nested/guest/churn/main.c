/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * churn SECONDS [domid=N] [rest_ms=N]: one process for each kind of load, until the time is over;
 * each rests so long after a round (200). Prints how many rounds each did; fails where memory is not
 * what was written, or one did none.
 */
#define _GNU_SOURCE

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "churn.h"

static const struct kind {
    const char *name;
    void (*round)(uint32_t seed);
} kinds[] = {
    {"forks", churn_forks}, {"copies", churn_copies}, {"maps", churn_maps},
    {"ldt", churn_ldt},     {"grants", churn_grants},
};

static unsigned int domid, rest_ms = 200;

#define NR_KINDS (sizeof(kinds) / sizeof(*kinds))

void fail(const char *what)
{
    fprintf(stderr, "churn: %s: %s\n", what, strerror(errno));
    exit(1);
}

void await(int child)
{
    int status;

    if (child < 0)
        fail("fork");
    if (waitpid(child, &status, 0) != child || !WIFEXITED(status) || WEXITSTATUS(status)) {
        errno = ECHILD;
        fail("a child did not end well");
    }
}

void fill(uint8_t *at, unsigned int pages, uint32_t seed)
{
    for (unsigned int i = 0; i < pages; i++)
        *(uint32_t *)(at + i * PAGE) = seed + i;
}

bool filled(const uint8_t *at, unsigned int pages, uint32_t seed)
{
    for (unsigned int i = 0; i < pages; i++)
        if (*(const uint32_t *)(at + i * PAGE) != seed + i)
            return false;
    return true;
}

static double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void work(const struct kind *kind, double end, unsigned int *rounds)
{
    for (uint32_t seed = 1; now() < end; seed++) {
        kind->round(seed * 0x10001u);
        (*rounds)++;
        usleep(rest_ms * 1000);
    }
}

static void parse(int argc, char **argv)
{
    bool right = argc > 1 && atof(argv[1]) > 0;

    for (int i = 2; i < argc; i++)
        right = right && (sscanf(argv[i], "domid=%u", &domid) == 1 ||
                          sscanf(argv[i], "rest_ms=%u", &rest_ms) == 1);
    if (!right) {
        fprintf(stderr, "usage: churn SECONDS [domid=N] [rest_ms=N]\n");
        exit(2);
    }
}

int main(int argc, char **argv)
{
    unsigned int *rounds, nr = NR_KINDS, lazy = 0;
    int children[NR_KINDS];
    double end;

    parse(argc, argv);
    end = now() + atof(argv[1]);
    rounds = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (rounds == MAP_FAILED)
        fail("memory");
    if (!churn_has_grants(domid))
        nr--; /* they are the last */
    for (unsigned int i = 0; i < nr; i++) {
        children[i] = fork();
        if (children[i] == 0) {
            work(&kinds[i], end, &rounds[i]);
            _exit(0);
        }
    }
    for (unsigned int i = 0; i < nr; i++) {
        await(children[i]);
        printf("%s %u\n", kinds[i].name, rounds[i]);
        lazy += rounds[i] == 0;
    }
    return lazy ? 1 : 0;
}
