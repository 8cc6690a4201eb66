// SPDX-License-Identifier: GPL-2.0-only
/*
 * Traffic (traffic.h): its words and options.
 *
 *   traffic offer NAME DOMID        gives DOMID a page and ports, prints the grant's reference
 *   traffic join NAME DOMID REF     maps the page that DOMID gave, and begins
 *   traffic local NAME VCPU VCPU    two ends here, NAME.0 and NAME.1, each on a vCPU of its own
 *   traffic ipi NAME VCPU VCPU      numbered IPIs from one vCPU to the other
 *   traffic show [reset] [gap=NAME] a line of JSON for each end here; gap: and how many messages
 *                                   each had in NAME's longest gap; reset: the next gaps begin now
 *   traffic spoil NAME drop         the next message goes without its event
 *   traffic spoil NAME double       an event goes without a message
 *   traffic stop                    ends all
 * Options: lanes=N late_ms=N rest_us=N: struct options.
 */
#define _GNU_SOURCE
#include "traffic.h"

#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

struct options opt = {.lanes = LANES, .late_ms = 20000, .rest_us = 10000};

static void show(char **words, int n)
{
    struct figures *gap = NULL;
    bool reset = false;

    for (int i = 0; i < n; i++) {
        if (strncmp(words[i], "gap=", 4) == 0)
            gap = map_figures(words[i] + 4);
        else if (strcmp(words[i], "reset") == 0)
            reset = true;
        else
            fail("'%s' means nothing", words[i]);
    }
    show_all(gap);
    if (reset)
        reset_all();
}

static unsigned int number(const char *text)
{
    char *end;
    unsigned long n = strtoul(text, &end, 10);

    if (!*text || *end || n > UINT32_MAX)
        fail("'%s' is no number", text);
    return (unsigned int)n;
}

/* Takes options out of the words; returns how many are left. */
static int take_options(char **words, int n)
{
    int left = 0;

    for (int i = 0; i < n; i++) {
        if (strncmp(words[i], "lanes=", 6) == 0)
            opt.lanes = number(words[i] + 6);
        else if (strncmp(words[i], "late_ms=", 8) == 0)
            opt.late_ms = number(words[i] + 8);
        else if (strncmp(words[i], "rest_us=", 8) == 0)
            opt.rest_us = number(words[i] + 8);
        else
            words[left++] = words[i];
    }
    if (!opt.lanes || opt.lanes > LANES)
        fail("lanes: 1 to %u", LANES);
    return left;
}

int main(int argc, char **argv)
{
    int n = take_options(argv + 1, argc - 1);
    char **words = argv + 1;

    signal(SIGPIPE, SIG_IGN);
    if (n == 3 && strcmp(words[0], "offer") == 0)
        offer(words[1], number(words[2]));
    else if (n == 4 && strcmp(words[0], "join") == 0)
        join(words[1], number(words[2]), number(words[3]));
    else if (n == 4 && strcmp(words[0], "local") == 0)
        local(words[1], (int)number(words[2]), (int)number(words[3]));
    else if (n == 4 && strcmp(words[0], "ipi") == 0)
        call(words[1], (int)number(words[2]), (int)number(words[3]));
    else if (n >= 1 && strcmp(words[0], "show") == 0)
        show(words + 1, n - 1);
    else if (n == 3 && strcmp(words[0], "spoil") == 0)
        spoil(words[1], words[2]);
    else if (n == 1 && strcmp(words[0], "stop") == 0)
        stop_all();
    else
        fail("the words are wrong: see traffic/main.c");
    return 0;
}
