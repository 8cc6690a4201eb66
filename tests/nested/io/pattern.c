// SPDX-License-Identifier: GPL-2.0-only
/* Place, number, checksum of all the rest, then words that follow from place and number. */
#include "pattern.h"

enum { PLACE, NUMBER, CHECKSUM, FIRST };

static uint64_t word(uint64_t place, uint64_t number, size_t i)
{
    return (place * 0x9e3779b97f4a7c15u) ^ (number * 0xc2b2ae3d27d4eb4fu) ^
           (i * 0x165667b19e3779f9u);
}

static uint64_t checksum(const uint64_t *words, size_t bytes)
{
    uint64_t sum = 0;

    for (size_t i = 0; i < bytes / sizeof(*words); i++)
        if (i != CHECKSUM)
            sum = (sum ^ words[i]) * 0x100000001b3u;
    return sum;
}

void pattern_fill(uint64_t *words, size_t bytes, uint64_t place, uint64_t number)
{
    words[PLACE] = place;
    words[NUMBER] = number;
    for (size_t i = FIRST; i < bytes / sizeof(*words); i++)
        words[i] = word(place, number, i);
    words[CHECKSUM] = checksum(words, bytes);
}

enum pattern_verdict pattern_check(const uint64_t *words, size_t bytes, uint64_t place,
                                   uint64_t number)
{
    if (words[CHECKSUM] != checksum(words, bytes))
        return PATTERN_CORRUPT;
    if (words[PLACE] != place || words[NUMBER] != number)
        return PATTERN_OTHER;
    for (size_t i = FIRST; i < bytes / sizeof(*words); i++)
        if (words[i] != word(place, number, i))
            return PATTERN_CORRUPT;
    return PATTERN_RIGHT;
}
