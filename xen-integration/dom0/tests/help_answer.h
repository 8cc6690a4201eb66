/* SPDX-License-Identifier: GPL-2.0-only */
/* What a command on the bench answered. */
#ifndef INTERREX_DOM0_TESTS_HELP_ANSWER_H
#define INTERREX_DOM0_TESTS_HELP_ANSWER_H

#include "bench.h"

/* The last command wrote `text` to its output. */
void assert_says(struct bench *b, const char *text);
/* The last command's report, as JSON, has this result. */
void assert_result(struct bench *b, const char *result);
/* check and update both refuse with `text`, and nothing has changed. */
void assert_refused(struct bench *b, const char *text);

#endif
