/* SPDX-License-Identifier: GPL-2.0-only */
#include "lib.h"

#include <stdint.h>

/* By words: processors without fast strings of bytes, and emulators, take them one by one. */

void *memcpy(void *dst, const void *src, size_t n)
{
    size_t words = n / 8, rest = n % 8;
    void *d = dst;

    __asm__ volatile("rep movsq" : "+D"(d), "+S"(src), "+c"(words) : : "memory");
    __asm__ volatile("rep movsb" : "+D"(d), "+S"(src), "+c"(rest) : : "memory");
    return dst;
}

void *memmove(void *dst, const void *src, size_t n)
{
    uint8_t *d = dst;
    const uint8_t *s = src;

    /* Upwards a word is read before anything behind its begin is written. */
    if (d <= s || d >= s + n)
        return memcpy(dst, src, n);
    while (n--)
        d[n] = s[n];
    return dst;
}

void *memset(void *dst, int c, size_t n)
{
    size_t words = n / 8, rest = n % 8;
    void *d = dst;

    __asm__ volatile("rep stosq"
                     : "+D"(d), "+c"(words)
                     : "a"((uint8_t)c * 0x0101010101010101u)
                     : "memory");
    __asm__ volatile("rep stosb" : "+D"(d), "+c"(rest) : "a"(c) : "memory");
    return dst;
}

int memcmp(const void *a, const void *b, size_t n)
{
    const uint8_t *x = a, *y = b;

    for (size_t i = 0; i < n; i++)
        if (x[i] != y[i])
            return x[i] < y[i] ? -1 : 1;
    return 0;
}
