// SPDX-License-Identifier: GPL-2.0-only
/*
 * The probe's report, a line of JSON.
 */
#include "probe.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <x86intrin.h>

#define REPORT_MAX (1024 * 1024)

static char report[REPORT_MAX];
static size_t report_len;

static void __attribute__((format(printf, 1, 2))) put(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    int n = vsnprintf(report + report_len, sizeof(report) - report_len, format, args);
    va_end(args);
    if (n > 0 && report_len + (size_t)n < sizeof(report))
        report_len += (size_t)n;
}

/* Which windows a report shows. */
struct span {
    uint64_t first, count;
};

/* Of those that are complete and not yet forgotten. */
static void put_windows(const struct vcpu *v, struct span asked)
{
    uint64_t now = __rdtsc() / window_ticks; /* the current one is not complete */
    uint64_t first = now >= WINDOWS && asked.first < now - WINDOWS + 1 ? now - WINDOWS + 1
                                                                       : asked.first;

    put("\"windows_first\":%" PRIu64 ",\"windows\":[", first);
    for (uint64_t i = first; i < now && i - asked.first < asked.count; i++) {
        unsigned int slot = i % WINDOWS;
        put("%s%u", i == first ? "" : ",", v->window_index[slot] == i ? v->window_count[slot] : 0);
    }
    put("]");
}

static void put_vcpu(const struct vcpu *v, struct span windows)
{
    const struct memory *m = &v->memory;
    const struct clock_check *c = &v->clock;

    put("{\"vcpu\":%u,\"iterations\":%" PRIu64 ",\"iterations_since\":%" PRIu64
        ",\"iteration_ticks\":%" PRIu64 ",\"gaps_over_5ms\":%" PRIu64 ",\"gaps\":[",
        v->id, v->iterations, v->iterations - v->iterations_before, v->iteration_ticks,
        v->gaps_over_5ms);
    for (int i = 0; i < GAPS && v->gaps[i].end; i++)
        put("%s[%" PRIu64 ",%" PRIu64 "]", i ? "," : "", v->gaps[i].start, v->gaps[i].end);
    put("],");
    put_windows(v, windows);
    put(",\"ticks\":%" PRIu64 ",\"ticks_lost\":%" PRIu64 ",\"ticks_doubled\":%" PRIu64
        ",\"tick_worst_us\":%" PRId64 ",\"tick_worst_at\":%" PRIu64,
        v->ticks.total, v->ticks.lost, v->ticks.doubled, v->ticks.worst / 1000, v->ticks.worst_at);
    put(",\"memory_pieces\":%" PRIu64 ",\"memory_errors\":%" PRIu64, m->pieces, m->errors);
    if (m->errors)
        put(",\"memory_bad\":[\"0x%" PRIx64 "\",\"0x%" PRIx64 "\",\"0x%" PRIx64 "\"]",
            m->bad_address, m->bad_value, m->bad_expected);
    put(",\"clock_checks\":%" PRIu64 ",\"clock_backwards\":%" PRIu64 ",\"tsc_backwards\":%" PRIu64
        ",\"monotonic_worst_ns\":%" PRId64 ",\"wall_worst_ns\":%" PRId64
        ",\"clock_worst_at\":%" PRIu64 "}",
        c->checks, c->backwards, c->tsc_backwards, c->worst_mono, c->worst_real, c->worst_at);
}

static void make_report(struct span windows)
{
    char boot_id[64] = "";
    int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY);

    if (fd >= 0) {
        ssize_t n = read(fd, boot_id, 36);
        boot_id[n > 0 ? n : 0] = 0;
        close(fd);
    }
    report_len = 0;
    put("{\"probe\":1,\"boot_id\":\"%s\",\"uptime_ms\":%" PRId64 ",\"tsc\":%" PRIu64
        ",\"tsc_hz\":%" PRIu64 ",\"since\":%" PRIu64 ",\"window_ticks\":%" PRIu64
        ",\"memory_mib\":%lu",
        boot_id, kernel_ns(CLOCK_MONOTONIC) / 1000000, (uint64_t)__rdtsc(), tsc_hz, since_tsc,
        window_ticks, opt.mib);
    put(",\"laps\":%" PRIu64 ",\"lap_worst\":[%" PRIu64 ",%" PRIu64 "],\"out_of_turn\":%" PRIu64,
        token.laps, token.worst_start, token.worst_end, token.out_of_turn);
    if (opt.service_ms)
        put(",\"service_calls\":%" PRIu64 ",\"service_failed\":%" PRIu64
            ",\"service_worst\":[%" PRIu64 ",%" PRIu64 "]",
            service.calls, service.failed, service.worst_start, service.worst_end);
    put(",\"vcpus\":[");
    for (unsigned int i = 0; i < nr_vcpus; i++) {
        if (i)
            put(",");
        put_vcpu(&vcpus[i], windows);
    }
    put("]}");
}

const char *answer(const char *verb, const char *rest)
{
    struct span windows = {0, 0};

    report_len = 0;
    report[0] = 0;
    if (!strcmp(verb, "reset")) {
        since_tsc = __rdtsc();
        atomic_fetch_add(&epoch, 1);
    } else if (!strcmp(verb, "report")) {
        if (sscanf(rest, "%" SCNu64 " %" SCNu64, &windows.first, &windows.count) != 2)
            windows.count = 0;
        make_report(windows);
    }
    return report;
}
