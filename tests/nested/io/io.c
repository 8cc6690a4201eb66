// SPDX-License-Identifier: GPL-2.0-only
/*
 * Runs in a guest with a PV disk or a PV network interface, or in dom0 with a disk of its own, and finds out
 * whether all that it writes and sends comes back and arrives right, and how long it waits.
 *
 *   disk    verified writes with O_DIRECT and fsync, in runs and at random (disk.c)
 *   ping    UDP datagrams to dom0 and back: lost, doubled, out of order (ping.c)
 *   stream  TCP to io-peer in dom0, both ways at once, every byte checked (stream.c)
 *
 * Its report is one line of JSON (README.md has its fields), asked for through
 * xenstore: "report", and "reset", which clears the longest delays.
 *
 * Arguments: disk=DEVICE, dom0=ADDRESS own=ADDRESS, disk_rest_us=N, ping_rest_us=N,
 * stream_rest_us=N. Every statistic has one writer, its thread; the reader tolerates a
 * value that is changing.
 */
#define _GNU_SOURCE
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "../guest/xenstore.h"
#include "io.h"
#include "wire.h"

static char disk[32], dom0[32], own[32];
static unsigned long disk_rest_us = 2000, ping_rest_us = 20000, stream_rest_us = 5000;
static void put_line(const char *name, const char *path)
{
    char text[64] = "";
    FILE *file = fopen(path, "r");

    if (file) {
        if (fgets(text, sizeof(text), file))
            text[strcspn(text, "\n")] = 0;
        fclose(file);
    }
    put(",\"%s\":\"%s\"", name, text);
}

static void make_report(void)
{
    put("{\"io\":1,\"now_ns\":%" PRId64, now_ns());
    put_line("boot_id", "/proc/sys/kernel/random/boot_id");
    if (*disk)
        disk_report();
    if (*dom0) {
        put_line("carrier_changes", "/sys/class/net/eth0/carrier_changes");
        ping_report();
        stream_report();
    }
    put("}");
}

static const char *answer(const char *verb, const char *rest)
{
    (void)rest;
    report_begin();
    if (!strcmp(verb, "reset"))
        delays_forget();
    else if (!strcmp(verb, "report"))
        make_report();
    return report_text();
}

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++)
        if (sscanf(argv[i], "disk=%31s", disk) != 1 && sscanf(argv[i], "dom0=%31s", dom0) != 1 &&
            sscanf(argv[i], "own=%31s", own) != 1 &&
            sscanf(argv[i], "disk_rest_us=%lu", &disk_rest_us) != 1 &&
            sscanf(argv[i], "ping_rest_us=%lu", &ping_rest_us) != 1 &&
            sscanf(argv[i], "stream_rest_us=%lu", &stream_rest_us) != 1)
            fprintf(stderr, "io: '%s' means nothing\n", argv[i]);

    if (*disk)
        disk_start(disk, disk_rest_us);
    if (*dom0) {
        ping_start(dom0, ping_rest_us);
        stream_start(dom0, STREAM_PORT, own, stream_rest_us);
    }
    xs_serve("io", answer);
    return 1;
}
