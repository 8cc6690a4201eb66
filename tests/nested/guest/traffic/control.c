// SPDX-License-Identifier: GPL-2.0-only
/*
 * What others ask of the ends that are here: their figures, resets, spoilt messages, their end.
 */
#define _GNU_SOURCE
#include "traffic.h"

#include <dirent.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <x86intrin.h>

static void show_one(const char *name, const struct figures *f, const struct figures *gap)
{
    double ticks_per_ms = (double)(__rdtsc() - f->start_tsc) * 1e6 /
                          (double)(now_ns() - f->start_ns);
    struct lane sum = {0};
    unsigned int still = 0;
    uint64_t since = 0;

    for (unsigned int i = 0; i < f->lanes; i++) {
        const struct lane *l = &f->lane[i];

        sum.sent += l->sent;
        sum.received += l->received;
        sum.events += l->events;
        sum.lost += l->lost;
        sum.doubled += l->doubled;
        sum.disordered += l->disordered;
        sum.damaged += l->damaged;
        since += l->received - l->received_before;
        still += l->received == l->received_before;
    }
    if (strcmp(f->kind, "ipi") == 0)
        sum.events = calls_of(f->vcpu) - f->called;
    printf("{\"traffic\":\"%s\",\"kind\":\"%s\",\"lanes\":%u,\"alive\":%d,\"sent\":%" PRIu64
           ",\"received\":%" PRIu64 ",\"events\":%" PRIu64 ",\"lost\":%" PRIu64
           ",\"doubled\":%" PRIu64 ",\"disordered\":%" PRIu64 ",\"damaged\":%" PRIu64
           ",\"since\":%" PRIu64 ",\"still\":%u,\"gap_ms\":%.1f",
           name, f->kind, f->lanes, !kill(f->pid, 0), sum.sent, sum.received, sum.events, sum.lost,
           sum.doubled, sum.disordered, sum.damaged, since, still,
           (double)(f->gap_end - f->gap_start) / ticks_per_ms);
    if (gap)
        printf(",\"in_gap\":%" PRIu64, messages_between(f, gap->gap_start, gap->gap_end));
    printf("}\n");
}

static void for_each_end(void (*fn)(const char *name, struct figures *f, const void *arg),
                         const void *arg)
{
    DIR *dir = opendir(FIGURES);
    const struct dirent *entry;

    while (dir && (entry = readdir(dir)))
        if (entry->d_name[0] != '.')
            fn(entry->d_name, map_figures(entry->d_name), arg);
    if (dir)
        closedir(dir);
}

static void show_end(const char *name, struct figures *f, const void *arg)
{
    show_one(name, f, arg);
}

static void reset_end(const char *name, struct figures *f, const void *arg)
{
    (void)name;
    (void)arg;
    atomic_fetch_add(&f->resets, 1);
}

static void stop_end(const char *name, struct figures *f, const void *arg)
{
    char path[64];

    (void)arg;
    path_of(name, path);
    kill(f->pid, SIGKILL);
    for (int i = 0; i < 500 && !kill(f->pid, 0); i++)
        usleep(10000);
    unlink(path);
}

void show_all(const struct figures *gap)
{
    for_each_end(show_end, gap);
}

void reset_all(void)
{
    for_each_end(reset_end, NULL);
}

void stop_all(void)
{
    for_each_end(stop_end, NULL);
}

void spoil(const char *name, const char *how)
{
    struct figures *f = map_figures(name);

    if (strcmp(how, "drop") != 0 && strcmp(how, "double") != 0)
        fail("'%s' is no way to spoil", how);
    atomic_store(&f->spoil, strcmp(how, "drop") == 0 ? SPOIL_DROP : SPOIL_DOUBLE);
}
