// SPDX-License-Identifier: GPL-2.0-only
/* Threads, how long they wait, and the line of JSON that says it. */
#define _GNU_SOURCE
#include <inttypes.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "io.h"

#define NS 1000000000L

static atomic_uint epoch; /* raised to have every thread forget its longest delay */

static char report[4096];
static size_t report_len;

int64_t now_ns(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (int64_t)ts.tv_sec * NS + ts.tv_nsec;
}

void delay_note(struct delay *d, int64_t start)
{
    int64_t end = now_ns();

    if (d->epoch != atomic_load(&epoch)) {
        d->epoch = atomic_load(&epoch);
        d->start = d->end = 0;
    }
    if (end - start > d->end - d->start) {
        d->start = start;
        d->end = end;
    }
}

void start_thread(void *(*run)(void *), void *arg)
{
    pthread_t thread;

    if (pthread_create(&thread, NULL, run, arg)) {
        fprintf(stderr, "io: cannot start a thread\n");
        exit(1);
    }
}

void rest(unsigned long us)
{
    nanosleep(&(struct timespec){.tv_sec = (time_t)(us / 1000000),
                                 .tv_nsec = (long)(us % 1000000) * 1000},
              NULL);
}

void put(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    int n = vsnprintf(report + report_len, sizeof(report) - report_len, format, args);
    va_end(args);
    if (n > 0 && report_len + (size_t)n < sizeof(report))
        report_len += (size_t)n;
}

void put_delay(const char *name, const struct delay *d)
{
    put("\"%s\":[%" PRId64 ",%" PRId64 "]", name, d->start, d->end);
}

void delays_forget(void)
{
    atomic_fetch_add(&epoch, 1);
}

void report_begin(void)
{
    report_len = 0;
    report[0] = 0;
}

const char *report_text(void)
{
    return report;
}
