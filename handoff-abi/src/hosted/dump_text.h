/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A handoff for people: the same tree as dump_json.h, with the constants' names
 * and one line a small structure. Its form is not stable; the JSON's is.
 */
#ifndef INTERREX_HOSTED_DUMP_TEXT_H
#define INTERREX_HOSTED_DUMP_TEXT_H

#include <stdio.h>

#include "handoff.h"

void irx_handoff_text(const struct irx_handoff *h, FILE *out);

#endif
