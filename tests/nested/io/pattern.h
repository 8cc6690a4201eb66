/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The content of everything that is written or sent: known from where it belongs and
 * how many times something was put there, so that each end can check every byte.
 */
#ifndef IO_PATTERN_H
#define IO_PATTERN_H

#include <stddef.h>
#include <stdint.h>

enum pattern_verdict {
    PATTERN_RIGHT,
    PATTERN_OTHER,   /* whole, but of another place or number: lost, late or at the wrong place */
    PATTERN_CORRUPT, /* its checksum is wrong */
};

/* Makes bytes (a multiple of 8, at least 64) of content for this place with this number. */
void pattern_fill(uint64_t *words, size_t bytes, uint64_t place, uint64_t number);

/* Looks at every byte. */
enum pattern_verdict pattern_check(const uint64_t *words, size_t bytes, uint64_t place,
                                   uint64_t number);

#endif
