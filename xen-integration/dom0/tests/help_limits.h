/* SPDX-License-Identifier: GPL-2.0-only */
/* Files of limits and kept reports on the bench, and what an answer says of both. */
#ifndef INTERREX_DOM0_TESTS_HELP_LIMITS_H
#define INTERREX_DOM0_TESTS_HELP_LIMITS_H

#include "bench.h"

/* Runs a command with --limits FILE, which has this text. */
int run_limited(struct bench *b, const char *command, const char *limits);

/* The last command's "over", as "FIGURE GUEST SEEN", comma between; a guest is "host" for the host. */
void assert_over(struct bench *b, const char *text);

/* Of "forecast" of what the last command said: "blackout", "brownout", "stall". */
void assert_forecast(struct bench *b, const char *figure, double ms, const char *from);
void assert_guest_forecast(struct bench *b, const char *guest, const char *figure, double ms,
                           const char *from);

/* A kept report, "last-drill.json" and the like; free with json_decref(). */
json_t *kept(struct bench *b, const char *name);
/* Keeps this one instead, and frees it. */
void keep(struct bench *b, const char *name, json_t *report);

#endif
