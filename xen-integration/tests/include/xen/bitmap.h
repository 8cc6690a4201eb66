/* SPDX-License-Identifier: GPL-2.0-only */
/* Bit by bit. As Xen's: without such a bit the answer is size, or more. */
#ifndef TESTS_XEN_BITMAP_H
#define TESTS_XEN_BITMAP_H

#include <xen/lib.h>
#include <xen/types.h>

#ifndef BITS_TO_LONGS
#define BITS_TO_LONGS(n) (((n) + 63) / 64)
#endif
#define DIV_ROUND_UP(n, d) (((n) + (d)-1) / (d))

static inline unsigned int find_next(const unsigned long *map,
                                     unsigned int size, unsigned int bit,
                                     bool set)
{
    while ( bit < size && test_bit(bit, map) != set )
        bit++;

    return bit < size ? bit : size + 3;
}
#define find_next_bit(map, size, bit)      find_next(map, size, bit, true)
#define find_next_zero_bit(map, size, bit) find_next(map, size, bit, false)
#define find_first_bit(map, size)          find_next(map, size, 0, true)
#define __set_bit(bit, map)                set_bit(bit, map)

#endif
