// SPDX-License-Identifier: GPL-2.0-only
/*
 * io-outside PORT OWN: a machine beyond the host's network card, run by the bed outside of the emulator. A
 * stream to io-peer in dom0, which it reaches at this port of 127.0.0.1, and which sees it as OWN; all bytes are
 * checked at both ends. For each line on its standard input it prints its report; it ends with that input.
 */
#include <stdio.h>
#include <stdlib.h>

#include "io.h"

#define REST_US 20000

int main(int argc, char **argv)
{
    char line[16];
    const long port = argc == 3 ? strtol(argv[1], NULL, 10) : 0;

    if (port <= 0 || port > UINT16_MAX) {
        fprintf(stderr, "usage: io-outside PORT OWN\n");
        return 2;
    }
    stream_start("127.0.0.1", (uint16_t)port, argv[2], REST_US);
    while (fgets(line, sizeof(line), stdin)) {
        report_begin();
        put("{\"outside\":1");
        stream_report();
        put("}");
        puts(report_text());
        fflush(stdout);
    }
    return 0;
}
