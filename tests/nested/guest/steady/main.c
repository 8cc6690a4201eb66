// SPDX-License-Identifier: GPL-2.0-only
/*
 * steady [disk=PATH]: processes that fill what a process has, and compare: registers with x87, SSE and AVX, bases of segments,
 * debug registers, rights to ports, copies of memory and of files, blocks of a disk (or a file). They go on until they
 * are killed, and count in STEADY_FILE.
 * steady check [SECONDS]: whether all of them go on within so long (10), and nothing was wrong so far.
 *
 * Exit status: 0; 1: something was wrong, or stands; 2: bad arguments, or there are none.
 */
#define _GNU_SOURCE
#include "steady.h"

#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define REST_NS 2000000

const char *disk = "/tmp/steady.blocks";

static const struct worker workers[] = {
    {"registers", NULL, registers_round}, {"bases", NULL, bases_round},
    {"watch", watch_begin, watch_round},  {"ports", ports_begin, ports_round},
    {"copies", NULL, copies_round},       {"files", NULL, files_round},
    {"blocks", NULL, blocks_round},
};
#define WORKERS (sizeof(workers) / sizeof(workers[0]))

uint64_t pattern(void)
{
    static uint64_t random;

    if (!random)
        random = 0x9e3779b97f4a7c15ull * (uint64_t)getpid();
    random ^= random >> 12;
    random ^= random << 25;
    random ^= random >> 27;
    return random * 0x2545f4914f6cdd1dull;
}

void expect(struct work *w, bool good, const char *format, ...)
{
    va_list list;

    if (good)
        return;
    if (!w->wrong) {
        va_start(list, format);
        vsnprintf(w->first, sizeof(w->first), format, list);
        va_end(list);
    }
    w->wrong++;
}

static struct steady *map(int flags)
{
    int fd = open(STEADY_FILE, flags, 0600);
    struct steady *s;

    if (fd < 0 || ((flags & O_CREAT) && ftruncate(fd, sizeof(*s))))
        return NULL;
    s = mmap(NULL, sizeof(*s), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    close(fd);
    return s == MAP_FAILED ? NULL : s;
}

static _Noreturn void work(const struct worker *one, struct work *w)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (one->begin)
        one->begin(w);
    for (;;) {
        one->round(w);
        w->rounds++;
        nanosleep(&(struct timespec){.tv_nsec = REST_NS}, NULL);
    }
}

static int run(void)
{
    struct steady *s = map(O_RDWR | O_CREAT | O_TRUNC);

    if (!s)
        return 2;
    for (unsigned int i = 0; i < WORKERS; i++) {
        strncpy(s->work[i].name, workers[i].name, sizeof(s->work[i].name) - 1);
        if (!fork())
            work(&workers[i], &s->work[i]);
    }
    s->workers = WORKERS;
    s->magic = STEADY_MAGIC;
    /* One that ends is one that stands. */
    while (wait(NULL) > 0)
        ;
    return 1;
}

static bool all_moved(const struct steady *s, const uint64_t before[])
{
    for (unsigned int i = 0; i < WORKERS; i++)
        if (s->work[i].rounds <= before[i] + 1)
            return false;
    return true;
}

static int check(unsigned int seconds)
{
    const struct steady *s = map(O_RDWR);
    uint64_t before[WORKERS];
    int status = 0;

    if (!s || s->magic != STEADY_MAGIC || s->workers != WORKERS)
        return 2;
    for (unsigned int i = 0; i < WORKERS; i++)
        before[i] = s->work[i].rounds;
    for (unsigned int i = 0; i < 10 * seconds && !all_moved(s, before); i++)
        nanosleep(&(struct timespec){.tv_nsec = 100000000}, NULL);
    for (unsigned int i = 0; i < WORKERS; i++) {
        const struct work *w = &s->work[i];
        bool stands = w->rounds <= before[i] + 1;

        printf("%s: %" PRIu64 " rounds, %" PRIu64 " wrong%s%s%s\n", w->name, w->rounds, w->wrong,
               w->wrong ? ", the first: " : "", w->first, stands ? ", and it stands" : "");
        status |= w->wrong || stands;
    }
    return status;
}

int main(int argc, char **argv)
{
    if (argc >= 2 && !strcmp(argv[1], "check"))
        return check(argc > 2 ? (unsigned int)atoi(argv[2]) : 10);
    if (argc == 2 && !strncmp(argv[1], "disk=", 5))
        disk = argv[1] + 5;
    else if (argc != 1) {
        fprintf(stderr, "usage: steady [disk=PATH] | steady check [SECONDS]\n");
        return 2;
    }
    return run();
}
