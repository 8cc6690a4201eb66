/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bits of R of which nobody can see that they were turned over, though their field has rules
 * (help_field_rules.c): the tables in R have no CRC, since the shim writes them all the time.
 */
#ifndef INTERREX_TESTS_HELP_FLIPS_H
#define INTERREX_TESTS_HELP_FLIPS_H

#include <stdint.h>

struct flip_rule {
    const char *path; /* as in help_field_rules.h, without an element's number */
    uint64_t bits;    /* of one element: no others pass */
    const char *why;
};

/* Ends with path = NULL. */
extern const struct flip_rule flip_rules[];

#endif
