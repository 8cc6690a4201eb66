// SPDX-License-Identifier: GPL-2.0-only
/*
 * The probe's tick thread of a vCPU: a periodic timer. No expiration may be lost or doubled.
 */
#define _GNU_SOURCE
#include "probe.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>
#include <x86intrin.h>

static int64_t tick_ns(void)
{
    return (int64_t)opt.tick_ms * 1000000;
}

static uint64_t ticks_due(int64_t start)
{
    return (uint64_t)((kernel_ns(CLOCK_MONOTONIC) - start) / tick_ns());
}

/* due_before: how many had become due when read() was called. */
static void note_tick(struct ticks *t, int64_t start, uint64_t due_before, uint64_t expirations)
{
    uint64_t oldest = t->total + 1; /* number of the expiration that waited longest */
    int64_t late = kernel_ns(CLOCK_MONOTONIC) - (start + (int64_t)oldest * tick_ns());
    uint64_t due = ticks_due(start);

    t->total += expirations;
    if (t->total > due) {
        t->doubled += t->total - due;
        t->total = due;
    } else if (t->total < due_before) {
        t->lost += due_before - t->total;
        t->total = due_before;
    }
    if (late > t->worst) {
        t->worst = late;
        t->worst_at = __rdtsc();
    }
}

void *tick(void *vcpu)
{
    struct vcpu *v = vcpu;
    uint64_t expirations;

    pin(v->id, RT_PRIORITY);
    int fd = timerfd_create(CLOCK_MONOTONIC, 0);
    int64_t start = kernel_ns(CLOCK_MONOTONIC);
    int64_t first = start + tick_ns();
    struct itimerspec when = {
        .it_interval = {.tv_sec = tick_ns() / NS, .tv_nsec = tick_ns() % NS},
        .it_value = {.tv_sec = first / NS, .tv_nsec = first % NS},
    };
    timerfd_settime(fd, TFD_TIMER_ABSTIME, &when, NULL);
    for (;;) {
        uint64_t due_before = ticks_due(start);

        if (read(fd, &expirations, sizeof(expirations)) != sizeof(expirations))
            break;
        if (v->tick_epoch != atomic_load(&epoch)) {
            v->tick_epoch = atomic_load(&epoch);
            v->ticks.worst = 0;
        }
        note_tick(&v->ticks, start, due_before, expirations);
    }
    fprintf(stderr, "probe: the timer failed\n");
    exit(1);
}
