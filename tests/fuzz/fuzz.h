/* SPDX-License-Identifier: GPL-2.0-only */
/* What the fuzz targets share: their entry point, and numbers taken off the front of an input. */
#ifndef FUZZ_H
#define FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* libFuzzer's: one input, of any bytes. 0. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What is left of an input. */
struct input {
    const uint8_t *data;
    size_t left;
};

/* Its next `size` bytes, 1 to 8, as a number; zeroes behind its end. */
static inline uint64_t take(struct input *in, size_t size)
{
    uint64_t value = 0;
    size_t n = size < in->left ? size : in->left;

    if (n)
        memcpy(&value, in->data, n);
    in->data += n;
    in->left -= n;
    return value;
}

/* A property that must hold: where it does not, the input is a finding. */
#define MUST(property)                                                                             \
    do {                                                                                           \
        if (!(property))                                                                           \
            abort();                                                                               \
    } while (0)

#endif
