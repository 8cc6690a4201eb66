/* SPDX-License-Identifier: GPL-2.0-only */
/* A region that was handed over, read as the Xen that comes reads it. */
#ifndef INTERREX_TESTS_HELP_READER_H
#define INTERREX_TESTS_HELP_READER_H

#include <interrex/sections.h>

/* What is refused in a section's form: irx_live_error.what of help_read(). */
#define HELP_EARLY_STREAM "the early section"
#define HELP_LATE_STREAM  "the late section"

/*
 * Every validator that the next Xen calls, in its order: anchor, early section,
 * CPUs, domains, late section, what joins domains; and the vCPUs, which it looks
 * at when it claims. 0, or what the first of them answered; of a section's form
 * `code` and `value` are the stream's error's.
 */
int help_read(const void *region, struct irx_live_error *err);

/* Puts right every CRC in a region of help_fill_region(). */
void help_seal_region(void *region);

#endif
