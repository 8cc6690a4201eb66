// SPDX-License-Identifier: GPL-2.0-only
/*
 * The probe (probe.h): its options, and the start of its threads.
 *
 * Arguments: NAME=N for each member of struct options.
 */
#define _GNU_SOURCE
#include "probe.h"

#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <x86intrin.h>

#include "../xenstore.h"

#define STACK (128 * 1024) /* of a thread: all of it is locked in memory */

struct vcpu vcpus[MAX_VCPUS];
unsigned int nr_vcpus;
uint64_t tsc_hz, window_ticks, since_tsc;
atomic_uint epoch;
struct options opt = {
    .mib = 16, .spin_us = 200, .sleep_us = 50000, .tick_ms = 20, .lap_ms = 50, .wide_us = 20};

static const struct option {
    const char *name;
    unsigned long *value;
} known[] = {
    {"mib", &opt.mib},           {"spin_us", &opt.spin_us},
    {"sleep_us", &opt.sleep_us}, {"service_ms", &opt.service_ms},
    {"pause", &opt.pause},       {"tick_ms", &opt.tick_ms},
    {"lap_ms", &opt.lap_ms},     {"wide_us", &opt.wide_us},
};

void pin(unsigned int cpu, int priority)
{
    cpu_set_t set;

    CPU_ZERO(&set);
    CPU_SET(cpu, &set);
    if (pthread_setaffinity_np(pthread_self(), sizeof(set), &set) ||
        pthread_setschedparam(pthread_self(), priority ? SCHED_FIFO : SCHED_OTHER,
                              &(struct sched_param){.sched_priority = priority})) {
        fprintf(stderr, "probe: cannot pin a thread\n");
        exit(1);
    }
}

/* Takes NAME=N; false where that means nothing. */
static bool take_option(const char *text)
{
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        size_t len = strlen(known[i].name);

        if (!strncmp(text, known[i].name, len) && text[len] == '=')
            return sscanf(text + len + 1, "%lu", known[i].value) == 1;
    }
    return false;
}

static void start(void *(*run)(void *), void *arg)
{
    pthread_attr_t attr;
    pthread_t thread;

    if (pthread_attr_init(&attr) || pthread_attr_setstacksize(&attr, STACK) ||
        pthread_create(&thread, &attr, run, arg)) {
        fprintf(stderr, "probe: cannot start a thread\n");
        exit(1);
    }
}

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++)
        if (!take_option(argv[i]))
            fprintf(stderr, "probe: '%s' means nothing\n", argv[i]);

    long online = sysconf(_SC_NPROCESSORS_ONLN);
    nr_vcpus = online > MAX_VCPUS ? MAX_VCPUS : (unsigned int)online;
    tsc_hz = NS; /* only has to be of the right order for take_sample() */
    tsc_hz = measure_tsc();
    window_ticks = tsc_hz / 1000 * WINDOW_MS;
    since_tsc = __rdtsc();
    prepare_memory();
    mlockall(MCL_CURRENT | MCL_FUTURE);

    for (unsigned int i = 0; i < nr_vcpus; i++) {
        vcpus[i].id = i;
        start(spin, &vcpus[i]);
        start(tick, &vcpus[i]);
        if (nr_vcpus > 1)
            start(pass_token, &vcpus[i]);
    }
    if (opt.service_ms)
        start(use_service, NULL);
    xs_serve("probe", answer);
    return 1;
}
