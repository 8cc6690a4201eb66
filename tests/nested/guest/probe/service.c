// SPDX-License-Identifier: GPL-2.0-only
/*
 * The probe's service thread: reads from xenstore all the time. It waits as long as any I/O that
 * needs dom0.
 */
#define _GNU_SOURCE
#include "probe.h"

#include <unistd.h>
#include <x86intrin.h>

#include "../xenstore.h"

struct service service;

void *use_service(void *unused)
{
    char body[XS_MAX + 1];
    unsigned int seen = 0;
    struct xs xs;

    (void)unused;
    xs_open(&xs);
    for (;;) {
        uint64_t start = __rdtsc();
        bool answered = xs_read(&xs, "domid", body);
        uint64_t end = __rdtsc();

        if (seen != atomic_load(&epoch)) {
            seen = atomic_load(&epoch);
            service.worst_start = service.worst_end = 0;
        }
        service.calls++;
        service.failed += !answered;
        if (end - start > service.worst_end - service.worst_start) {
            service.worst_start = start;
            service.worst_end = end;
        }
        usleep((useconds_t)opt.service_ms * 1000);
    }
    return NULL;
}
