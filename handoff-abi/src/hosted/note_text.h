/* SPDX-License-Identifier: GPL-2.0-only */
/* What a file's note says, in words for people. */
#ifndef INTERREX_HOSTED_NOTE_TEXT_H
#define INTERREX_HOSTED_NOTE_TEXT_H

#include <stdio.h>

#include "handoff.h"

/* h: of kind IRX_FILE_NOTE. Five lines or so; their form is not stable. */
void irx_note_text(const struct irx_handoff *h, FILE *out);

#endif
